import type { Notifications } from '../../storage/notifications.ts';
import type { RedisConnection } from '../../storage/redis.ts';
import { parseVersionMessage } from '../directory/invalidation.ts';
import type { WakeUps } from './reader.ts';

/** Carries `<organization id>:<seq>` to every process, for where Postgres cannot be listened to (a pooler). */
export const liveChannel = 'linefinder:live';

/** As Postgres tells at each commit. */
export function buildNotifyWakeUps(notifications: Notifications): WakeUps {
  return {
    start({ onWake, onConnected }) {
      notifications.start({ onConnected, onMessage: (text) => wake(text, onWake) });
    },
    close: () => notifications.close(),
  };
}

/** Closed with the connection. */
export function buildRedisWakeUps(redis: Pick<RedisConnection, 'subscribe'>): WakeUps {
  return {
    start({ onWake, onConnected }) {
      redis.subscribe(liveChannel, { onConnected, onMessage: (text) => wake(text, onWake) });
    },
    close: async () => undefined,
  };
}

function wake(text: string, onWake: (organizationId: string, seq: number) => void): void {
  const message = parseVersionMessage(text);
  if (message !== undefined) onWake(message.organizationId, message.version);
}

/** After a commit that wrote events. Returns at once; a Redis that is away costs its listeners a second. */
export function announceLive(redis: RedisConnection | null, organizationId: string, seq: number): void {
  if (redis?.isReady() !== true) return;
  redis.commands.publish(liveChannel, `${organizationId}:${seq}`).catch(() => undefined);
}
