import type { Call, Caller, Dialled, GivenFacts } from '../../services/routing/domain/call.ts';
import type { Decision, Mailbox, Outcome, RingTarget, Step } from '../../services/routing/domain/decision.ts';
import { compileDirectory, type Directory, nameOf } from '../../services/routing/domain/directory.ts';
import type {
  DirectoryData,
  LeadData,
  NumberData,
  OrganizationData,
  QueueData,
  UserData,
  WeekData,
  WeekdayData,
  WindowData,
} from '../../services/routing/domain/directory-data.ts';
import { given } from '../../services/routing/domain/facts.ts';
import { parseTimeOfDay } from '../../services/routing/domain/local-time.ts';
import { resolve } from '../../services/routing/domain/resolve.ts';
import type { TraceEntry } from '../../services/routing/domain/trace.ts';

/**
 * Organizations for tests of the resolver, in a few words: everything is named, and an id follows from the name.
 * `decide` asks the resolver and tells what the caller hears: "rings Ana 20 s, then Bo 20 s, then Ana's voicemail".
 */

/** The number that is called unless a test says otherwise, and who calls. */
export const MAIN = '+14155550100';
export const STRANGER = '+14155550999';
/** Tuesday 11:00 in Europe/Madrid, 10:00 in UTC. */
export const TUESDAY = '2026-11-24T10:00:00Z';

/** The same UUIDv7-like id for the same name: `id('Ana')` is Ana's. */
export function id(name: string): string {
  const word = (seed: number): string => fingerprint(`${seed} ${name}`).toString(16).padStart(8, '0');
  const [one, two, three] = [word(1), word(2), word(3)];
  return `019aa000-${one.slice(0, 4)}-7${one.slice(4, 7)}-8${two.slice(0, 3)}-${two.slice(3, 7)}${three}`;
}

/** FNV-1a, 32 bits. */
function fingerprint(text: string): number {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}

export function organization(changes: Partial<OrganizationData> = {}): OrganizationData {
  return {
    id: id('organization'),
    slug: 'acme',
    name: 'Acme',
    timeZone: 'Europe/Madrid',
    defaultCountry: 'US',
    language: 'en',
    texts: {},
    sipDomain: 'pbx.example',
    forwarding: { countries: ['US', 'ES'], kinds: ['fixed', 'mobile'], confirm: true },
    anonymousCallers: 'allow',
    blockList: [],
    holidays: [],
    lastResort: null,
    ringSeconds: 20,
    policies: { forwardBeatsDnd: false, voicemailOf: 'first' },
    ...changes,
  };
}

/** Always available, one telephone, no voicemail, unless the changes say otherwise. */
export function user(name: string, changes: Partial<UserData> = {}): UserData {
  return {
    id: id(name),
    name,
    status: 'active',
    extension: null,
    timeZone: 'Europe/Madrid',
    fallbackUserId: null,
    reassignedToUserId: null,
    ifUnavailable: { action: 'none' },
    ringSeconds: null,
    callLimit: null,
    doNotDisturb: { on: false, until: null },
    forwardAll: null,
    devices: [{ kind: 'sip', address: `sip:${name.toLowerCase()}@pbx.example`, enabled: true }],
    mobile: { ringApp: true, quietHours: null },
    weekly: null,
    overrides: [],
    ...changes,
  };
}

/** Members by name, all of priority 1. */
export function queue(name: string, members: readonly string[], changes: Partial<QueueData> = {}): QueueData {
  return {
    id: id(name),
    name,
    kind: 'queue',
    parentQueueId: null,
    extension: null,
    strategy: 'sequential',
    ringSeconds: 15,
    noAgentTarget: null,
    members: members.map((member) => ({ userId: id(member), priority: 1 })),
    ...changes,
  };
}

export function number(digits: string, changes: Partial<NumberData> = {}): NumberData {
  return {
    id: id(digits),
    number: digits,
    name: '',
    timeZone: 'Europe/Madrid',
    target: null,
    override: null,
    callerRules: [],
    stickyRouting: false,
    calendar: null,
    callerIdFor: [],
    ...changes,
  };
}

export function lead(name: string, owner: string | null, numbers: readonly string[]): LeadData {
  return { id: id(name), name, ownerId: owner === null ? null : id(owner), numbers };
}

export function toUser(name: string): { readonly type: 'user'; readonly id: string } {
  return { type: 'user', id: id(name) };
}

export function toQueue(name: string): { readonly type: 'queue'; readonly id: string } {
  return { type: 'queue', id: id(name) };
}

export function toVoicemail(name: string): { readonly type: 'voicemail'; readonly id: string } {
  return { type: 'voicemail', id: id(name) };
}

export function outside(digits: string): { readonly type: 'external'; readonly number: string } {
  return { type: 'external', number: digits };
}

/** "09:00-13:00 14:00-18:00" as a weekday; an empty text is a day without windows. */
export function hours(text: string): WeekdayData {
  return { available: true, windows: windows(text) };
}

export function windows(text: string): readonly WindowData[] {
  return text.split(' ').flatMap((part): WindowData[] => {
    const [from, to] = part.split('-');
    if (from === undefined || to === undefined) return [];
    return [[parseTimeOfDay(from, 'from') ?? Number.NaN, parseTimeOfDay(to, 'to') ?? Number.NaN]];
  });
}

export function off(fallback: string | null = null): WeekdayData {
  return { available: false, fallbackUserId: fallback === null ? null : id(fallback) };
}

/** The same on every day. */
export function everyDay(day: WeekdayData): WeekData {
  return [day, day, day, day, day, day, day];
}

/** Monday to Friday the same, the weekend without windows. */
export function office(text: string): WeekData {
  const [day, free] = [hours(text), hours('')];
  return [day, day, day, day, day, free, free];
}

export type Office = {
  readonly organization?: Partial<OrganizationData>;
  readonly users?: readonly UserData[];
  readonly queues?: readonly QueueData[];
  readonly numbers?: readonly NumberData[];
  readonly leads?: readonly LeadData[];
};

export function directoryData(made: Office): DirectoryData {
  return {
    format: 1,
    version: 1,
    organization: organization(made.organization),
    users: made.users ?? [],
    queues: made.queues ?? [],
    numbers: made.numbers ?? [],
    leads: made.leads ?? [],
    apiKeys: [],
    carrierAccounts: [],
  };
}

export function directory(made: Office): Directory {
  return compileDirectory(directoryData(made));
}

export type Question = Office & {
  /** E.164, or `Caller`. A stranger unless given. */
  readonly from?: string | Caller;
  /** E.164, or `Dialled`. The main number unless given. */
  readonly to?: string | Dialled;
  /** RFC 3339. */
  readonly at?: string;
  readonly facts?: GivenFacts;
  readonly callId?: string;
  /** How each user's telephone ends, by name, and each outside number's, by digits; `no-answer` unless given. */
  readonly ends?: Readonly<Record<string, Outcome>>;
};

export type Answer = {
  readonly decision: Decision;
  readonly steps: readonly Step[];
  /** What the caller hears if every ring ends as `ends` says. */
  readonly hears: string;
  /** The rules that applied, in order. */
  readonly applied: readonly string[];
  readonly passed: readonly string[];
  readonly answeredBy: string | null;
  readonly validUntil: string | null;
  /** The first entry of that rule. */
  readonly entry: (rule: string, outcome?: TraceEntry['outcome']) => TraceEntry | undefined;
};

export function callOf(question: Question): Call {
  const { from = STRANGER, to = MAIN, facts, callId = 'c-1' } = question;
  return {
    callId,
    from: typeof from === 'string' ? { kind: 'number', number: from } : from,
    to: typeof to === 'string' ? { kind: 'number', number: to } : to,
    ...(facts === undefined ? {} : { facts: given(facts) }),
  };
}

export function instantOf(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new RangeError(`no instant: ${text}`);
  return instant;
}

export function decide(question: Question): Answer {
  const made = directory(question);
  const instant = instantOf(question.at ?? TUESDAY);
  const decision = resolve(made, callOf(question), instant, { trace: true });
  const { steps, trace, answeredBy, validUntil } = decision;
  const rules = (outcome: TraceEntry['outcome']) =>
    trace.filter((entry) => entry.outcome === outcome).map((entry) => entry.rule);
  return {
    decision,
    steps,
    hears: hears(made, steps, question.ends),
    applied: rules('applied'),
    passed: rules('passed'),
    answeredBy: answeredBy === null ? null : nameOf(made, answeredBy.id),
    validUntil: validUntil === null ? null : new Date(validUntil).toISOString().replace('.000Z', 'Z'),
    entry: (rule, outcome) =>
      trace.find((entry) => entry.rule === rule && (outcome === undefined || entry.outcome === outcome)),
  };
}

/**
 * The step that follows by the rule of the API: "the first step whose `after` has just ended and whose `when` fits".
 * Written from that sentence alone, so that it can be held against the resolver and `resume`.
 */
export function followingStep(steps: readonly Step[], ended: string, outcome: Outcome): Step | undefined {
  return steps.find((step, index) => {
    const after = step.after ?? steps[index - 1]?.id;
    return after === ended && (step.when === undefined || step.when.includes(outcome));
  });
}

/** The steps that come one after the other if each ends as `end` says; `answered` is the last. */
export function wayThrough(steps: readonly Step[], end: (step: Step) => Outcome): readonly Step[] {
  const way: Step[] = [];
  let step = steps[0];
  while (step !== undefined && way.length <= steps.length) {
    way.push(step);
    const outcome = end(step);
    if (outcome === 'answered' || outcome === 'canceled') break;
    step = followingStep(steps, step.id, outcome);
  }
  return way;
}

/** What the caller hears. */
export function hears(
  made: Directory,
  steps: readonly Step[],
  ends: Readonly<Record<string, Outcome>> = {},
): string {
  const way = wayThrough(steps, (step) => endOf(made, step, ends));
  const words = way.map((step, index) => inWords(made, step, way[index - 1]?.action === 'ring'));
  return words.join(', then ');
}

function endOf(made: Directory, step: Step, ends: Readonly<Record<string, Outcome>>): Outcome {
  if (step.action === 'ring') {
    const outcomes = step.targets.map((target) => ends[nameOf(made, target.userId)]);
    return outcomes.find((outcome) => outcome !== undefined) ?? 'no-answer';
  }
  if (step.action === 'queue') return ends[nameOf(made, step.queueId)] ?? 'no-answer';
  if (step.action === 'forward') return ends[step.target.number] ?? 'no-answer';
  return step.action === 'menu' ? 'no-answer' : 'completed';
}

export function inWords(made: Directory, step: Step, behindRing = false): string {
  switch (step.action) {
    case 'ring': {
      const names = step.targets.map((target) => ringName(made, target)).join(' and ');
      return `${behindRing ? '' : 'rings '}${names} ${step.timeoutSeconds} s`;
    }
    case 'forward':
      return `calls ${step.target.number} ${step.timeoutSeconds} s${step.confirm ? ' with press 1' : ''}`;
    case 'queue':
      return `waits in ${nameOf(made, step.queueId)}`;
    case 'menu':
      return `asks "${step.prompt}"`;
    case 'voicemail':
      return voicemailName(made, step.mailbox);
    case 'announce':
      return `says "${step.text}"`;
    case 'reject':
      return `rejects as ${step.reason}`;
    case 'hangup':
      return 'hangs up';
  }
}

function ringName(made: Directory, target: RingTarget): string {
  return nameOf(made, target.userId);
}

function voicemailName(made: Directory, mailbox: Mailbox): string {
  return `${nameOf(made, mailbox.id)}'s voicemail`;
}

/** What an unanswered call ends with where nothing else is set. */
export const SORRY =
  'says "The person you are calling is not available. Please try again later. Goodbye.", then hangs up';
export const CLOSED =
  'says "We are closed at the moment. Please call again during our opening hours. Goodbye.", then hangs up';
export const NO_NUMBER = 'says "This number is not in service. Goodbye.", then hangs up';
