import type { Insertable } from 'kysely';
import type { QueueWaitTable } from '../storage/tables.ts';
import type { CallLogEntry } from './calls/call-log.ts';
import { demoWaitingQueue } from './demo-data.ts';
import type { Outcome, Step } from './domain/decision.ts';
import type { Directory } from './domain/directory.ts';
import { stateAt } from './domain/schedule.ts';
import { toRfc3339 } from './domain/walk.ts';
import { type StepEnd, tellPastCall } from './past-call.ts';
import type { NewId } from './ports.ts';

/** Callers of the demo who waited in a queue in the last hours, so that its figures of today show something. */

type Waited = {
  readonly minutesAgo: number;
  readonly from: string;
  readonly seconds: number;
  readonly outcome: Outcome;
};

const waited: readonly Waited[] = [
  { minutesAgo: 66, from: '+12065550121', seconds: 9, outcome: 'answered' },
  { minutesAgo: 71, from: '+12065550122', seconds: 34, outcome: 'answered' },
  { minutesAgo: 74, from: '+13125550123', seconds: 48, outcome: 'canceled' },
  { minutesAgo: 88, from: '+13125550124', seconds: 14, outcome: 'answered' },
  { minutesAgo: 103, from: '+14155550125', seconds: 180, outcome: 'no-answer' },
  { minutesAgo: 105, from: '+14155550126', seconds: 2, outcome: 'busy' },
  { minutesAgo: 131, from: '+16465550127', seconds: 18, outcome: 'answered' },
  { minutesAgo: 149, from: '+16465550128', seconds: 77, outcome: 'answered' },
];

export function demoWaits(directory: Directory, now: number, newId: NewId): readonly CallLogEntry[] {
  return waited.flatMap((wait, index) => {
    const at = now - wait.minutesAgo * 60_000;
    const call = {
      callId: `CA${newId().replaceAll('-', '')}`,
      from: { kind: 'number', number: wait.from },
      to: { kind: 'extension', extension: demoWaitingQueue.extension },
    } as const;
    return tellPastCall(directory, { call, at, endOf: (step) => endOf(directory, step, at, wait, index) });
  });
}

function endOf(directory: Directory, step: Step, at: number, wait: Waited, index: number): StepEnd {
  if (step.action !== 'queue') return { outcome: 'completed', seconds: 22 };
  const { outcome, seconds } = wait;
  const atWork = (directory.queues.get(step.queueId)?.members ?? []).filter(({ userId }) => {
    const user = directory.users.get(userId);
    return user !== undefined && stateAt(user.schedule, at).kind === 'open';
  });
  const member = atWork[index % atWork.length];
  if (outcome !== 'answered' || member === undefined) return { outcome, seconds };
  return { outcome, seconds, answeredBy: member.userId, talkSeconds: 90 + index * 37 };
}

type Row = Insertable<QueueWaitTable>;

/** As the queue has them: who came when, and how it ended. */
export function demoWaitRows(organizationId: string, entries: readonly CallLogEntry[]): readonly Row[] {
  const begun = new Map(
    entries.flatMap((entry) => (entry.type === 'decided' ? [[entry.callId, entry] as const] : [])),
  );
  const waits = entries.flatMap((entry) => {
    const call = begun.get(entry.callId);
    const [step] = call?.decision.steps ?? [];
    if (entry.type !== 'step-ended' || call === undefined || step?.action !== 'queue') return [];
    return step.id === entry.stepId ? waitRow(organizationId, call.at, step, entry) : [];
  });
  return [...waits, ...[...begun.values()].flatMap((call) => turnedAwayRows(organizationId, call))];
}

type Ended = Extract<CallLogEntry, { readonly type: 'step-ended' }>;
type Waiting = Extract<Step, { readonly action: 'queue' }>;

function waitRow(organizationId: string, from: number, step: Waiting, entry: Ended): Row {
  const { callId, outcome, answeredBy, talkSeconds, at } = entry;
  const until = at - (talkSeconds ?? 0) * 1_000;
  const row = rowOf(organizationId, callId, step.id, step.queueId, from);
  if (outcome === 'answered') {
    const answered = { answered_by: answeredBy ?? null, answered_at: toRfc3339(until) };
    return { ...row, state: 'answered', ...answered, ended_at: toRfc3339(at) };
  }
  const ended = { ...row, ended_at: toRfc3339(at) };
  if (outcome === 'canceled') return { ...ended, state: 'abandoned' };
  return { ...ended, state: 'overflowed', reason: outcome === 'busy' ? 'length' : 'time' };
}

function turnedAwayRows(
  organizationId: string,
  { callId, at, decision }: Extract<CallLogEntry, { readonly type: 'decided' }>,
): readonly Row[] {
  const [first] = decision.steps;
  const here = decision.turnedAway?.filter(({ stepId }) => stepId === first?.id) ?? [];
  return here.map(({ stepId, queueId, reason }, index) => ({
    ...rowOf(organizationId, callId, `${stepId}:${index}`, queueId, at),
    ...{ state: 'overflowed', reason, ended_at: toRfc3339(at) },
  }));
}

function rowOf(organizationId: string, callId: string, stepId: string, queueId: string, from: number) {
  const instant = toRfc3339(from);
  return {
    ...{ organization_id: organizationId, call_id: callId, step_id: stepId, queue_id: queueId },
    ...{ carrier: 'twilio' as const, priority: 50, entered_at: instant, seen_at: instant },
    expires_at: toRfc3339(from + 180_000),
  };
}
