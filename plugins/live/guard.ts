import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { LiveViewer } from '../../services/routing/live/view.ts';
import type { Clock, Directories } from '../../services/routing/ports.ts';
import { type Database, inOrganization } from '../../services/storage/database.ts';
import { type Actor, keyPermissions } from '../admin/access.ts';
import { callReach } from '../admin/call-sight.ts';
import { listSessionRights, readViewer } from './store.ts';

/** A socket, as far as its right to be there goes. */
export type Guarded = {
  actor: Actor;
  /** Of the API key; undefined for a session. */
  readonly keyHash: string | undefined;
  /** False: something may not be seen any more. */
  review(viewer: LiveViewer): boolean;
  end(code: number, reason: string): void;
  /** Version of the directory and instant (epoch ms) of the last look at what the actor sees of calls. */
  seenVersion: number;
  seenAt: number;
};

export type GuardPorts = {
  readonly database: Database;
  readonly directories: Pick<Directories, 'get' | 'findApiKey'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
};

export const sessionEnded = 4401;
export const permissionTaken = 4403;

const everyMs = 1_000;
const sessionsAtOnce = 1_000;
/** The first change is looked into at once; of many that follow, this often, and for a fifth of the time at most. */
const kickedEveryMs = 50;
const mostOfTime = 5;
/** A desk is made of labels and groups, and not every change of those raises the version. */
const deskEveryMs = 10_000;
/** A question for each manager who watches: not with every change of a busy administration. */
const deskAgainMs = 1_000;

/**
 * Ends the sockets of sessions and keys that have ended, and of those who may see less than before: at once after a
 * change, here or elsewhere (`kick`), and within a second or so where nobody told of one.
 */
export class LiveGuard {
  readonly #ports: GuardPorts;
  readonly #sockets = new Map<string, Set<Guarded>>();
  readonly #stop = new AbortController();
  readonly #kicked = new Set<string>();
  #checking: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(ports: GuardPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#checking;
  }

  /** Gives what takes it out again. */
  enroll(socket: Guarded): () => void {
    const { organizationId } = socket.actor;
    const sockets = this.#sockets.get(organizationId) ?? new Set();
    this.#sockets.set(organizationId, sockets.add(socket));
    return () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#sockets.delete(organizationId);
    };
  }

  /** Something was changed and committed: looks at once. Returns at once. */
  kick(organizationId: string): void {
    if (!this.#sockets.has(organizationId) || this.#stop.signal.aborted) return;
    this.#kicked.add(organizationId);
    this.#checking ??= this.#checkKicked().finally(() => {
      this.#checking = undefined;
    });
  }

  async #checkKicked(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#kicked.size > 0 && !signal.aborted) {
      const begun = performance.now();
      const kicked = [...this.#kicked];
      this.#kicked.clear();
      for (const organizationId of kicked) await this.#check(organizationId);
      const pause = Math.min(
        everyMs,
        Math.max(kickedEveryMs, (performance.now() - begun) * (mostOfTime - 1)),
      );
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      for (const organizationId of [...this.#sockets.keys()]) {
        if (!signal.aborted) await this.#check(organizationId);
      }
    }
  }

  /** While the database does not answer nothing is learnt, and nothing new is shown either. */
  async #check(organizationId: string): Promise<void> {
    try {
      const sockets = [...(this.#sockets.get(organizationId) ?? [])];
      for (let from = 0; from < sockets.length; from += sessionsAtOnce) {
        await this.#checkSome(organizationId, sockets.slice(from, from + sessionsAtOnce));
        await turn();
      }
    } catch (error) {
      this.#ports.onError(error);
    }
  }

  async #checkSome(organizationId: string, sockets: readonly Guarded[]): Promise<void> {
    const { database, clock } = this.#ports;
    const ids = sockets.flatMap(({ actor }) => (actor.type === 'user' ? [actor.sessionId] : []));
    const rights =
      ids.length === 0
        ? new Map<string, never>()
        : await inOrganization(
            database,
            organizationId,
            (trx) => listSessionRights(trx, organizationId, [...new Set(ids)], clock.now()),
            { readOnly: true },
          );
    for (const socket of sockets) {
      const { actor } = socket;
      const now = actor.type === 'user' ? rights.get(actor.sessionId) : this.#findKey(socket);
      if (now === undefined) socket.end(sessionEnded, 'session ended');
      else if ('mustChangePassword' in now && now.mustChangePassword) {
        socket.end(permissionTaken, 'the password must be changed');
      } else await this.#review(socket, { ...actor, ...now });
    }
  }

  #findKey({ keyHash }: Guarded): Pick<Actor, 'permissions'> | undefined {
    const found = keyHash === undefined ? undefined : this.#ports.directories.findApiKey(keyHash);
    if (found === undefined) return undefined;
    const { expiresAt, permissions } = found.key;
    if (expiresAt !== null && expiresAt <= this.#ports.clock.now()) return undefined;
    return { permissions: keyPermissions(permissions) };
  }

  async #review(socket: Guarded, actor: Actor): Promise<void> {
    const isSame = isEqual(socket.actor.permissions, actor.permissions);
    if (isSame && !this.#isDeskStale(socket)) return;
    const version = this.#versionOf(actor.organizationId);
    const viewer = await inOrganization(
      this.#ports.database,
      actor.organizationId,
      (trx) => readViewer(trx, actor),
      { readOnly: true },
    );
    socket.actor = actor;
    socket.seenVersion = version;
    socket.seenAt = this.#ports.clock.now();
    if (!socket.review(viewer)) socket.end(permissionTaken, 'permission taken');
  }

  #isDeskStale({ actor, seenVersion, seenAt }: Guarded): boolean {
    if (callReach(actor) !== 'desk') return false;
    const ago = this.#ports.clock.now() - seenAt;
    return ago > deskEveryMs || (ago > deskAgainMs && this.#versionOf(actor.organizationId) !== seenVersion);
  }

  #versionOf(organizationId: string): number {
    return this.#ports.directories.get(organizationId)?.directory.version ?? -1;
  }
}

function isEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && a.isSubsetOf(b);
}
