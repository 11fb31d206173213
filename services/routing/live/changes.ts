import type { LiveEvent } from './event.ts';

/**
 * Tells, within this process, that an organization was changed and the change is committed: at once where it was made
 * here, and as soon as its event or its directory comes where another process made it.
 */
export type Changes = {
  tell(organizationId: string): void;
  /** Gives what ends it. The listener returns at once and does not throw. */
  listen(listener: (organizationId: string) => void): () => void;
};

export function buildChanges(): Changes {
  const listeners = new Set<(organizationId: string) => void>();
  return {
    tell(organizationId) {
      for (const listener of listeners) listener(organizationId);
    },
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Logins, also refused ones, take nobody's rights away, and there may be many. */
const harmless: ReadonlySet<unknown> = new Set(['session.create', 'session.refuse', 'voicemails.listen']);

/**
 * May a session have ended with it, or a right? Whatever ends one stands in the log of activities, whose events come
 * with the commit from whichever process it was.
 */
export function mayTakeRights({ topic, name, data }: Pick<LiveEvent, 'topic' | 'name' | 'data'>): boolean {
  return topic === 'activity' && !(name === 'activity.recorded' && harmless.has(data.action));
}
