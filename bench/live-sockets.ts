import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Administration, administer } from './live-administration.ts';

/**
 * The clients of the benchmark, in a process of their own. Most only count frames, because reading them all would cost
 * more than sending them; a few read them and say when each call arrived.
 */

/** What the parent says. */
export type SocketsOrder =
  | {
      readonly type: 'open';
      readonly port: number;
      /** One socket for each token. */
      readonly tokens: readonly string[];
      /** How many of them read what they get. */
      readonly probes: number;
    }
  /** Reported when it is over. */
  | ({ readonly type: 'administer' } & Administration)
  | { readonly type: 'take' };

/** Events counted and arrivals since the last time: call id, epoch ms. */
export type SocketsReport = {
  readonly open: number;
  readonly frames: number;
  readonly arrivals: readonly (readonly [string, number])[];
  /** Requests of administrators that were answered with 503. */
  readonly unserved?: number;
};

const parallel = 20;
let open = 0;
let frames = 0;
let arrivals: [string, number][] = [];

function openSocket(port: number, token: string, isProbe: boolean): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => {
    open -= 1;
    console.error(`a socket was closed: ${code} ${reason}`);
  });
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      // {"type":"event" … : the rest is read by probes alone.
      if (data[9] === 0x65) {
        frames += 1;
        if (isProbe) note(data);
      } else if (data.subarray(0, 16).includes('status')) {
        open += 1;
        resolve();
      }
    });
    socket.once('open', () => socket.send('{"type":"subscribe","topics":["calls"]}'));
  });
}

function note(data: Buffer): void {
  const id = /"id":"(CA[0-9a-f]+)"/.exec(data.toString())?.[1];
  if (id !== undefined) arrivals.push([id, Date.now()]);
}

process.on('message', (order: SocketsOrder) => {
  if (order.type === 'take') {
    process.send?.({ open, frames, arrivals } satisfies SocketsReport);
    frames = 0;
    arrivals = [];
    return;
  }
  if (order.type === 'administer') {
    void administer(order).then((unserved) =>
      process.send?.({ open, frames: 0, arrivals: [], unserved } satisfies SocketsReport),
    );
    return;
  }
  void openAll(order);
});

async function openAll({ port, tokens, probes }: Extract<SocketsOrder, { type: 'open' }>): Promise<void> {
  const waiting = [...tokens.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await openSocket(port, next[1], next[0] < probes);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  process.send?.({ open, frames: 0, arrivals: [] } satisfies SocketsReport);
}

await once(process, 'disconnect');
process.exit();
