import { isSameSubject, type RuleName, type Subject, type TraceEntry, tokenOf } from './trace.ts';

/**
 * Reasons as they are kept: half as long as in words of JSON, because most speak of the same few people. What
 * `readKeptTrace` gives is what `keepTrace` was given, as far as it was written for history (history.ts).
 */
export type KeptReason = readonly [
  rule: RuleName,
  applied: 0 | 1,
  /** 0: that of the reason before. */
  subject: KeptSubject | 0,
  /** `{}` at its beginning: the subject. */
  because: string,
  /** Only where time decided. */
  localTime?: string | null,
  timeZone?: string | null,
  until?: string | null,
];

/** Left out: a person's name is the token of its id, another's its id. */
type KeptSubject = readonly [type: Subject['type'], id: string, name?: string];

export function keepTrace(trace: readonly TraceEntry[]): readonly KeptReason[] {
  let last: Subject | undefined;
  let hasOwnName = false;
  return trace.map(({ rule, outcome, subject, because, localTime, timeZone, until }) => {
    const isSame = last !== undefined && isSameSubject(last, subject);
    if (!isSame) hasOwnName = subject.name !== nameOf(subject.type, subject.id);
    last = subject;
    const { type, id, name } = subject;
    const kept: KeptSubject = hasOwnName ? [type, id, name] : [type, id];
    const applied = outcome === 'applied' ? 1 : 0;
    const said = !hasOwnName && because.startsWith(name) ? `{}${because.slice(name.length)}` : because;
    if (localTime === undefined && timeZone === undefined && until === undefined)
      return [rule, applied, isSame ? 0 : kept, said];
    const time = [localTime ?? null, timeZone ?? null] as const;
    const reason = [rule, applied, isSame ? 0 : kept, said, ...time] as const;
    return until === undefined ? reason : [...reason, until];
  });
}

/** Of a document in the form of any release, as far as it goes: those before this one kept the reasons as they are. */
export function readKeptTrace(document: unknown): readonly unknown[] {
  if (!Array.isArray(document)) return [];
  let last: Subject | undefined;
  return document.map((entry: unknown) => {
    if (!Array.isArray(entry)) return entry;
    const [rule, applied, kept, because, localTime, timeZone, ...until]: unknown[] = entry;
    const subject = Array.isArray(kept) ? readSubject(kept) : last;
    last = subject;
    return {
      rule,
      subject,
      outcome: applied === 1 ? 'applied' : 'passed',
      because:
        typeof because === 'string' && because.startsWith('{}')
          ? `${subject?.name ?? ''}${because.slice(2)}`
          : because,
      ...(typeof localTime === 'string' ? { localTime } : {}),
      ...(typeof timeZone === 'string' ? { timeZone } : {}),
      ...(until.length > 0 ? { until: until[0] } : {}),
    };
  });
}

function readSubject([type, id, name]: readonly unknown[]): Subject {
  const [kind, own] = [String(type) as Subject['type'], String(id)];
  return { type: kind, id: own, name: typeof name === 'string' ? name : nameOf(kind, own) };
}

function nameOf(type: Subject['type'], id: string): string {
  return type === 'user' || type === 'lead' ? tokenOf({ type, id }) : id;
}
