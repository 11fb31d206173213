import { firstInstantOfDay, localDay, zoneNamed } from '../../../services/routing/domain/local-time.ts';
import { problem } from '../../../services/routing/errors.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { getSettings, hasSubject } from './store.ts';
import type { QueueService } from './waiting-schema.ts';
import { listWaiting, totalWaits } from './waiting-store.ts';

const mostShown = 100;
const usualSeconds = 20;

/** Who waits in a queue now, and how callers fared there today. Not a statistic of people, so no policy hides it. */
export function answerQueueService(
  context: AdminContext,
  request: AdminRequest,
  queueId: string,
  withinSeconds = usualSeconds,
): Promise<QueueService> {
  const { organizationId } = request.actor;
  const { instant } = request;
  return read(context, request, async (trx) => {
    const subject = { type: 'queue', id: queueId } as const;
    if (!(await hasSubject(trx, organizationId, subject))) throw problem('queue.not-found');
    const { timeZone } = await getSettings(trx, organizationId);
    const zone = zoneNamed(timeZone);
    const since = new Date(firstInstantOfDay(zone, localDay(zone, instant)));
    const waiting = await listWaiting(trx, organizationId, queueId);
    const totals = await totalWaits(trx, organizationId, queueId, since, withinSeconds);
    const waits = waiting.map(({ enteredAt }) => secondsBetween(enteredAt, instant));
    const { averageWait, longestWait, time, length, noAgent, ...counts } = totals;
    return {
      asOf: formatInstant(instant),
      waiting: waiting.length,
      longestWaitSeconds: waits.length === 0 ? null : Math.max(...waits),
      callers: waiting.slice(0, mostShown).map(({ callId, enteredAt, priority, offeredTo }) => ({
        callId,
        enteredAt: formatInstant(enteredAt),
        waitSeconds: secondsBetween(enteredAt, instant),
        priority,
        offeredTo: [...offeredTo],
      })),
      today: {
        since: formatInstant(since),
        withinSeconds,
        ...counts,
        overflowedBy: { time, length, noAgent },
        averageWaitSeconds: toSeconds(averageWait),
        longestWaitSeconds: toSeconds(longestWait),
      },
    };
  });
}

/** Another replica's clock may be ahead of ours. */
function secondsBetween(from: Date, to: number): number {
  return Math.max(0, Math.round((to - from.getTime()) / 1_000));
}

function toSeconds(value: number | null): number | null {
  return value === null ? null : Math.max(0, Math.round(value));
}
