import { LRUCache } from 'lru-cache';
import type { PendingCall } from '../domain/pending-call.ts';
import type { SecretBox } from './secret-box.ts';
import type { SharedStore } from './shared-store.ts';

/** A call of a PBX from its first question on: what was asked, what was answered, and where it stands. */
export type CallRecord = {
  readonly organizationId: string;
  readonly callId: string;
  /** What was asked, in one spelling: a repeat must be the same. */
  readonly asked: string;
  /** The first answer, as JSON. */
  readonly answer: string;
  /** The step that is being carried out; null: the call is over. */
  readonly current: string | null;
  /** null: nothing can follow the current step. */
  readonly pending: PendingCall | null;
  readonly results: readonly {
    readonly step: string;
    /** The result in one spelling. */
    readonly told: string;
    /** What was answered, as JSON. */
    readonly answer: string;
  }[];
};

export type CallStore = {
  /** Keeps a new call. The record that was there before, if there was one: then nothing was kept. */
  begin(record: CallRecord): Promise<CallRecord | undefined>;
  /** `fresh`: what the other processes know counts, not what is in hand. */
  find(organizationId: string, callId: string, fresh?: boolean): Promise<CallRecord | undefined>;
  update(record: CallRecord): void;
};

const lifeSeconds = 24 * 3_600;
const memoryBytes = 64 * 1024 * 1024;

/**
 * In process, bounded by 64 MB and 24 hours (some 20,000 calls), and in Redis where there is one. Entries in Redis are
 * encrypted, because they hold who called whom, and bound to their key, so that none can be put in another's place.
 */
export function buildCallStore(shared: SharedStore | null, box: SecretBox): CallStore {
  const kept = new LRUCache<string, string>({
    maxSize: memoryBytes,
    sizeCalculation: (text, key) => text.length + key.length + 100,
    ttl: lifeSeconds * 1_000,
  });
  const open = (key: string, sealed: string | undefined): CallRecord | undefined => {
    const text = sealed === undefined ? undefined : box.decrypt(sealed, key);
    if (text === undefined) return undefined;
    kept.set(key, text);
    return JSON.parse(text);
  };
  const inHand = (key: string): CallRecord | undefined => {
    const text = kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };

  return {
    async begin(record) {
      const key = keyOf(record.organizationId, record.callId);
      const known = inHand(key);
      if (known !== undefined) return known;
      const text = JSON.stringify(record);
      // Before the first await, so that a repeat that comes meanwhile finds it.
      kept.set(key, text);
      if (shared === null) return undefined;
      return open(key, await shared.claim(key, box.encrypt(text, key), lifeSeconds));
    },
    async find(organizationId, callId, fresh = false) {
      const key = keyOf(organizationId, callId);
      const known = inHand(key);
      if ((known !== undefined && !fresh) || shared === null) return known;
      return open(key, await shared.get(key)) ?? known;
    },
    update(record) {
      const key = keyOf(record.organizationId, record.callId);
      const text = JSON.stringify(record);
      kept.set(key, text);
      void shared?.set(key, box.encrypt(text, key), lifeSeconds);
    },
  };
}

function keyOf(organizationId: string, callId: string): string {
  return `linefinder:call:${organizationId}:${callId}`;
}
