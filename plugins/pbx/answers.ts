import type { CallLog } from '../../services/routing/calls/call-log.ts';
import type { CallRecord, CallStore } from '../../services/routing/calls/call-store.ts';
import { staleNote } from '../../services/routing/directory/stale-note.ts';
import { type FactsSource, withFacts } from '../../services/routing/domain/facts.ts';
import { resolve } from '../../services/routing/domain/resolve.ts';
import { begin, type Resumed, resume } from '../../services/routing/domain/resume.ts';
import { problem } from '../../services/routing/errors.ts';
import type { Clock, Directories, DirectoryEntry } from '../../services/routing/ports.ts';
import type { GreetingSounds } from '../../services/voicemail/greeting-sounds.ts';
import { checkResult, fingerprintOfCall, fingerprintOfResult, toCall } from './normalize.ts';
import { renderDecision, renderResumed } from './render.ts';
import type { ResultBody, RouteBody } from './schema.ts';
import { checkRecording, noteRecording } from './sounds.ts';

export type PbxPorts = {
  readonly clock: Clock;
  readonly directories: Directories;
  readonly calls: CallStore;
  readonly callLog: CallLog;
  /** Left out: nothing is known of now. */
  readonly factsOf?: FactsSource;
  /** Left out: greetings have no sounds. */
  readonly sounds?: Pick<GreetingSounds, 'find'>;
};

/** The decision, as JSON; for a question that was asked before the bytes of then. */
export async function answerRoute(ports: PbxPorts, organizationId: string, body: RouteBody): Promise<string> {
  const entry = directoryOf(ports, organizationId);
  const { directory } = entry;
  const instant = ports.clock.now();
  const call = withFacts(toCall(body, directory), directory, instant, ports.factsOf);
  const decision = resolve(directory, call, instant, { trace: true });
  const record: CallRecord = {
    organizationId,
    callId: call.callId,
    asked: fingerprintOfCall(call),
    answer: renderDecision(decision, staleNote(entry, instant)),
    current: decision.steps[0]?.id ?? null,
    pending: begin(directory, call, decision, instant),
    results: [],
  };
  const known = await ports.calls.begin(record);
  if (known !== undefined) return repeatOf(known, record);
  ports.callLog.append({
    carrier: 'pbx',
    organizationId,
    callId: call.callId,
    at: instant,
    type: 'decided',
    call,
    decision,
    directory,
  });
  return record.answer;
}

/** What follows a result, as JSON; for a result that was told before the bytes of then. */
export async function answerResult(
  ports: PbxPorts,
  organizationId: string,
  callId: string,
  body: ResultBody,
): Promise<string> {
  checkResult(body);
  const told = fingerprintOfResult(body);
  const record = await recordAt(ports.calls, organizationId, callId, body.step);
  const given = record.results.find((result) => result.step === body.step);
  if (given !== undefined) return repeatOfResult(given, told);
  const { directory } = directoryOf(ports, organizationId);
  const instant = ports.clock.now();
  const { step, at: _, recording, ...result } = body;
  checkRecording(record.pending, recording);
  const { factsOf } = ports;
  const facts = factsOf && (() => factsOf(directory, callId, instant));
  // Nothing can follow a reject or a hangup.
  const resumed: Resumed =
    record.pending === null
      ? { next: null, pending: null, trace: [] }
      : resume(directory, record.pending, { stepId: step, ...result }, instant, facts);
  const answer = renderResumed(callId, resumed);
  ports.calls.update({
    ...record,
    current: resumed.next?.id ?? null,
    pending: resumed.pending,
    results: [...record.results, { step, told, answer }],
  });
  const { next, trace, turnedAway = [] } = resumed;
  ports.callLog.append({
    carrier: 'pbx',
    organizationId,
    callId,
    at: instant,
    type: 'step-ended',
    stepId: step,
    ...result,
    next,
    trace,
    turnedAway,
    directory,
  });
  noteRecording(ports.callLog, { organizationId, callId, at: instant, pending: record.pending, recording });
  return answer;
}

/** In hand: its API key was found in it. */
function directoryOf(ports: PbxPorts, organizationId: string): DirectoryEntry {
  const entry = ports.directories.get(organizationId);
  if (entry === undefined) throw problem('credential.invalid');
  return entry;
}

function repeatOf(known: CallRecord, asked: CallRecord): string {
  if (known.asked === asked.asked) return known.answer;
  throw problem('call.conflict', {
    detail: 'This callId was used for another `from` or `to` within 24 hours.',
  });
}

function repeatOfResult(given: CallRecord['results'][number], told: string): string {
  if (given.told === told) return given.answer;
  throw problem('call.conflict', { detail: `Another result of step ${given.step} was reported before.` });
}

/**
 * The call, as far as it has come. Another process may have taken its last result: where the step is not the one that
 * is expected here, what the processes share is asked.
 */
async function recordAt(
  calls: CallStore,
  organizationId: string,
  callId: string,
  step: string,
): Promise<CallRecord> {
  const isExpected = (record: CallRecord): boolean =>
    record.current === step || record.results.some((given) => given.step === step);
  const inHand = await calls.find(organizationId, callId);
  if (inHand !== undefined && isExpected(inHand)) return inHand;
  const shared = await calls.find(organizationId, callId, true);
  if (shared === undefined) throw problem('call.unknown');
  if (isExpected(shared)) return shared;
  throw problem('step.unknown', {
    detail:
      shared.current === null
        ? `The call is over: there is no step ${step} to report.`
        : `Step ${shared.current} is being carried out, not ${step}.`,
  });
}
