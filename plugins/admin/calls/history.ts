import { namedInHistory, readHistory } from '../../../services/routing/domain/history.ts';
import { readKeptTrace } from '../../../services/routing/domain/kept-trace.ts';
import type { CallSight } from '../call-sight.ts';
import { formatInstant } from '../instants.ts';
import type { Reason, Step, TimelineEntry } from './schema.ts';

/** Kept decisions and timelines in words: ids become the names of today, and a document of another release is read as far as it goes. */
export type Shown = {
  readonly sight: CallSight;
  readonly names: ReadonlyMap<string, string>;
  /** The caller as the reader may see it. */
  readonly caller: string;
};

export function readDecision(
  document: unknown,
  shown: Shown,
): { readonly steps: Step[]; readonly trace: Reason[] } {
  return {
    steps: listOf(member(document, 'steps')).filter(isStep),
    trace: readTrace(member(document, 'trace'), shown),
  };
}

export function readTimeline(document: unknown, shown: Shown): TimelineEntry[] {
  return listOf(document).flatMap((entry) => {
    const at = member(entry, 'at');
    const type = textOf(entry, 'type');
    if (typeof at !== 'number' || type === undefined) return [];
    const trace = readTrace(member(entry, 'trace'), shown);
    return [
      {
        at: formatInstant(at),
        type,
        ...detailsOf(entry),
        ...(trace.length === 0 ? {} : { trace }),
      },
    ];
  });
}

/** Whose names the decision and the timeline will need. */
export function idsInHistory(decision: unknown, timeline: unknown) {
  const traces = [decision, ...listOf(timeline)].map((part) => readKeptTrace(member(part, 'trace')));
  return namedInHistory(traces.map((trace) => JSON.stringify(trace)));
}

const texts = ['stepId', 'userId', 'legId', 'state', 'status', 'queueId'] as const;

/** What a timeline shows; no digits that were dialled, and no names of recordings. */
function detailsOf(entry: unknown): Partial<TimelineEntry> {
  const plain = texts.map((name) => [name, textOf(entry, name)] as const);
  const nullableTexts = (['outcome', 'answeredBy'] as const).map(
    (name) => [name, textOrNull(entry, name)] as const,
  );
  const numbers = (['durationSeconds', 'talkSeconds'] as const).map((name) => {
    const value = member(entry, name);
    return [name, value === null || typeof value === 'number' ? value : undefined] as const;
  });
  const next = member(entry, 'next');
  const mailbox = member(entry, 'mailbox');
  const all = [
    ...plain,
    ...nullableTexts,
    ...numbers,
    ['next', next === null || isStep(next) ? next : undefined] as const,
    ['mailbox', mailbox === null || isMailbox(mailbox) ? mailbox : undefined] as const,
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function textOrNull(value: unknown, name: string): string | null | undefined {
  return member(value, name) === null ? null : textOf(value, name);
}

function isMailbox(value: unknown): value is { readonly type: 'user' | 'queue'; readonly id: string } {
  const type = textOf(value, 'type');
  return (type === 'user' || type === 'queue') && textOf(value, 'id') !== undefined;
}

function readTrace(document: unknown, { sight, names, caller }: Shown): Reason[] {
  const spoken = {
    user: (id: string) => names.get(id) ?? 'somebody who is gone',
    lead: (id: string) => names.get(id) ?? 'a lead who is gone',
    caller,
  };
  const read = (text: string) => readHistory(text, spoken);
  return readKeptTrace(document).flatMap((entry) => {
    const rule = textOf(entry, 'rule');
    const because = textOf(entry, 'because');
    const outcome = textOf(entry, 'outcome');
    const subject = member(entry, 'subject');
    const [type = '', id = '', name = ''] = ['type', 'id', 'name'].map((one) => textOf(subject, one));
    if (rule === undefined || because === undefined) return [];
    // Hours, forwards and do-not-disturb of others are for those who may see others.
    if (type === 'user' && !sight.others && id !== sight.userId) return [];
    return [
      {
        rule,
        subject: { type, id: read(id), name: read(name) },
        outcome: outcome === 'passed' ? ('passed' as const) : ('applied' as const),
        because: read(because),
        ...timeOf(entry),
      },
    ];
  });
}

function timeOf(entry: unknown): Pick<Reason, 'localTime' | 'timeZone' | 'until'> {
  const localTime = textOf(entry, 'localTime');
  const timeZone = textOf(entry, 'timeZone');
  const until = member(entry, 'until');
  return {
    ...(localTime === undefined ? {} : { localTime }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(until === null || typeof until === 'string' ? { until } : {}),
  };
}

function isStep(value: unknown): value is Step {
  return textOf(value, 'id') !== undefined && textOf(value, 'action') !== undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = member(value, name);
  return typeof text === 'string' ? text : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
