import type { OverrideData, WeekData, WeekdayData } from '../../../services/routing/domain/directory-data.ts';
import { formatDate, parseDate, weekdayOf } from '../../../services/routing/domain/local-time.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { weekdayNames } from '../hours.ts';
import { listOverrideData, listWeekData } from '../hours-rows.ts';
import type { Warning } from '../schemas.ts';

/** Two people who cover for each other may both be away on the same day: saved, and worth a look. */

/** Weekdays on which the chosen fallback user is not available either. */
export async function weekWarnings(
  trx: Transaction,
  organizationId: string,
  week: WeekData | null,
  general: string | null,
): Promise<readonly Warning[]> {
  const chosen = (week ?? []).map((day) => fallbackOf(day, general));
  const weeks = await weeksOf(trx, organizationId, chosen);
  return chosen.flatMap((id, index) => {
    const day = id === null ? undefined : weeks.get(id)?.[index];
    if (day?.available !== false) return [];
    const name = weekdayNames[index] ?? 'monday';
    return [
      {
        code: 'availability.fallback-off',
        pointer: `/weekly/${name}/fallbackUserId`,
        message: `The fallback user is not available on ${name} either.`,
      },
    ];
  });
}

/** Longer ranges are looked at for so many days; the rest repeats by weekday. */
const mostDays = 31;

/** Dates of an override on which the chosen fallback user is not available either. */
export async function overrideWarnings(
  trx: Transaction,
  organizationId: string,
  override: { readonly from: string; readonly to: string; readonly hours: WeekdayData },
  general: string | null,
): Promise<readonly Warning[]> {
  const fallback = fallbackOf(override.hours, general);
  const first = parseDate(override.from);
  const last = parseDate(override.to);
  if (fallback === null || first === undefined || last === undefined) return [];
  const week = (await weeksOf(trx, organizationId, [fallback])).get(fallback);
  const overrides = (await listOverrideData(trx, organizationId, [fallback])).get(fallback) ?? [];
  for (let day = first; day <= Math.min(last, first + mostDays); day += 1) {
    if (isOff(day, week, overrides)) {
      return [
        {
          code: 'availability.fallback-off',
          pointer: '/fallbackUserId',
          message: `The fallback user is not available on ${formatDate(day)} either.`,
        },
      ];
    }
  }
  return [];
}

/** A single date beats a range, and among equals the one made later (routing.md, time rule 3). */
function isOff(day: number, week: WeekData | undefined, overrides: readonly OverrideData[]): boolean {
  const date = formatDate(day);
  const covering = overrides.filter(({ from, to }) => from <= date && date <= to);
  const single = covering.filter(({ from, to }) => from === to);
  const ruling = single.at(-1) ?? covering.at(-1) ?? week?.[weekdayOf(day)];
  return ruling?.available === false;
}

function fallbackOf(day: WeekdayData | null, general: string | null): string | null {
  return day === null || day.available ? null : (day.fallbackUserId ?? general);
}

/** Weeks of those who are not always available. */
async function weeksOf(
  trx: Transaction,
  organizationId: string,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, WeekData>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return new Map();
  const rows = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', wanted)
    .where('always_available', '=', false)
    .execute();
  const limited = rows.map((row) => row.id);
  return limited.length === 0 ? new Map() : listWeekData(trx, organizationId, limited);
}
