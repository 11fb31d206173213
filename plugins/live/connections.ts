import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Clock } from '../../services/routing/ports.ts';

/** One open socket. */
export type Connection = {
  readonly id: string;
  /** `user:<id>` or `api-key:<id>`. */
  readonly owner: string;
  readonly userId: string | null;
  readonly socket: WebSocket;
  /** Epoch ms. */
  pingAt: number;
  isAnswered: boolean;
};

/** What presence makes of sockets: somebody is there as long as one of theirs answers. */
export type SocketPresence = {
  /** Also with each answer to a ping. */
  connected(organizationId: string, userId: string, socketId: string): void;
  disconnected(organizationId: string, userId: string, socketId: string): void;
};

const pingEveryMs = 20_000;
const tickMs = 1_000;
const socketsAtOnce = 25;

/** Most sockets of one user, of one API key, and of this process. */
export const mostPerOwner = { user: 20, 'api-key': 1_000 } as const;
export const mostSockets = 20_000;

/** The open sockets of this process: how many, and whether somebody is still at the other end. */
export class Connections {
  readonly #clock: Clock;
  readonly #open = new Set<Connection>();
  readonly #owners = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isPinging = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#ping(), tickMs).unref();
  }

  /** Everybody is told to come again, elsewhere; who does not go is cut off. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const { socket } of this.#open) socket.close(1012, 'restarting');
    for (let waited = 0; this.#open.size > 0 && waited < 1_000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const { socket } of this.#open) socket.terminate();
  }

  /** False: there are too many already. */
  hasRoomFor(owner: string, most: number): boolean {
    return this.#open.size < mostSockets && (this.#owners.get(owner) ?? 0) < most;
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    this.#owners.set(connection.owner, (this.#owners.get(connection.owner) ?? 0) + 1);
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    const left = (this.#owners.get(connection.owner) ?? 1) - 1;
    if (left > 0) this.#owners.set(connection.owner, left);
    else this.#owners.delete(connection.owner);
  }

  async #ping(): Promise<void> {
    if (this.#isPinging) return;
    this.#isPinging = true;
    let written = 0;
    for (const connection of this.#open) {
      const now = this.#clock.now();
      if (connection.pingAt > now) continue;
      connection.pingAt = now + pingEveryMs;
      if (connection.isAnswered) {
        connection.isAnswered = false;
        connection.socket.ping();
      } else connection.socket.terminate();
      written += 1;
      if (written % socketsAtOnce === 0) await turn();
    }
    this.#isPinging = false;
  }
}

/** Several messages in one write. */
export function sendAll(
  socket: WebSocket,
  raw: IncomingMessage['socket'],
  messages: readonly (string | Buffer)[],
): void {
  if (socket.readyState !== socket.OPEN) return;
  raw.cork();
  for (const message of messages) socket.send(message, { binary: false });
  raw.uncork();
}
