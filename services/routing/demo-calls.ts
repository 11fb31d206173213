import { type Database, inOrganization } from '../storage/database.ts';
import type { CallLogEntry } from './calls/call-log.ts';
import { demoBlockList, demoLeads, demoNumbers } from './demo-data.ts';
import { demoWaitRows, demoWaits } from './demo-waits.ts';
import type { Caller, Dialled } from './domain/call.ts';
import type { Step } from './domain/decision.ts';
import type { Directory } from './domain/directory.ts';
import { toCallRecord } from './live/call-record.ts';
import { writeCallRecords } from './live/record-transaction.ts';
import { type StepEnd, tellPastCall } from './past-call.ts';
import type { NewId } from './ports.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const days = 14;
/** Calls of a day: when in UTC, who calls what, and what becomes of it. */
const hours = [8.2, 13.4, 14.1, 15.7, 16.3, 18.9, 21.6] as const;

type End = 'answered' | 'no answer' | 'given up' | 'busy';

const callers: readonly Caller[] = [
  ...demoLeads.flatMap(({ numbers }) => numbers).map((number): Caller => ({ kind: 'number', number })),
  { kind: 'number', number: '+12065550118' },
  { kind: 'anonymous' },
  { kind: 'extension', extension: '214' },
  { kind: 'number', number: demoBlockList[0] ?? '+12025550199' },
];
const dialled: readonly Dialled[] = [
  { kind: 'number', number: demoNumbers.main },
  { kind: 'number', number: demoNumbers.emergency },
  { kind: 'number', number: demoNumbers.main },
  { kind: 'number', number: demoNumbers.ana },
  { kind: 'extension', extension: '202' },
];
const ends: readonly End[] = [
  'answered',
  'answered',
  'no answer',
  'answered',
  'given up',
  'answered',
  'busy',
  'answered',
  'answered',
];

/** The last two weeks of the demo, as its directory would have decided them. The same calls at every first start. */
export function demoCalls(directory: Directory, now: number, newId: NewId): readonly CallLogEntry[] {
  const midnight = now - (now % dayMs);
  const entries: CallLogEntry[] = [];
  for (let index = 0; index < days * hours.length; index += 1) {
    const day = Math.floor(index / hours.length) - (days - 1);
    const hour = hours[index % hours.length] ?? 12;
    const at = midnight + day * dayMs + Math.round(hour * hourMs) + (index % 11) * 47_000;
    // The last ones are over, however long was talked.
    if (at > now - hourMs) break;
    const from = callers[index % callers.length] ?? { kind: 'anonymous' };
    const to = dialled[index % dialled.length] ?? { kind: 'extension', extension: '201' };
    const end = ends[index % ends.length] ?? 'answered';
    const call = { callId: `CA${newId().replaceAll('-', '')}`, from, to };
    entries.push(...tellPastCall(directory, { call, at, endOf: (step) => endOf(step, end, index) }));
  }
  return [...entries, ...demoWaits(directory, now, newId)];
}

function endOf(step: Step, end: End, index: number): StepEnd {
  if (step.action === 'voicemail') return { outcome: 'completed', seconds: 25 + (index % 20) };
  if (step.action !== 'ring') return { outcome: 'completed', seconds: 6 };
  const target = step.targets[index % step.targets.length];
  if (end === 'given up') return { outcome: 'canceled', seconds: 5 + (index % 12) };
  if (end === 'no answer' || target === undefined)
    return { outcome: 'no-answer', seconds: step.timeoutSeconds };
  if (end === 'busy' && step.id === 's1') return { outcome: 'busy', seconds: 1 };
  const talkSeconds = 40 + ((index * 53) % 400);
  return { outcome: 'answered', answeredBy: target.userId, seconds: 4 + (index % 9), talkSeconds };
}

/** Calls, the messages that were left in them, and how callers fared who waited. */
export async function insertDemoCalls(
  database: Database,
  directory: Directory,
  now: number,
  newId: NewId,
): Promise<void> {
  const { organizationId } = directory;
  const entries = demoCalls(directory, now, newId);
  await writeCallRecords(database, organizationId, entries.map(toCallRecord));
  const messages = demoMessages(entries).map((message) => ({
    ...message,
    organization_id: organizationId,
    id: newId(),
    // A week ago is heard already.
    read_at: message.received_at.getTime() < now - 7 * dayMs ? new Date(now - 6 * dayMs) : null,
  }));
  const waits = demoWaitRows(organizationId, entries);
  await inOrganization(database, organizationId, async (trx) => {
    if (messages.length > 0) await trx.insertInto('voicemail').values(messages).execute();
    if (waits.length > 0)
      await trx
        .insertInto('queue_wait')
        .values([...waits])
        .execute();
  });
}

/** As an exchange would tell of them that keeps the sounds to itself: there is nothing to play. */
function demoMessages(entries: readonly CallLogEntry[]) {
  const decided = new Map(
    entries.flatMap((entry) => (entry.type === 'decided' ? [[entry.callId, entry]] : [])),
  );
  return entries.flatMap((entry) => {
    const begun = decided.get(entry.callId);
    if (entry.type !== 'step-ended' || entry.outcome !== 'completed' || begun === undefined) return [];
    const step = begun.decision.steps.find(({ id }) => id === entry.stepId);
    if (step?.action !== 'voicemail') return [];
    const from = describeFrom(begun.call.from);
    return [
      {
        carrier: 'pbx',
        recording_id: `demo-${entry.callId}`,
        call_id: entry.callId,
        mailbox_type: step.mailbox.type,
        mailbox_id: step.mailbox.id,
        ...from,
        duration_seconds: 20,
        received_at: new Date(entry.at),
      } as const,
    ];
  });
}

function describeFrom(from: Caller) {
  const value = from.kind === 'number' ? from.number : from.kind === 'extension' ? from.extension : null;
  return { from_kind: from.kind, from_value: value };
}
