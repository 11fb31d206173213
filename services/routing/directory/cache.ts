import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../../storage/breaker.ts';
import { compileInSteps, type Directory } from '../domain/directory.ts';
import type { Clock, Directories, DirectoryEntry } from '../ports.ts';
import {
  type CredentialIndex,
  createCredentialIndex,
  type FoundApiKey,
  type FoundCarrierAccount,
} from './credential-index.ts';
import type { Loaded, Loader, LoadResult } from './loader.ts';
import { inSlices } from './slices.ts';

export type CacheOptions = {
  readonly clock: Clock;
  readonly loader: Loader;
  readonly onLoad?: (load: LoadEvent) => void;
};

/** `refused`: it was older than what was in hand. `failed`: no store answered, or what it gave was unusable. */
export type LoadEvent = {
  readonly organizationId: string;
  readonly source: DirectoryEntry['source'] | 'none';
  readonly outcome: 'taken' | 'refused' | 'failed';
  readonly error?: unknown;
};

export type DirectoryStatus = {
  readonly organizations: number;
  /** Organizations of which a newer version is known than the one in hand. */
  readonly behind: number;
  /** Epoch ms at which the least confirmed directory was last compared with a store; 0: never; null: none in hand. */
  readonly confirmedAt: number | null;
  readonly sources: Readonly<Record<DirectoryEntry['source'], number>>;
  readonly reachable: { readonly database: boolean; readonly redis: boolean };
};

/** For a call that has to wait: the stores, then what is left of 250 ms for the file. */
const storesMs = 180;
const rescueMs = 50;
/** After our own change: long enough for the largest organization. */
const advanceMs = 10_000;
const retryMs = 100;
const parallelLoads = 4;
const chasePausesMs = [0, 30, 70, 150, 300];

/**
 * The directories in hand, and the rule that keeps them right: a version never goes back, wherever the older one comes
 * from. Loads are one at a time for each organization, however many wait for it.
 */
export class DirectoryCache implements Directories {
  readonly #clock: Clock;
  readonly #loader: Loader;
  readonly #onLoad: (load: LoadEvent) => void;
  readonly #entries = new Map<string, DirectoryEntry>();
  readonly #credentials: CredentialIndex = createCredentialIndex();
  /** The highest version of each organization that anybody spoke of. */
  readonly #heard = new Map<string, number>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<DirectoryEntry | undefined>>();
  /** Organizations that nobody had, and until when that is believed (epoch ms). */
  readonly #missing = new Map<string, number>();
  readonly #keeping = new Set<Promise<void>>();
  /** Organizations that are behind, waiting for one of a few workers. */
  readonly #backlog = new Set<string>();
  readonly #chased = new Set<string>();
  readonly #workers = new Set<Promise<void>>();
  #first: string | undefined;
  #closed = false;

  constructor(options: CacheOptions) {
    this.#clock = options.clock;
    this.#loader = options.loader;
    this.#onLoad = options.onLoad ?? (() => undefined);
  }

  /** Loads every organization that is known anywhere. Resolves also where no store answers. */
  async start(): Promise<void> {
    await this.compareVersions();
    await Promise.all(this.#workers);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#backlog.clear();
    await Promise.allSettled([...this.#workers, ...this.#loading.values()]);
    await Promise.allSettled(this.#keeping);
  }

  get(organizationId: string): DirectoryEntry | undefined {
    return this.#entries.get(organizationId);
  }

  list(): readonly DirectoryEntry[] {
    return [...this.#entries.values()];
  }

  findApiKey(hash: string): FoundApiKey | undefined {
    return this.#credentials.findApiKey(hash);
  }

  findCarrierAccount(carrier: 'twilio', accountSid: string): FoundCarrierAccount | undefined {
    return this.#credentials.findCarrierAccount(carrier, accountSid);
  }

  async load(organizationId: string): Promise<DirectoryEntry | undefined> {
    const inHand = this.#entries.get(organizationId);
    if (inHand !== undefined) return inHand;
    if ((this.#missing.get(organizationId) ?? 0) > this.#clock.now()) return undefined;
    const waiting = this.#waiting.get(organizationId);
    if (waiting !== undefined) return waiting;
    const started = this.#loadForCall(organizationId).finally(() => this.#waiting.delete(organizationId));
    this.#waiting.set(organizationId, started);
    return started;
  }

  async advance(organizationId: string, version: number): Promise<boolean> {
    this.#hear(organizationId, version);
    const deadline = this.#clock.now() + advanceMs;
    for (;;) {
      if (this.#versionInHand(organizationId) >= version) return true;
      const left = deadline - this.#clock.now();
      if (left <= 0 || this.#closed) return false;
      // A load that is under way may have begun before the commit; then its version says so, and the next one counts.
      const isJoined = this.#loading.has(organizationId);
      await within(left, this.#refresh(organizationId)).catch(() => undefined);
      if (!isJoined && this.#versionInHand(organizationId) < version) await delay(Math.min(retryMs, left));
    }
  }

  /** A message or a poll says that this version exists. What is older is dropped as soon as the new one is here. */
  heard(organizationId: string, version: number): void {
    this.#hear(organizationId, version);
    if (this.#versionInHand(organizationId) < version) void this.#chase(organizationId);
  }

  /**
   * The poll, and what follows a lost subscription: compares every version, and has what is behind loaded without
   * waiting for it. True where a store answered.
   */
  async compareVersions(): Promise<boolean> {
    const askedAt = this.#clock.now();
    const { known, confirmed } = await this.#loader.listVersions();
    for (const { id, version } of known) {
      this.#hear(id, version);
      if (this.#isBehind(id) || !this.#entries.has(id)) this.#backlog.add(id);
      else if (confirmed) this.#confirm(id, version, askedAt);
    }
    this.#work();
    return confirmed;
  }

  /** Ids are UUIDv7, so the least one was made first. */
  firstOrganizationId(): string | undefined {
    return this.#first;
  }

  status(): DirectoryStatus {
    const sources = { postgres: 0, redis: 0, disk: 0 };
    let confirmedAt: number | null = null;
    let behind = 0;
    for (const [organizationId, entry] of this.#entries) {
      sources[entry.source] += 1;
      confirmedAt = Math.min(confirmedAt ?? entry.confirmedAt, entry.confirmedAt);
      if (this.#isBehind(organizationId)) behind += 1;
    }
    return {
      organizations: this.#entries.size,
      behind,
      confirmedAt,
      sources,
      reachable: this.#loader.isReachable(),
    };
  }

  #versionInHand(organizationId: string): number {
    return this.#entries.get(organizationId)?.directory.version ?? -1;
  }

  #isBehind(organizationId: string): boolean {
    return this.#versionInHand(organizationId) < (this.#heard.get(organizationId) ?? 0);
  }

  #hear(organizationId: string, version: number): void {
    if ((this.#heard.get(organizationId) ?? -1) < version) this.#heard.set(organizationId, version);
  }

  #confirm(organizationId: string, version: number, at: number): void {
    const entry = this.#entries.get(organizationId);
    if (entry === undefined || entry.directory.version < version || entry.confirmedAt >= at) return;
    this.#entries.set(organizationId, { ...entry, confirmedAt: at });
  }

  #work(): void {
    while (this.#workers.size < Math.min(parallelLoads, this.#backlog.size) && !this.#closed) {
      const worker = this.#clearBacklog().finally(() => this.#workers.delete(worker));
      this.#workers.add(worker);
    }
  }

  async #clearBacklog(): Promise<void> {
    for (const organizationId of this.#backlog) {
      this.#backlog.delete(organizationId);
      await this.#refresh(organizationId);
      if (!this.#entries.has(organizationId)) await this.#rescue(organizationId);
    }
  }

  /**
   * A message may be faster than the entry in Redis that it speaks of. Where Postgres cannot be reached that entry is all
   * there is, so it is looked for some more times before the poll's turn comes.
   */
  async #chase(organizationId: string): Promise<void> {
    if (this.#chased.has(organizationId)) return;
    this.#chased.add(organizationId);
    for (const pauseMs of chasePausesMs) {
      if (pauseMs > 0) await delay(pauseMs);
      if (this.#closed || !this.#isBehind(organizationId)) break;
      await this.#refresh(organizationId);
    }
    this.#chased.delete(organizationId);
  }

  /** One at a time: whoever comes while a load is under way waits for that one. Never rejects. */
  #refresh(organizationId: string): Promise<void> {
    const running = this.#loading.get(organizationId);
    if (running !== undefined) return running;
    const started = this.#read(organizationId).finally(() => this.#loading.delete(organizationId));
    this.#loading.set(organizationId, started);
    return started;
  }

  async #read(organizationId: string): Promise<void> {
    const askedAt = this.#clock.now();
    const atLeast = this.#heard.get(organizationId) ?? 0;
    const result = await this.#loader.read(organizationId, atLeast);
    await this.#takeResult(organizationId, result, { askedAt, atLeast });
    // Something newer was heard of meanwhile: its message found this load running and went away.
    if (typeof result !== 'object' || result.data.version < atLeast || this.#closed) return;
    if ((this.#heard.get(organizationId) ?? 0) > result.data.version) await this.#read(organizationId);
  }

  async #takeResult(
    organizationId: string,
    result: LoadResult,
    { askedAt, atLeast }: { readonly askedAt: number; readonly atLeast: number },
  ): Promise<void> {
    if (result === 'unreachable' || result === 'none') {
      if (!this.#entries.has(organizationId)) {
        this.#missing.set(organizationId, this.#clock.now() + (result === 'none' ? 1_000 : 250));
      }
      // Else every message about something that is not there would be remembered.
      if (result === 'none' && !this.#entries.has(organizationId)) this.#heard.delete(organizationId);
      if (result === 'unreachable') this.#onLoad({ organizationId, source: 'none', outcome: 'failed' });
      return;
    }
    // A version that Postgres, asked after it was heard of, does not have was a mistake: not to be waited for.
    if (result.source === 'postgres' && this.#heard.get(organizationId) === atLeast) {
      this.#heard.set(organizationId, Math.max(result.data.version, this.#versionInHand(organizationId)));
    }
    const confirmedAt = result.source === 'disk' ? 0 : askedAt;
    await this.#take(organizationId, result, confirmedAt);
  }

  async #take(organizationId: string, loaded: Loaded, confirmedAt: number): Promise<void> {
    const { source } = loaded;
    if (this.#refuse(organizationId, loaded)) return;
    const compiled = await this.#compile(organizationId, loaded);
    // Something newer may have come while this was compiled.
    if (compiled === undefined || this.#refuse(organizationId, loaded)) return;
    const before = this.#entries.get(organizationId);
    this.#hear(organizationId, compiled.version);
    this.#entries.set(organizationId, { directory: compiled, source, confirmedAt });
    this.#credentials.replace(before?.directory, compiled);
    if (this.#first === undefined || organizationId < this.#first) this.#first = organizationId;
    this.#missing.delete(organizationId);
    this.#onLoad({ organizationId, source, outcome: 'taken' });
    this.#keep(loaded);
  }

  #refuse(organizationId: string, { source, data }: Loaded): boolean {
    if (data.version >= this.#versionInHand(organizationId)) return false;
    this.#onLoad({ organizationId, source, outcome: 'refused' });
    return true;
  }

  async #compile(organizationId: string, loaded: Loaded): Promise<Directory | undefined> {
    try {
      return await inSlices(compileInSteps(loaded.data));
    } catch (error) {
      this.#onLoad({ organizationId, source: loaded.source, outcome: 'failed', error });
      return undefined;
    }
  }

  #keep(loaded: Loaded): void {
    const kept = this.#loader.keep(loaded).finally(() => this.#keeping.delete(kept));
    this.#keeping.add(kept);
  }

  async #loadForCall(organizationId: string): Promise<DirectoryEntry | undefined> {
    await within(storesMs, this.#refresh(organizationId)).catch(() => undefined);
    if (!this.#entries.has(organizationId)) {
      await within(rescueMs, this.#rescue(organizationId)).catch(() => undefined);
    }
    const entry = this.#entries.get(organizationId);
    // Nobody has it now: the next calls get their safe answer at once.
    if (entry === undefined) this.#missing.set(organizationId, this.#clock.now() + 1_000);
    return entry;
  }

  async #rescue(organizationId: string): Promise<void> {
    const rescued = await this.#loader.rescue(organizationId);
    if (rescued !== undefined && !this.#entries.has(organizationId)) {
      await this.#take(organizationId, rescued, 0);
    }
  }
}
