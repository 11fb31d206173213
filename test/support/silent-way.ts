import { connect, createServer, type Socket } from 'node:net';
import type { Teardown } from './database.ts';

/** A way to Postgres that can fall silent, as a network does: nothing is closed, and nothing arrives. */
export type SilentWay = {
  readonly url: string;
  fallSilent(): void;
  /** What was opened before is lost. */
  speak(): void;
};

export async function openWay(t: Teardown, databaseUrl: string): Promise<SilentWay> {
  const url = new URL(databaseUrl);
  // Read before the address is changed to this way's own, which would lead back to itself.
  const [port, host] = [Number(url.port), url.hostname];
  // It is one of the network, also where the database has another.
  url.searchParams.delete('host');
  const sockets = new Set<Socket>();
  let isSilent = false;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((socket) => {
    const onward = connect(port, host);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from);
      from.setNoDelay();
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => {
        if (!isSilent) to.write(data);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    cut();
  });
  const address = server.address();
  url.port = typeof address === 'object' && address !== null ? String(address.port) : '';
  return {
    url: url.href,
    fallSilent: () => {
      isSilent = true;
    },
    speak: () => {
      isSilent = false;
      cut();
    },
  };
}
