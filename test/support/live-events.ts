import type { NewLiveEvent } from '../../services/routing/live/event.ts';
import { type Database, inOrganization } from '../../services/storage/database.ts';
import { appendLiveEvents } from '../../services/storage/live-events.ts';

export function tell(
  database: Database,
  organizationId: string,
  ...events: readonly NewLiveEvent[]
): Promise<number> {
  return inOrganization(database, organizationId, (trx) => appendLiveEvents(trx, organizationId, events));
}

/** A call that changed, of these users. */
export function callChanged(id: string, userIds: readonly string[] = [], more: object = {}): NewLiveEvent {
  const from = { kind: 'number', value: '+12125550142' };
  const to = { kind: 'number', value: '+12125550100' };
  return {
    topic: 'calls',
    name: 'call.changed',
    at: 1_800_000_000_000,
    data: { id, from, to, state: 'ringing', ...more },
    userIds,
    queueIds: [],
  };
}

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}
