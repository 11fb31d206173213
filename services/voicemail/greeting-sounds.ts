import { LRUCache } from 'lru-cache';
import type { SecretBox } from '../routing/calls/secret-box.ts';
import { type Database, inOrganization } from '../storage/database.ts';

export type GreetingSound = { readonly type: string; readonly content: Buffer };

/**
 * Greetings as carriers fetch them: by an address that nobody can guess or make up, because they come without a
 * credential. A sound never changes, so its address is the same for every call and the carrier may keep what it got.
 */
export type GreetingSounds = {
  /** Letters, digits, `-` and `_`. Memory only. */
  addressOf(organizationId: string, soundId: string): string;
  /** Undefined: none of our addresses, or the sound is gone. Rejects where the database does not answer. */
  read(address: string): Promise<GreetingSound | undefined>;
  find(organizationId: string, soundId: string): Promise<GreetingSound | undefined>;
};

/** Bytes of sounds in memory: a greeting is fetched again and again, also while the database is away. */
const mostBytes = 64 * 1024 * 1024;
const mostAddresses = 10_000;

export function buildGreetingSounds(
  database: Database,
  box: Pick<SecretBox, 'seal' | 'open'>,
): GreetingSounds {
  const addresses = new LRUCache<string, string>({ max: mostAddresses });
  const sounds = new LRUCache<string, GreetingSound>({
    maxSize: mostBytes,
    sizeCalculation: (sound) => sound.content.length,
  });
  const find = async (organizationId: string, soundId: string): Promise<GreetingSound | undefined> => {
    const key = `${organizationId}:${soundId}`;
    const known = sounds.get(key);
    if (known !== undefined) return known;
    const row = await inOrganization(database, organizationId, (trx) =>
      trx
        .selectFrom('greeting_sound')
        .select(['type', 'content'])
        .where('organization_id', '=', organizationId)
        .where('id', '=', soundId)
        .executeTakeFirst(),
    );
    if (row !== undefined) sounds.set(key, row);
    return row;
  };
  return {
    find,
    addressOf(organizationId, soundId) {
      const key = `${organizationId}:${soundId}`;
      const known = addresses.get(key);
      if (known !== undefined) return known;
      const address = box.seal(Buffer.from(`greeting:${key}`));
      addresses.set(key, address);
      return address;
    },
    async read(address) {
      const opened = box.open(address)?.toString('latin1');
      const [, organizationId, soundId] = SEALED.exec(opened ?? '') ?? [];
      if (organizationId === undefined || soundId === undefined) return undefined;
      return find(organizationId, soundId);
    },
  };
}

/** No call token looks like this: those begin with the number of their format. */
const SEALED = /^greeting:([0-9a-f-]{36}):([0-9a-f-]{36})$/;
