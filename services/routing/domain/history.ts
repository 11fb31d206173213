import type { Call, Caller } from './call.ts';
import type { Decision, Step } from './decision.ts';
import type { Directory } from './directory.ts';
import { resolve } from './resolve.ts';
import { isSameSubject, type Subject, type TraceEntry, tokenOf } from './trace.ts';

/**
 * A decision as it is kept. History holds nothing of a person but ids: sentences say `{user:ID}`, `{lead:ID}` and
 * `{caller}` where a name or number was spoken of, devices and greetings are left out, and outside numbers are masked.
 * So names are those of the day on which somebody reads, and whoever is erased is gone from all calls at once.
 */
export type DecisionHistory = {
  readonly steps: readonly Step[];
  readonly trace: readonly TraceEntry[];
  readonly answeredBy: Decision['answeredBy'];
};

/** Decides once more, with the reasons: pure, so it comes to what the call was answered. Off the call path. */
export function explainForHistory(directory: Directory, call: Call, instant: number): DecisionHistory {
  const { steps, trace, answeredBy } = resolve(withoutNames(directory), call, instant, { trace: true });
  return {
    steps: steps.map(stepForHistory),
    trace: rewrite(trace, call.from, [], directory.numbers),
    answeredBy,
  };
}

/** A step without what belongs to people: addresses of devices, outside numbers, spoken greetings. */
export function stepForHistory(step: Step): Step {
  switch (step.action) {
    case 'ring':
      return { ...step, targets: step.targets.map((target) => ({ ...target, devices: [] })) };
    case 'forward':
      return { ...step, target: { type: 'external', number: maskOutside(step.target.number) } };
    case 'voicemail':
      return { ...step, greeting: '' };
    default:
      return step;
  }
}

/** What the names in sentences are found by. */
export type NamedIn = Pick<Directory, 'numbers' | 'users' | 'queues' | 'organization'>;

/**
 * Reasons that were written with names, of a step that came later. A sentence names its subject, and whom the settings
 * of the subjects lead to; all of these become ids. Without a directory only the subjects do.
 */
export function traceForHistory(
  trace: readonly TraceEntry[],
  from: Caller,
  directory: NamedIn | undefined,
): readonly TraceEntry[] {
  const named = directory === undefined ? [] : namedBySettings(trace, directory);
  return rewrite(trace, from, named, directory?.numbers);
}

/** `others`: people whom sentences may name besides their subjects. */
function rewrite(
  trace: readonly TraceEntry[],
  from: Caller,
  others: readonly Named[],
  numbers: NamedIn['numbers'] | undefined,
): readonly TraceEntry[] {
  const named = namedBy(trace, others);
  const caller = callerText(from);
  const write = (text: string): string => {
    let written = text;
    // Most sentences name no number, and who calls from one is named by it.
    const namesNumbers = text.includes('+');
    if (caller !== undefined && (namesNumbers || !caller.startsWith('+')))
      written = written.replaceAll(caller, '{caller}');
    for (const person of named) {
      if (written.includes(person.name)) written = written.replaceAll(person.name, tokenOf(person));
    }
    if (!namesNumbers) return written;
    return written.replaceAll(outside, (number) => (numbers?.has(number) ? number : maskOutside(number)));
  };
  // One after the other they mostly speak of the same.
  let last: { readonly subject: Subject; readonly own: Subject } | undefined;
  return trace.map((entry) => {
    const { subject } = entry;
    if (last === undefined || !isSameSubject(last.subject, subject))
      last = { subject, own: withoutName(subject, from, write) };
    const because = write(entry.because);
    return { ...entry, subject: last.own, because };
  });
}

/** Who has a name that a sentence may say, the longest first: "Ana" is in "Ana Ruiz". */
function namedBy(trace: readonly TraceEntry[], others: readonly Named[]): readonly Named[] {
  const people = new Map<string, Named>();
  for (const { subject } of trace)
    if (isPerson(subject) && hasName(subject)) people.set(subject.name, subject);
  for (const other of others) if (hasName(other)) people.set(other.name, other);
  return [...people.values()].toSorted((a, b) => b.name.length - a.name.length);
}

function hasName({ name }: Named): boolean {
  return name !== '' && !name.startsWith('{');
}

/** An extension is a word too short to be looked for in sentences. */
const THE_CALLER: Subject = { type: 'caller', id: '{caller}', name: '{caller}' };

function withoutName(subject: Subject, from: Caller, write: (text: string) => string): Subject {
  const { type, id, name } = subject;
  if (isPerson(subject)) return { type, id, name: tokenOf(subject) };
  if (type === 'caller' && from.kind === 'extension') return THE_CALLER;
  const called = write(name);
  return { type, id: id === name ? called : write(id), name: called };
}

type Named = Pick<Subject, 'type' | 'id' | 'name'>;

/** Users whose ids stand anywhere in the settings that the trace went through. */
function namedBySettings(trace: readonly TraceEntry[], directory: NamedIn): readonly Named[] {
  if (trace.length === 0) return [];
  const { users, queues, numbers, organization } = directory;
  const settings: unknown[] = [organization.lastResort];
  for (const { subject, because } of trace) {
    settings.push(users.get(subject.id)?.data, queues.get(subject.id), numbers.get(subject.name)?.data);
    for (const [number] of because.matchAll(outside)) settings.push(numbers.get(number)?.data);
  }
  const ids = new Set(settings.flatMap((data) => JSON.stringify(data ?? null).match(uuids) ?? []));
  return [...ids].flatMap((id) => {
    const user = users.get(id);
    return user === undefined ? [] : [{ type: 'user' as const, id, name: user.data.name }];
  });
}

/** What a token stands for at the time of reading. */
export type HistoryNames = {
  readonly user: (id: string) => string;
  readonly lead: (id: string) => string;
  /** The caller's number, or what is shown in its place. */
  readonly caller: string;
};

/** A sentence as it was kept, with the names of today. */
export function readHistory(text: string, names: HistoryNames): string {
  return text.replaceAll(token, (_, type?: string, id?: string) => {
    if (type === undefined || id === undefined) return names.caller;
    return type === 'user' ? names.user(id) : names.lead(id);
  });
}

/** The ids that the sentences speak of. */
export function namedInHistory(texts: readonly string[]): {
  readonly users: readonly string[];
  readonly leads: readonly string[];
} {
  const users = new Set<string>();
  const leads = new Set<string>();
  for (const text of texts) {
    for (const [, type, id] of text.matchAll(token)) {
      if (id !== undefined) (type === 'user' ? users : leads).add(id);
    }
  }
  return { users: [...users], leads: [...leads] };
}

const token = /\{(?:caller|(user|lead):([0-9a-f-]{36}))\}/g;
const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Numbers in E.164, as sentences name them. */
const outside = /\+[1-9][0-9]{6,14}/g;

function isPerson({ type }: Subject): boolean {
  return type === 'user' || type === 'lead';
}

/** Enough to recognise a number one knows: `+14155550123` is `+141…23`. */
function maskOutside(number: string): string {
  return `${number.slice(0, 4)}…${number.slice(-2)}`;
}

function callerText(from: Caller): string | undefined {
  if (from.kind === 'address') return from.address === '' ? undefined : from.address;
  return from.kind === 'number' ? from.number : undefined;
}

/** The same directory, made once for each: what is known of it is found by its identity. */
function withoutNames(directory: Directory): Directory {
  const known = nameless.get(directory);
  if (known !== undefined) return known;
  const made: Directory = { ...directory, namesPeople: false };
  nameless.set(directory, made);
  return made;
}

const nameless = new WeakMap<Directory, Directory>();
