import type { Channel } from '../../storage/notifications.ts';
import { parseVersionMessage } from '../directory/invalidation.ts';
import type { WakeUps } from './reader.ts';

/** As Postgres tells at each commit. */
export function buildNotifyWakeUps(channel: Channel): WakeUps {
  return {
    start({ onWake, onConnected }) {
      channel.start({ onConnected, onMessage: (text) => wake(text, onWake) });
    },
    close: () => channel.close(),
  };
}

function wake(text: string, onWake: (organizationId: string, seq: number) => void): void {
  const message = parseVersionMessage(text);
  if (message !== undefined) onWake(message.organizationId, message.version);
}
