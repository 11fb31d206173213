import type { CallerMatch, NumberData } from '../../../services/routing/domain/directory-data.ts';
import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { checkDates, checkZone, parseWeek, parseWindows, toWeek, toWindows } from '../hours.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import type { Issues } from '../issues.ts';
import type { OrganizationFacts } from '../organization-facts.ts';
import type { References } from '../references.ts';
import type { DirectNumber, NumberSettings } from './schema.ts';
import type { NumberColumns, NumberRecord } from './store.ts';

/** A number between its three shapes: the row, the settings that a patch is merged into, and what the API shows. */
export const defaultSettings: NumberSettings = {
  name: '',
  timeZone: null,
  target: null,
  override: null,
  callerRules: [],
  stickyRouting: false,
  waitingPriority: null,
  calendar: null,
  callerIdFor: [],
};

export function toSettings(record: NumberRecord): NumberSettings {
  const { override } = record;
  return {
    name: record.name,
    timeZone: record.time_zone,
    target: record.target,
    override:
      override === null
        ? null
        : { target: override.target, until: override.until === null ? null : formatInstant(override.until) },
    callerRules: record.caller_rules.map(({ match, target }) => ({ match: { ...match }, target })),
    stickyRouting: record.sticky_routing,
    waitingPriority: record.waiting_priority,
    calendar: toCalendar(record.calendar),
    callerIdFor: [...record.callerIdFor],
  };
}

export function toNumber(record: NumberRecord, facts: OrganizationFacts): DirectNumber {
  return {
    id: record.id,
    number: record.number,
    ...toSettings(record),
    timeZone: record.time_zone ?? facts.timeZone,
  };
}

function toCalendar(calendar: NumberData['calendar']): NumberSettings['calendar'] {
  if (calendar === null) return null;
  return {
    weekly: calendar.weekly === null ? null : toWeek(calendar.weekly),
    exceptions: calendar.exceptions.map(({ windows, ...exception }) => ({
      ...exception,
      ...(exception.closed ? {} : { windows: toWindows(windows) }),
    })),
    useHolidays: calendar.useHolidays,
    closedTarget: calendar.closedTarget,
  };
}

export function parseSettings(
  settings: NumberSettings,
  previous: NumberSettings | undefined,
  country: string,
  issues: Issues,
  references: References,
): NumberColumns {
  checkZone(issues, '/timeZone', settings.timeZone);
  settings.callerIdFor.forEach((id, index) => {
    if (!previous?.callerIdFor.includes(id)) references.user(`/callerIdFor/${index}`, id);
  });
  return {
    name: settings.name.trim(),
    time_zone: settings.timeZone,
    target: settings.target === null ? null : references.target('/target', settings.target, previous?.target),
    override: parseSwitch(settings.override, previous, issues, references),
    caller_rules: settings.callerRules.map((rule, index) => ({
      match: parseMatch(issues, `/callerRules/${index}/match`, rule.match, country),
      target: references.target(
        `/callerRules/${index}/target`,
        rule.target,
        previous?.callerRules[index]?.target,
      ),
    })),
    sticky_routing: settings.stickyRouting,
    waiting_priority: settings.waitingPriority,
    calendar: parseCalendar(settings.calendar, previous, issues, references),
  };
}

function parseSwitch(
  override: NumberSettings['override'],
  previous: NumberSettings | undefined,
  issues: Issues,
  references: References,
): NumberColumns['override'] {
  if (override === null) return null;
  const { target, until = null } = override;
  return {
    target: references.target('/override/target', target, previous?.override?.target),
    until: until === null ? null : parseInstant(issues, '/override/until', until),
  };
}

type MatchBody = NumberSettings['callerRules'][number]['match'];

function parseMatch(issues: Issues, pointer: string, match: MatchBody, country: string): CallerMatch {
  const { prefix, number, kind } = match;
  if ([prefix, number, kind].filter((value) => value !== undefined).length !== 1) {
    issues.add(pointer, 'contradiction', 'Send exactly one of prefix, number and kind.');
  }
  if (kind !== undefined) return { kind };
  if (number !== undefined) {
    const parsed = parseNumber(number, country);
    if (parsed === undefined)
      issues.add(`${pointer}/number`, 'number', 'Use a complete number such as +14155550123.');
    return { number: parsed ?? '' };
  }
  const digits = /^(?:\+|00)([1-9][0-9]{0,13})$/.exec((prefix ?? '').replace(/[\s().-]/g, ''))?.[1];
  if (prefix !== undefined && digits === undefined) {
    issues.add(
      `${pointer}/prefix`,
      'prefix',
      'Use the beginning of a number with its country, such as +34 or +1415.',
    );
  }
  return { prefix: `+${digits ?? ''}` };
}

function parseCalendar(
  calendar: NumberSettings['calendar'],
  previous: NumberSettings | undefined,
  issues: Issues,
  references: References,
): NumberColumns['calendar'] {
  if (calendar === null) return null;
  const { weekly = null, exceptions = [], useHolidays = true, closedTarget = null } = calendar;
  return {
    weekly: weekly === null ? null : parseWeek(issues, '/calendar/weekly', weekly),
    exceptions: exceptions.map((exception, index) =>
      parseException(issues, `/calendar/exceptions/${index}`, exception),
    ),
    useHolidays,
    closedTarget:
      closedTarget === null
        ? null
        : references.target('/calendar/closedTarget', closedTarget, previous?.calendar?.closedTarget),
  };
}

type Calendar = NonNullable<NumberColumns['calendar']>;
type ExceptionBody = NonNullable<NonNullable<NumberSettings['calendar']>['exceptions']>[number];

function parseException(
  issues: Issues,
  pointer: string,
  exception: ExceptionBody,
): Calendar['exceptions'][number] {
  const { from, to = from, yearly = false, closed, windows } = exception;
  checkDates(issues, pointer, from, to);
  if (closed && windows !== undefined) {
    issues.add(`${pointer}/windows`, 'contradiction', 'Leave this out, or send closed: false.');
  }
  if (!closed && windows === undefined) {
    issues.add(`${pointer}/windows`, 'required', 'Send the hours of these dates, or closed: true.');
  }
  return { from, to, yearly, closed, windows: parseWindows(issues, `${pointer}/windows`, windows ?? []) };
}
