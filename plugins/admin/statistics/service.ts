import { formatDate, localDay, zoneNamed } from '../../../services/routing/domain/local-time.ts';
import { problem } from '../../../services/routing/errors.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant } from '../instants.ts';
import type { Figures, Statistics } from './schema.ts';
import { type DayRow, findSettings, listDays, type StatisticsSubject } from './store.ts';

const longest = 30;

/** Exact: the days are added up from what was written with each call. */
export function answerStatistics(
  context: AdminContext,
  request: AdminRequest,
  subject: StatisticsSubject,
): Promise<Statistics> {
  const { organizationId } = request.actor;
  const { instant } = request;
  return read(context, request, async (trx) => {
    const settings = await findSettings(trx, organizationId, subject);
    if (settings === undefined) throw problem(`${subject.type}.not-found`);
    if (!settings.isOn) throw problem('statistics.off');
    const { timeZone } = settings;
    const today = localDay(zoneNamed(timeZone), instant);
    const dateBack = (days: number) => formatDate(today - days);
    const [first, last] = [dateBack(longest - 1), dateBack(0)];
    const days = await listDays(trx, organizationId, subject, first, last);
    const since = (count: number) => addUp(days, dateBack(count - 1), last);
    return {
      asOf: formatInstant(instant),
      timeZone,
      today: since(1),
      last7Days: since(7),
      last30Days: since(longest),
    };
  });
}

/** Dates as text are in the order of time. */
function addUp(days: readonly DayRow[], from: string, to: string): Figures {
  const counted = days.filter(({ day }) => day >= from);
  const sum = (name: Exclude<keyof DayRow, 'day'>) => counted.reduce((total, day) => total + day[name], 0);
  return {
    from,
    to,
    offered: sum('offered'),
    handled: sum('handled'),
    missed: sum('missed'),
    abandoned: sum('abandoned'),
    handledInTime: sum('handledInTime'),
    talkSeconds: sum('talkSeconds'),
  };
}
