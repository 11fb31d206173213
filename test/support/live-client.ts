import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Teardown } from './database.ts';

/** A message of the server, as far as tests look at it. */
export type LiveMessage = {
  readonly type: 'snapshot' | 'event' | 'reset' | 'status' | 'refused';
  readonly topic?: string;
  readonly epoch?: string;
  readonly seq?: number;
  readonly prev?: number;
  readonly at?: string;
  readonly name?: string;
  readonly state?: string;
  readonly asOf?: string;
  readonly permission?: string;
  readonly data?: unknown;
};

export type LiveClient = {
  readonly socket: WebSocket;
  readonly messages: readonly LiveMessage[];
  send(message: unknown): void;
  /** The first message of all that fits, also one that was there before. */
  find(fits: (message: LiveMessage) => boolean, limitMs?: number): Promise<LiveMessage>;
  /** Resolves when the subscription is in force. */
  subscribe(topics: readonly string[], since?: { epoch: string; seq: number }): Promise<void>;
  /** Code and reason, and how long it took. */
  closed(limitMs?: number): Promise<{ readonly code: number; readonly reason: string; readonly ms: number }>;
};

/** Open already; gone when `t` ends. Throws with the status where the server refuses. */
export async function watch(
  t: Teardown,
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<LiveClient> {
  const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/v1/live`, { headers });
  t.after(() => socket.terminate());
  const messages: LiveMessage[] = [];
  let end: { code: number; reason: string } | undefined;
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString()));
    socket.emit('noted');
  });
  socket.on('close', (code, reason) => {
    end = { code, reason: reason.toString() };
    socket.emit('noted');
  });
  socket.on('error', () => undefined);
  await opened(socket);
  const wait = async <T>(look: () => T | undefined, limitMs: number, what: string): Promise<T> => {
    const signal = AbortSignal.timeout(limitMs);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (signal.aborted)
        throw new Error(`${what} did not come: ${JSON.stringify(messages.slice(-5)).slice(0, 500)}`);
      await once(socket, 'noted', { signal }).catch(() => undefined);
    }
  };
  const find = (fits: (message: LiveMessage) => boolean, limitMs = 5_000) => {
    let seen = 0;
    const look = (): LiveMessage | undefined => {
      for (; seen < messages.length; seen += 1) {
        const message = messages[seen];
        if (message !== undefined && fits(message)) return message;
      }
      return undefined;
    };
    return wait(look, limitMs, 'the message');
  };
  return {
    socket,
    messages,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    find,
    async subscribe(topics, since) {
      const from = messages.length;
      socket.send(JSON.stringify({ type: 'subscribe', topics, ...(since === undefined ? {} : { since }) }));
      const isInForce = () => messages.slice(from).find(({ type }) => type === 'status');
      await wait(isInForce, 5_000, 'the subscription');
    },
    async closed(limitMs = 5_000) {
      const started = performance.now();
      const { code, reason } = await wait(() => end, limitMs, 'the end');
      return { code, reason, ms: performance.now() - started };
    },
  };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      socket.terminate();
    });
    socket.once('error', reject);
  });
}

/** Events of one socket, of whatever connections, in the order they came: where their chain is broken. Empty: nowhere. */
export function brokenLinks(messages: readonly LiveMessage[]): readonly string[] {
  const broken: string[] = [];
  let last: number | undefined;
  for (const { type, seq, prev, name } of messages) {
    if (type === 'reset') last = undefined;
    if (type === 'snapshot') last = seq;
    if (type !== 'event') continue;
    if (last !== undefined && prev !== last) broken.push(`${name} ${seq} follows ${last} and says ${prev}`);
    last = seq;
  }
  return broken;
}

/** News of one call. */
export function isOf(id: string): (message: LiveMessage) => boolean {
  return ({ type, name, data }) =>
    type === 'event' && name === 'call.changed' && Reflect.get(Object(data), 'id') === id;
}
