import type { Dialled } from '../../../services/routing/domain/call.ts';
import { coverage } from '../../../services/routing/domain/coverage.ts';
import type { Directory } from '../../../services/routing/domain/directory.ts';
import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { formatDate, formatTimeOfDay } from '../../../services/routing/domain/local-time.ts';
import { emptyWindows, type Schedule } from '../../../services/routing/domain/schedule.ts';
import { problem } from '../../../services/routing/errors.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import type { CoverageQuery, CoverageReport } from './schema.ts';

const dayMs = 86_400_000;
const longestMs = 400 * dayMs;

/** Who would answer, hour by hour. The same `resolve` as a live call. */
export function reportCoverage(directory: Directory, query: CoverageQuery, now: number): CoverageReport {
  const issues = buildIssues('query.invalid');
  const from = query.from === undefined ? now : parseInstant(issues, '/from', query.from);
  const to = query.to === undefined ? from + 7 * dayMs : parseInstant(issues, '/to', query.to);
  if (to <= from) issues.add('/to', 'order', 'Choose an end after `from`.');
  if (to - from > longestMs) issues.add('/to', 'range', 'Ask for at most 400 days at once.');
  issues.refuse();
  const target = findTarget(directory, query.target);
  if (target === undefined) throw problem('resource.not-found');
  const { intervals, score } = coverage(directory, target, { from, to });
  return {
    intervals: intervals.map((interval) => ({
      ...interval,
      from: formatInstant(interval.from),
      to: formatInstant(interval.to),
    })),
    score,
    emptyWindows: describeEmpty(scheduleOf(directory, target), from, to),
  };
}

function findTarget(directory: Directory, text: string): Dialled | undefined {
  const [, kind, value = ''] = /^(user|queue|number):(.*)$/.exec(text) ?? [];
  const id = value.toLowerCase();
  if (kind === 'user') return directory.users.has(id) ? { kind, id } : undefined;
  if (kind === 'queue') return directory.queues.has(id) ? { kind, id } : undefined;
  // A plus sign that was not escaped arrives as a space.
  const spelled = value.startsWith(' ') ? `+${value.trim()}` : value;
  const number = parseNumber(spelled, directory.organization.defaultCountry);
  return number !== undefined && directory.numbers.has(number) ? { kind: 'number', number } : undefined;
}

function scheduleOf(directory: Directory, target: Dialled): Schedule | null {
  if (target.kind === 'user') return directory.users.get(target.id)?.schedule ?? null;
  return target.kind === 'number' ? (directory.numbers.get(target.number)?.calendar ?? null) : null;
}

function describeEmpty(schedule: Schedule | null, from: number, to: number): CoverageReport['emptyWindows'] {
  if (schedule === null) return [];
  return emptyWindows(schedule, from, to).map((window) => {
    const [start, end] = [formatTimeOfDay(window.from), formatTimeOfDay(window.to)];
    const date = formatDate(window.day);
    const because = `${start}-${end} does not exist on ${date} in ${schedule.zone.name}: the clock jumps over it.`;
    return { date, from: start, to: end, timeZone: schedule.zone.name, because };
  });
}
