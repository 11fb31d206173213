import type { Notifications } from '../../storage/notifications.ts';
import { parseVersionMessage } from '../directory/invalidation.ts';
import type { WakeUps } from './reader.ts';

/** As Postgres tells at each commit. */
export function buildNotifyWakeUps(notifications: Notifications): WakeUps {
  return {
    start({ onWake, onConnected }) {
      notifications.start({ onConnected, onMessage: (text) => wake(text, onWake) });
    },
    close: () => notifications.close(),
  };
}

function wake(text: string, onWake: (organizationId: string, seq: number) => void): void {
  const message = parseVersionMessage(text);
  if (message !== undefined) onWake(message.organizationId, message.version);
}
