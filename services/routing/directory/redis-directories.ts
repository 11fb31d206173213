import type { RedisConnection } from '../../storage/redis.ts';
import { directoryChannel } from '../../storage/relay.ts';
import type { DirectoryData } from '../domain/directory-data.ts';
import { bodyPieces, decodeEntry, type Seal, startSeal } from './entry-format.ts';
import { parseVersionMessage, type VersionFeed } from './invalidation.ts';
import type { DirectoryRedis } from './loader.ts';
import { inSlices } from './slices.ts';

/**
 * Directories in Redis: a hash for each organization with its version and its sealed entry, and one with all versions,
 * which is what is compared while Postgres does not answer. Nothing expires: an entry is replaced by the next version.
 */
export function buildRedisDirectories(redis: Pick<RedisConnection, 'commands'>, seal: Seal): DirectoryRedis {
  const { commands } = redis;
  return {
    async read(organizationId) {
      const key = keyOf(organizationId);
      const [version, text] = await commands.hmget(key, 'version', 'entry');
      if (typeof text !== 'string') return undefined;
      const data = decodeEntry(text, organizationId, seal);
      // Damaged, or of another release: away with it, or its version would keep good ones out.
      if (data === undefined || version !== String(data.version)) await commands.del(key);
      return data;
    },
    async listVersions() {
      const versions = await commands.hgetall(versionsKey);
      return Object.entries(versions).flatMap(([id, version]) =>
        /^\d{1,15}$/.test(version) ? [{ id, version: Number(version) }] : [],
      );
    },
    async write(data) {
      const entry = await inSlices(encodeUpTo(data, seal, largestEntry));
      if (entry === undefined) return;
      const { id } = data.organization;
      const version = String(data.version);
      const taken = await commands.eval(replaceIfNewer, 1, keyOf(id), version, entry);
      if (taken === 1) await commands.hset(versionsKey, id, version);
    },
  };
}

/** Versions as the relay announces them. Closed with the connection. */
export function buildRedisFeed(redis: Pick<RedisConnection, 'subscribe'>): VersionFeed {
  return {
    start(listener) {
      redis.subscribe(directoryChannel, {
        onConnected: () => listener.onConnected(),
        onMessage: (text) => {
          const message = parseVersionMessage(text);
          if (message !== undefined) listener.onVersion(message.organizationId, message.version);
        },
      });
    },
    close: async () => undefined,
  };
}

/** More cannot be read within 50 ms, and is parsed in one turn; such an organization is read from Postgres. */
const largestEntry = 8 * 1024 * 1024;

/** Undefined: it would be longer. */
function* encodeUpTo(data: DirectoryData, seal: Seal, most: number): Generator<void, string | undefined> {
  const sealing = startSeal(data, seal);
  const pieces: string[] = [];
  let length = 0;
  for (const piece of bodyPieces(data)) {
    sealing.update(piece);
    pieces.push(piece);
    length += piece.length;
    if (length > most) return undefined;
    yield;
  }
  return `${sealing.head()}${pieces.join('')}`;
}

const versionsKey = 'linefinder:directory-versions';

function keyOf(organizationId: string): string {
  return `linefinder:directory:${organizationId}`;
}

/** Compared and written in one step: of two replicas that write at once, the newer version stays. */
const replaceIfNewer = `
local present = tonumber(redis.call('hget', KEYS[1], 'version') or '-1')
if present and present >= tonumber(ARGV[1]) then return 0 end
redis.call('hset', KEYS[1], 'version', ARGV[1], 'entry', ARGV[2])
return 1`;
