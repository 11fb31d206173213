import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/**
 * A closed-loop HTTP client that costs little: requests are ready-made bytes, answers are only counted. One process
 * loads one server at a time, so that both have a core.
 */
export type Load = {
  /** Sends for `ms` on every connection and gives how many were answered; an answer that is not 200 throws. */
  run(ms: number): Promise<number>;
  close(): void;
};

type Connection = { readonly socket: Socket; busy: boolean; rest: Buffer };

/** @param requests taken in turn by all connections together */
export async function openLoad(port: number, requests: readonly Buffer[], connections = 16): Promise<Load> {
  let at = 0;
  let answered = 0;
  let until = 0;
  let failure: Error | undefined;
  let finish: (() => void) | undefined;
  const open: Connection[] = [];

  const sendNext = (connection: Connection): void => {
    if (performance.now() >= until || failure !== undefined) {
      connection.busy = false;
      if (open.every((other) => !other.busy)) finish?.();
      return;
    }
    const request = requests[at % requests.length];
    at += 1;
    if (request === undefined) throw new Error('there is nothing to send');
    connection.busy = true;
    connection.socket.write(request);
  };

  const receive = (connection: Connection, chunk: Buffer): void => {
    const data = connection.rest.length === 0 ? chunk : Buffer.concat([connection.rest, chunk]);
    const length = answerLength(data);
    if (length === undefined || data.length < length) {
      connection.rest = data;
      return;
    }
    connection.rest = Buffer.alloc(0);
    if (!data.subarray(0, 12).equals(OK))
      failure = new Error(`answered with ${data.toString('utf8', 0, 300)}`);
    answered += 1;
    sendNext(connection);
  };

  // A client that sleeps between answers makes the server wake it up, which costs a slow server more than a fast one.
  const stayAwake = (): void => {
    if (open.some((connection) => connection.busy)) setImmediate(stayAwake);
  };

  for (let index = 0; index < connections; index += 1) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const connection: Connection = { socket, busy: false, rest: Buffer.alloc(0) };
    socket.on('data', (chunk: Buffer) => receive(connection, chunk));
    socket.on('error', (error) => {
      failure = error;
    });
    open.push(connection);
  }

  return {
    run: (ms) =>
      new Promise((resolve, reject) => {
        answered = 0;
        until = performance.now() + ms;
        finish = () => (failure === undefined ? resolve(answered) : reject(failure));
        for (const connection of open) sendNext(connection);
        stayAwake();
      }),
    close: () => {
      for (const connection of open) connection.socket.destroy();
    },
  };
}

const OK = Buffer.from('HTTP/1.1 200');
const HEAD_END = Buffer.from('\r\n\r\n');

/** Bytes of the whole answer; undefined while its head is not complete. */
function answerLength(data: Buffer): number | undefined {
  const end = data.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const length = /\r\ncontent-length: *([0-9]+)/i.exec(data.toString('latin1', 0, end + 2))?.[1];
  if (length === undefined) throw new Error('an answer without content-length');
  return end + HEAD_END.length + Number(length);
}

/** A POST of a form as it goes over the wire. */
export function formRequest(path: string, body: string, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
  return Buffer.from(`${head}${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** CPU time of all threads of a process so far, in µs, by the kernel's accounting; NaN where there is no /proc. */
export function cpuMicroseconds(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const spent = tasks.map(
      (task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0],
    );
    return spent.reduce((sum, nanoseconds) => sum + Number(nanoseconds) / 1_000, 0);
  } catch {
    return Number.NaN;
  }
}
