import { formatDate, localDay, zoneNamed } from '../../../services/routing/domain/local-time.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant } from '../instants.ts';
import type { Figures, OfficeStatistics, Statistics } from './schema.ts';
import {
  type DayRow,
  getSettings,
  hasSubject,
  listDays,
  listKnownUsers,
  type StatisticsSubject,
} from './store.ts';

const longest = 30;

/** Exact: the days are added up from what was written with each call. */
export function answerStatistics(
  context: AdminContext,
  request: AdminRequest,
  subject: StatisticsSubject,
): Promise<Statistics> {
  const { organizationId } = request.actor;
  const { type, id } = subject;
  return read(context, request, async (trx) => {
    if (!(await hasSubject(trx, organizationId, subject))) throw problem(`${type}.not-found`);
    const period = await getPeriod(trx, request);
    const days = await listDays(trx, organizationId, type, [id], period);
    return { ...period.head, ...addUpAll(days.get(id) ?? [], period) };
  });
}

/** Of the whole organization, and of the users that a list shows. */
export function answerOfficeStatistics(
  context: AdminContext,
  request: AdminRequest,
  users: readonly string[],
): Promise<OfficeStatistics> {
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const period = await getPeriod(trx, request);
    const whole = await listDays(trx, organizationId, 'organization', [organizationId], period);
    const known = await listKnownUsers(trx, organizationId, users);
    const days = await listDays(trx, organizationId, 'user', known, period);
    return {
      ...period.head,
      organization: addUpAll(whole.get(organizationId) ?? [], period),
      users: known.map((userId) => ({ userId, ...addUpAll(days.get(userId) ?? [], period) })),
    };
  });
}

type Period = {
  readonly head: Pick<Statistics, 'asOf' | 'timeZone'>;
  readonly first: string;
  readonly last: string;
  /** The date so many days before the last. */
  readonly dateBack: (days: number) => string;
};

/** Thirty days up to today, in the organization's zone. */
async function getPeriod(trx: Transaction, { actor, instant }: AdminRequest): Promise<Period> {
  const { timeZone, isOn } = await getSettings(trx, actor.organizationId);
  if (!isOn) throw problem('statistics.off');
  const today = localDay(zoneNamed(timeZone), instant);
  const dateBack = (days: number) => formatDate(today - days);
  const head = { asOf: formatInstant(instant), timeZone };
  return { head, first: dateBack(longest - 1), last: dateBack(0), dateBack };
}

function addUpAll(
  days: readonly DayRow[],
  { dateBack, last }: Period,
): Pick<Statistics, 'today' | 'last7Days' | 'last30Days'> {
  const since = (count: number) => addUp(days, dateBack(count - 1), last);
  return { today: since(1), last7Days: since(7), last30Days: since(longest) };
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
