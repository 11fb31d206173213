import { createBreaker, within } from '../../storage/breaker.ts';
import type { DirectoryData } from '../domain/directory-data.ts';
import type { Clock, DirectoryEntry } from '../ports.ts';
import type { DirectoryDisk } from './disk.ts';

/** An organization and the version of its directory. */
export type KnownVersion = { readonly id: string; readonly version: number };

/** Postgres, as far as the read side needs it. Undefined: there is no such organization. */
export type DirectoryDatabase = {
  read(organizationId: string): Promise<DirectoryData | undefined>;
  listVersions(): Promise<readonly KnownVersion[]>;
};

/** Redis, as far as the read side needs it. An entry that cannot be trusted is none. */
export type DirectoryRedis = {
  read(organizationId: string): Promise<DirectoryData | undefined>;
  listVersions(): Promise<readonly KnownVersion[]>;
  /** Kept only where Redis holds none, or an older one. */
  write(data: DirectoryData): Promise<void>;
};

export type LoaderPorts = {
  readonly clock: Clock;
  readonly database: DirectoryDatabase;
  readonly redis: DirectoryRedis | null;
  readonly disk: DirectoryDisk;
};

export type Loaded = { readonly data: DirectoryData; readonly source: DirectoryEntry['source'] };

/** `none`: Postgres says that there is no such organization. `unreachable`: nobody could say. */
export type LoadResult = Loaded | 'none' | 'unreachable';

export type Loader = {
  /** From Redis if it has `atLeast` this version, else from Postgres; what Redis has is better than nothing. */
  read(organizationId: string, atLeast: number): Promise<LoadResult>;
  /** The last-known-good file. */
  rescue(organizationId: string): Promise<Loaded | undefined>;
  /** Every organization, from Postgres, else from Redis, else by the files; `confirmed` where a store said so. */
  listVersions(): Promise<{ readonly known: readonly KnownVersion[]; readonly confirmed: boolean }>;
  /** Gives what Postgres had to Redis, and what either had to the disk. Not awaited by calls; never throws. */
  keep(loaded: Loaded): Promise<void>;
  isReachable(): { readonly database: boolean; readonly redis: boolean };
};

const hopMs = 50;
/** How long a store that failed is left alone; the version poll comes every second. */
const pauseMs = 500;

export function createLoader(ports: LoaderPorts): Loader {
  const { clock, database, redis, disk } = ports;
  const redisBreaker = createBreaker(clock, pauseMs);
  const databaseBreaker = createBreaker(clock, pauseMs);

  const fromRedis = async (organizationId: string): Promise<DirectoryData | undefined> => {
    if (redis === null) return undefined;
    return redisBreaker.run(() => within(hopMs, redis.read(organizationId))).catch(() => undefined);
  };

  return {
    async read(organizationId, atLeast) {
      const cached = await fromRedis(organizationId);
      if (cached !== undefined && cached.version >= atLeast) return { data: cached, source: 'redis' };
      const spare: LoadResult = cached === undefined ? 'unreachable' : { data: cached, source: 'redis' };
      try {
        const data = await databaseBreaker.run(() => database.read(organizationId));
        return data === undefined ? 'none' : { data, source: 'postgres' };
      } catch {
        return spare;
      }
    },
    async rescue(organizationId) {
      const data = await disk.read(organizationId);
      return data === undefined ? undefined : { data, source: 'disk' };
    },
    async listVersions() {
      // Nobody else may ask Redis for hours: this is how it is seen that it is back.
      if (redisBreaker.isFailing()) void listOfRedis(redis, redisBreaker.run);
      try {
        return { known: await databaseBreaker.run(() => database.listVersions()), confirmed: true };
      } catch {
        const shared = await listOfRedis(redis, redisBreaker.run);
        if (shared.length > 0) return { known: shared, confirmed: true };
        return {
          known: (await disk.list()).map((id) => ({ id, version: 0 })),
          confirmed: false,
        };
      }
    },
    async keep(loaded) {
      if (loaded.source === 'disk') return;
      const shared = loaded.source === 'postgres' && redis !== null ? redis.write(loaded.data) : undefined;
      await Promise.all([shared?.catch(() => undefined), disk.write(loaded.data)]);
    },
    isReachable: () => ({
      database: !databaseBreaker.isFailing(),
      redis: redis !== null && !redisBreaker.isFailing(),
    }),
  };
}

async function listOfRedis(
  redis: DirectoryRedis | null,
  run: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<readonly KnownVersion[]> {
  if (redis === null) return [];
  return run(() => within(hopMs, redis.listVersions())).catch(() => []);
}
