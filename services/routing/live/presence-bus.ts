import type { RedisConnection } from '../../storage/redis.ts';
import type { SecretBox } from '../calls/secret-box.ts';
import type { Clock } from '../ports.ts';
import type { PresenceChanges } from './presence-memory.ts';

/** News of presence straight from process to process: sooner than by Postgres, and also without it. Lost ones are read there. */
export type PresenceBus = {
  /** Returns at once, and never throws. */
  publish(organizationId: string, changes: PresenceChanges): void;
  /** Until the connection is closed. What we published ourselves comes back, and says nothing new. */
  start(listener: (organizationId: string, changes: PresenceChanges) => void): void;
};

type Message = { readonly organizationId: string; readonly at: number; readonly changes: PresenceChanges };

const channel = 'linefinder:presence';
/** An older message is somebody's copy. */
const lifeMs = 10_000;

/** Sealed, because it says who talks in which call, and because what is believed here keeps telephones from ringing. */
export function buildPresenceBus(
  redis: Pick<RedisConnection, 'commands' | 'isReady' | 'subscribe'>,
  box: Pick<SecretBox, 'encrypt' | 'decrypt'>,
  clock: Clock,
): PresenceBus {
  return {
    publish(organizationId, changes) {
      if (!redis.isReady()) return;
      const message: Message = { organizationId, at: clock.now(), changes };
      redis.commands.publish(channel, box.encrypt(JSON.stringify(message), channel)).catch(() => undefined);
    },
    start(listener) {
      redis.subscribe(channel, {
        onConnected: () => undefined,
        onMessage(sealed) {
          const text = box.decrypt(sealed, channel);
          if (text === undefined) return;
          const { organizationId, at, changes }: Message = JSON.parse(text);
          if (Math.abs(clock.now() - at) < lifeMs) listener(organizationId, changes);
        },
      });
    },
  };
}
