import type { Call, FactRead, Facts, FactsRead, FactValues, GivenFacts } from './call.ts';
import type { Directory } from './directory.ts';

/** Asked before each decision: what is known of now, but for this call's own part in it. Never I/O. */
export type FactsSource = (directory: Directory, callId: string, now: number) => Facts;

/** The call with what is known of now, which the resolver reads and notes. */
export function withFacts(call: Call, directory: Directory, now: number, factsOf?: FactsSource): Call {
  if (factsOf === undefined) return call;
  const { callId, from, to } = call;
  return { callId, from, to, facts: factsOf(directory, callId, now), read: [] };
}

/** These, and nothing else is known. */
export function given(facts: GivenFacts): Facts {
  return {
    presence: (id) => facts.presence?.[id],
    callsInProgress: (id) => facts.callsInProgress?.[id],
    lastAnswered: (id) => facts.lastAnswered?.[id],
    callsAnswered: (id) => facts.callsAnswered?.[id],
    lastRung: (id) => facts.lastRung?.[id],
    waiting: (id) => facts.waiting?.[id],
  };
}

/** What the first knows; of what it does not know, the second is asked. */
export function firstOf(first: Facts, second: Facts): Facts {
  return {
    presence: (id) => first.presence(id) ?? second.presence(id),
    callsInProgress: (id) => first.callsInProgress(id) ?? second.callsInProgress(id),
    lastAnswered: (id) => first.lastAnswered(id) ?? second.lastAnswered(id),
    callsAnswered: (id) => first.callsAnswered(id) ?? second.callsAnswered(id),
    lastRung: (id) => first.lastRung(id) ?? second.lastRung(id),
    waiting: (id) => first.waiting(id) ?? second.waiting(id),
  };
}

/** Undefined: nothing is known. The one way to the facts, so that `Call.read` holds all that a decision rests on. */
export function readFact<Kind extends keyof FactValues>(
  call: Call,
  kind: Kind,
  id: string,
): FactValues[Kind] | undefined {
  const value = call.facts?.[kind](id);
  if (value !== undefined) call.read?.push({ kind, id, value });
  return value;
}

/** The call with what was read in the place of all that is known: for whoever looks at the decision later. */
export function withFactsRead(call: Call): Call {
  const { callId, from, to, read } = call;
  return read === undefined ? call : { callId, from, to, facts: given(byId(read)) };
}

/** By kind and id. */
export function byId(read: FactsRead): GivenFacts {
  return {
    presence: ofKind(read, 'presence'),
    callsInProgress: ofKind(read, 'callsInProgress'),
    lastAnswered: ofKind(read, 'lastAnswered'),
    callsAnswered: ofKind(read, 'callsAnswered'),
    lastRung: ofKind(read, 'lastRung'),
    waiting: ofKind(read, 'waiting'),
  };
}

function ofKind<Kind extends keyof FactValues>(
  read: FactsRead,
  kind: Kind,
): Readonly<Record<string, FactValues[Kind]>> {
  const own = read.filter((fact): fact is FactRead<Kind> => fact.kind === kind);
  return Object.fromEntries(own.map(({ id, value }) => [id, value] as const));
}
