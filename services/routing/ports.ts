import type { Directory } from './domain/directory.ts';
import type { ApiKeyData, CarrierAccountData } from './domain/directory-data.ts';

/** What the service needs from outside. Tests replace the clock and the mail; everything else is the real thing. */

/** Epoch ms. The only source of "now". */
export type Clock = { now(): number };

/** UUIDv7, from the clock and the system's randomness. */
export type NewId = () => string;

/** Where a directory came from, and how fresh it is known to be. */
export type DirectoryEntry = {
  readonly directory: Directory;
  readonly source: 'postgres' | 'redis' | 'disk';
  /** When its version was last compared with a store that answered, epoch ms. 0: never. */
  readonly confirmedAt: number;
};

/** The read side of every call. `get` and the finders never do I/O. */
export type Directories = {
  get(organizationId: string): DirectoryEntry | undefined;
  /** In hand, or from Redis, Postgres, disk in that order, 250 ms in all; undefined: nobody has it. */
  load(organizationId: string): Promise<DirectoryEntry | undefined>;
  /**
   * After a change of our own: resolves when the directory in hand is at least of this version, so that the very next
   * call sees the change. False when that could not be reached in time; the change is kept all the same.
   */
  advance(organizationId: string, version: number): Promise<boolean>;
  list(): readonly DirectoryEntry[];
  findApiKey(hash: string): { readonly organizationId: string; readonly key: ApiKeyData } | undefined;
  findCarrierAccount(
    carrier: 'twilio',
    accountSid: string,
  ): { readonly organizationId: string; readonly account: CarrierAccountData } | undefined;
};
