import { connect, type Socket } from 'node:net';

/**
 * Requests at a fixed rate, whether or not the ones before are answered: a server that stalls is late for all that come
 * meanwhile, as it would be for callers. Times are taken from when a request was due.
 */
export type OpenLoop = {
  /** ms from due to answered, for `seconds` at `perSecond`. */
  run(perSecond: number, seconds: number): Promise<readonly number[]>;
};

type Connection = { readonly socket: Socket; due: number };

/** @param next the request to send, and told when that happens */
export function buildOpenLoop(port: number, next: () => Buffer, connections = 64): OpenLoop {
  const free: Connection[] = [];
  const backlog: number[] = [];
  let times: number[] = [];

  const send = (connection: Connection, due: number): void => {
    connection.due = due;
    connection.socket.write(next());
  };
  const answered = (connection: Connection, chunk: Buffer): void => {
    if (!/^HTTP\/1.1 20[04]/.test(chunk.toString('latin1', 0, 12))) {
      throw new Error(`answered with ${chunk.toString('utf8', 0, 300)}`);
    }
    times.push(performance.now() - connection.due);
    const due = backlog.shift();
    if (due === undefined) free.push(connection);
    else send(connection, due);
  };
  // A server ends connections on which nothing comes: each run has its own.
  const openAll = async (): Promise<void> => {
    for (let index = 0; index < connections; index += 1) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      const connection: Connection = { socket, due: 0 };
      // The answers here are short: each comes in one piece.
      socket.on('data', (chunk: Buffer) => answered(connection, chunk));
      free.push(connection);
    }
  };
  return {
    async run(perSecond, seconds) {
      times = [];
      await openAll();
      const begun = performance.now();
      const count = perSecond * seconds;
      for (let sent = 0; sent < count; ) {
        const due = begun + (sent * 1_000) / perSecond;
        if (due > performance.now()) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        sent += 1;
        const connection = free.pop();
        if (connection === undefined) backlog.push(due);
        else send(connection, due);
      }
      while (free.length < connections) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const { socket } of free.splice(0)) socket.destroy();
      return times;
    },
  };
}
