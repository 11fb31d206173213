import type { Call, Caller } from './call.ts';
import type { Decision, Step } from './decision.ts';
import type { Directory, User } from './directory.ts';
import type { LeadData } from './directory-data.ts';
import type { NumberTable } from './number-table.ts';
import { resolve } from './resolve.ts';
import type { Subject, TraceEntry } from './trace.ts';

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
  const people = new Map<string, Named>();
  for (const { subject } of trace) if (isPerson(subject)) people.set(subject.name, subject);
  for (const other of others) people.set(other.name, other);
  // The longest first: "Ana" is in "Ana Ruiz".
  const named = [...people.values()]
    .filter(({ name }) => name !== '' && !name.startsWith('{'))
    .toSorted((a, b) => b.name.length - a.name.length);
  const caller = callerText(from);
  const write = (text: string): string => {
    let written = text;
    if (caller !== undefined && written.includes(caller)) written = written.replaceAll(caller, '{caller}');
    for (const person of named) {
      if (written.includes(person.name)) written = written.replaceAll(person.name, tokenOf(person));
    }
    // Most sentences name no number: looking for the sign is cheaper than for the whole of it.
    if (!written.includes('+')) return written;
    return written.replaceAll(outside, (number) => (numbers?.has(number) ? number : maskOutside(number)));
  };
  return trace.map((entry) => {
    const { subject } = entry;
    const own =
      from.kind === 'extension' && subject.type === 'caller' ? THE_CALLER : withoutName(subject, write);
    const because = write(entry.because);
    return own === subject && because === entry.because ? entry : { ...entry, subject: own, because };
  });
}

/** An extension is a word too short to be looked for in sentences. */
const THE_CALLER: Subject = { type: 'caller', id: '{caller}', name: '{caller}' };

/** Most subjects have no name but their id already. */
function withoutName(subject: Subject, write: (text: string) => string): Subject {
  const { type, id, name } = subject;
  const isNamed = isPerson(subject);
  const own = isNamed ? id : write(id);
  const called = isNamed ? tokenOf(subject) : write(name);
  return own === id && called === name ? subject : { type, id: own, name: called };
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

function tokenOf({ type, id }: Pick<Subject, 'type' | 'id'>): string {
  return `{${type}:${id}}`;
}

/** Enough to recognise a number one knows: `+14155550123` is `+141…23`. */
function maskOutside(number: string): string {
  return `${number.slice(0, 4)}…${number.slice(-2)}`;
}

function callerText(from: Caller): string | undefined {
  if (from.kind === 'address') return from.address === '' ? undefined : from.address;
  return from.kind === 'number' ? from.number : undefined;
}

/** The same directory, in which people are called by their ids. Looked up one by one: it may hold 100,000 of them. */
function withoutNames(directory: Directory): Directory {
  const known = nameless.get(directory);
  if (known !== undefined) return known;
  const user = (value: User): User => ({
    ...value,
    data: { ...value.data, name: tokenOf({ type: 'user', id: value.data.id }) },
  });
  const lead = (value: LeadData): LeadData => ({ ...value, name: tokenOf({ type: 'lead', id: value.id }) });
  const made: Directory = {
    ...directory,
    users: seenThrough(directory.users, user),
    leads: tableSeenThrough(directory.leads, lead),
    // Without the user in hand, who has a name, so that users are found by the map above.
    numbers: tableSeenThrough(directory.numbers, (number) => ({ ...number, user: undefined })),
  };
  nameless.set(directory, made);
  return made;
}

function tableSeenThrough<T>(table: NumberTable<T>, change: (value: T) => T): NumberTable<T> {
  return {
    size: table.size,
    has: (number) => table.has(number),
    get: (number) => {
      const value = table.get(number);
      return value === undefined ? undefined : change(value);
    },
  };
}

/** Made once for each: it is looked through for every call. */
const nameless = new WeakMap<Directory, Directory>();

function seenThrough<K, V>(map: ReadonlyMap<K, V>, change: (value: V) => V): ReadonlyMap<K, V> {
  const all = () => new Map([...map].map(([key, value]) => [key, change(value)] as const));
  // A decision asks for the same one several times in a row.
  let last: { readonly value: V; readonly changed: V } | undefined;
  return {
    size: map.size,
    has: (key) => map.has(key),
    get: (key) => {
      const value = map.get(key);
      if (value === undefined) return undefined;
      if (last?.value !== value) last = { value, changed: change(value) };
      return last.changed;
    },
    keys: () => map.keys(),
    values: () => all().values(),
    entries: () => all().entries(),
    forEach: (visit, self) => all().forEach(visit, self),
    [Symbol.iterator]: () => all()[Symbol.iterator](),
  };
}
