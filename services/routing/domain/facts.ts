import type { Call, Facts, FactsRead, FactValues } from './call.ts';
import type { Directory } from './directory.ts';

type FactsKnown = {
  readonly [Kind in keyof FactValues]: Readonly<Record<string, FactValues[Kind]>>;
};

/** Asked before each decision: what is known of now, but for this call's own part in it. Never I/O. */
export type FactsSource = (directory: Directory, callId: string, now: number) => Facts;

/** The call with what is known of now, which the resolver reads and notes. */
export function withFacts(call: Call, directory: Directory, now: number, factsOf?: FactsSource): Call {
  if (factsOf === undefined) return call;
  return { ...call, facts: factsOf(directory, call.callId, now), read: noFactsRead() };
}

/** For `Call.read`: the resolver fills it. */
function noFactsRead(): FactsRead {
  return {
    presence: {},
    callsInProgress: {},
    lastAnswered: {},
    callsAnswered: {},
    lastRung: {},
    waiting: {},
  };
}

/** Undefined: nothing is known. The one way to the facts, so that `Call.read` holds all that a decision rests on. */
export function readFact<Kind extends keyof FactValues>(
  call: Call,
  kind: Kind,
  key: string,
): FactValues[Kind] | undefined {
  const known: Partial<FactsKnown> | undefined = call.facts;
  const own: Partial<FactsKnown> | undefined = call.facts?.withoutThisCall;
  const value = own?.[kind]?.[key] ?? known?.[kind]?.[key];
  if (value === undefined || call.read === undefined) return value;
  const read: Record<string, FactValues[Kind]> = call.read[kind];
  read[key] = value;
  return value;
}

/** The call with what was read in the place of all that is known: for whoever looks at the decision later. */
export function withFactsRead(call: Call): Call {
  const { callId, from, to, read } = call;
  return read === undefined ? call : { callId, from, to, facts: read };
}
