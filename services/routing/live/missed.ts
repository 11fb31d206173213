import { type CallRow, listMissedSettings, type MissedSetting } from '../../storage/call-records.ts';
import type { Transaction } from '../../storage/database.ts';
import type { CallUser } from '../domain/call-parties.ts';
import { localMinute, zoneNamed } from '../domain/local-time.ts';
import { toRfc3339 } from '../domain/walk.ts';
import type { NewLiveEvent } from './event.ts';

export type MissedCall = { readonly row: CallRow; readonly user: CallUser };

/**
 * A9: one event for each user who was rung for a call that nobody took, told once. Who turned that off in the settings
 * of their mobile, or has quiet hours when the call ends, finds it in the list of calls only.
 */
export async function missedEvents(
  trx: Transaction,
  organizationId: string,
  news: readonly MissedCall[],
): Promise<readonly NewLiveEvent[]> {
  if (news.length === 0) return [];
  const ids = [...new Set(news.map(({ user }) => user.userId))];
  const settings = new Map<string, MissedSetting>();
  for (const setting of await listMissedSettings(trx, organizationId, ids))
    settings.set(setting.userId, setting);
  return news.flatMap(({ row, user }) => {
    const setting = settings.get(user.userId);
    const at = row.state.endedAt ?? row.state.startedAt;
    return setting !== undefined && wantsToHear(setting, at) ? [toMissed(row, user, at)] : [];
  });
}

/** @param at epoch ms */
export function wantsToHear({ pushMissed, quietHours, timeZone }: MissedSetting, at: number): boolean {
  if (!pushMissed || quietHours === null) return pushMissed;
  const [from, to] = quietHours;
  const minute = localMinute(zoneNamed(timeZone), at);
  // 22:00-07:00 ends on the next day.
  const isQuiet = from < to ? from <= minute && minute < to : minute >= from || minute < to;
  return !isQuiet;
}

function toMissed({ id, state }: CallRow, user: CallUser, at: number): NewLiveEvent {
  const { from, to } = state.decided;
  return {
    topic: 'calls',
    name: 'call.missed',
    at,
    data: {
      id,
      userId: user.userId,
      queueId: user.queueId,
      from,
      to,
      outcome: state.outcome,
      startedAt: toRfc3339(state.startedAt),
      endedAt: toRfc3339(at),
    },
    userIds: [user.userId],
    queueIds: user.queueId === null ? [] : [user.queueId],
  };
}
