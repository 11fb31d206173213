import type { Mailbox, Outcome, RingTarget, Step, StepAction, TurnedAway } from '../domain/decision.ts';
import type { Directory } from '../domain/directory.ts';
import { voicemailSettings } from '../domain/mailbox.ts';
import { stateAt } from '../domain/schedule.ts';
import { builtInText, spokenText } from '../domain/texts.ts';
import { ringableDevices } from '../domain/user-state.ts';
import {
  type Reader,
  readByte,
  readHex,
  readNumber,
  readText,
  type Writer,
  writeByte,
  writeHex,
  writeNumber,
  writeText,
} from './token-bytes.ts';
import { type IdReader, type IdWriter, readId, readIds, writeId, writeIds } from './token-ids.ts';
import { TEXT_BYTES, textDigest, tokenLookupOf } from './token-lookup.ts';

/** The steps of a call in the bytes of its token. */

const actions = ['ring', 'forward', 'queue', 'menu', 'voicemail', 'announce', 'reject', 'hangup'] as const;
const reasons = ['not-found', 'blocked', 'busy'] as const;
const outcomes: readonly Outcome[] = [
  'answered',
  'busy',
  'declined',
  'no-answer',
  'unreachable',
  'canceled',
  'completed',
  'digits',
];

/** The first byte of a step: three bits for the action, and these. */
const HAS_AFTER = 8;
const HAS_WHEN = 16;
/** `confirm` of a forward, `queueId` of a ring, a queue's mailbox. */
const MARK = 32;

export function writeSteps(writer: Writer, ids: IdWriter, steps: readonly Step[]): void {
  writeNumber(writer, steps.length);
  for (const step of steps) {
    const mark =
      (step.action === 'forward' && step.confirm) ||
      (step.action === 'ring' && step.queueId !== undefined) ||
      (step.action === 'voicemail' && step.mailbox.type === 'queue');
    writeByte(
      writer,
      actions.indexOf(step.action) +
        (step.after === undefined ? 0 : HAS_AFTER) +
        (step.when === undefined ? 0 : HAS_WHEN) +
        (mark ? MARK : 0),
    );
    writeStepId(writer, step.id);
    if (step.after !== undefined) writeStepId(writer, step.after);
    if (step.when !== undefined) writeByte(writer, outcomeBits(step.when));
    writeAction(writer, ids, step);
  }
}

function outcomeBits(when: readonly Outcome[]): number {
  let bits = 0;
  for (const outcome of when) bits |= 1 << outcomes.indexOf(outcome);
  return bits;
}

/** `s1` … take one or two bytes. */
export function writeStepId(writer: Writer, id: string): void {
  const number = stepNumber(id);
  writeNumber(writer, number);
  if (number === 0) writeText(writer, id);
}

/** 12 of `s12`; 0: another form. */
function stepNumber(id: string): number {
  if (id.length < 2 || id.length > 7 || id.charCodeAt(0) !== 115 || id.charCodeAt(1) === 48) return 0;
  let number = 0;
  for (let at = 1; at < id.length; at += 1) {
    const digit = id.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return 0;
    number = number * 10 + digit;
  }
  return number;
}

export function readStepId(reader: Reader): string {
  const number = readNumber(reader);
  return number === 0 ? readText(reader) : `s${number}`;
}

function writeAction(writer: Writer, ids: IdWriter, step: StepAction): void {
  switch (step.action) {
    case 'ring':
      writeNumber(writer, step.timeoutSeconds);
      writeIds(
        writer,
        ids,
        step.targets.map((target) => target.userId),
      );
      if (step.queueId !== undefined) writeId(writer, ids, step.queueId);
      return;
    case 'forward':
      writeNumber(writer, step.timeoutSeconds);
      writeText(writer, step.target.number);
      return;
    case 'queue':
      writeNumber(writer, step.maxWaitSeconds);
      writeId(writer, ids, step.queueId);
      return;
    case 'menu':
      writeNumber(writer, step.timeoutSeconds);
      writeHex(writer, textDigest(step.prompt));
      return;
    case 'voicemail':
      writeId(writer, ids, step.mailbox.id);
      writeHex(writer, textDigest(step.greeting));
      return;
    case 'announce':
      writeHex(writer, textDigest(step.text));
      return;
    case 'reject':
      writeByte(writer, reasons.indexOf(step.reason));
      return;
    case 'hangup':
      return;
  }
}

/** What is left out of a token is looked up as of `instant`, the one that the steps were decided for. */
export type StepSource = { readonly directory: Directory; readonly instant: number };

export function readSteps(reader: Reader, ids: IdReader, source: StepSource): readonly Step[] {
  const steps: Step[] = [];
  const count = readNumber(reader);
  for (let at = 0; at < count; at += 1) {
    const head = readByte(reader);
    const id = readStepId(reader);
    const after = (head & HAS_AFTER) === 0 ? undefined : readStepId(reader);
    const bits = (head & HAS_WHEN) === 0 ? undefined : readByte(reader);
    const action = readAction(reader, ids, source, head);
    steps.push({
      id,
      ...(after === undefined ? {} : { after }),
      ...(bits === undefined ? {} : { when: outcomes.filter((_, bit) => (bits & (2 ** bit)) !== 0) }),
      ...action,
    });
  }
  return steps;
}

/** Figures are not worth a call: of more than these nobody hears. */
const MOST_TURNED_AWAY = 4;
const turnedAwayReasons = ['length', 'no-agent'] as const;

export function writeTurnedAway(writer: Writer, ids: IdWriter, list: readonly TurnedAway[]): void {
  const kept = list.slice(0, MOST_TURNED_AWAY);
  writeNumber(writer, kept.length);
  for (const { stepId, queueId, reason } of kept) {
    writeStepId(writer, stepId);
    writeId(writer, ids, queueId);
    writeByte(writer, turnedAwayReasons.indexOf(reason));
  }
}

export function readTurnedAway(reader: Reader, ids: IdReader): readonly TurnedAway[] {
  const list: TurnedAway[] = [];
  const count = readNumber(reader);
  for (let at = 0; at < count; at += 1) {
    const stepId = readStepId(reader);
    const queueId = readId(reader, ids);
    const reason = turnedAwayReasons[readByte(reader)] ?? 'no-agent';
    if (queueId !== undefined) list.push({ stepId, queueId, reason });
  }
  return list;
}

function readAction(reader: Reader, ids: IdReader, source: StepSource, head: number): StepAction {
  const mark = (head & MARK) !== 0;
  const action = actions[head % 8];
  switch (action) {
    case 'ring': {
      const timeoutSeconds = readNumber(reader);
      const targets = readIds(reader, ids).map((id) => ringTarget(source, id));
      const queueId = mark ? readId(reader, ids) : undefined;
      const queue = queueId === undefined ? {} : { queueId };
      return { action, strategy: 'all', timeoutSeconds, targets, ...queue };
    }
    case 'forward': {
      const timeoutSeconds = readNumber(reader);
      return {
        action,
        target: { type: 'external', number: readText(reader) },
        timeoutSeconds,
        confirm: mark,
      };
    }
    case 'queue': {
      const maxWaitSeconds = readNumber(reader);
      return { action, queueId: readId(reader, ids) ?? '', maxWaitSeconds };
    }
    case 'menu': {
      const timeoutSeconds = readNumber(reader);
      return { action, prompt: readSpoken(reader, source, 'menu'), timeoutSeconds };
    }
    case 'voicemail': {
      const mailbox: Mailbox = { type: mark ? 'queue' : 'user', id: readId(reader, ids) ?? '' };
      const greeting = readSpoken(reader, source, 'voicemailGreeting');
      return { action, mailbox, greeting, ...voicemailSettings(source.directory, mailbox) };
    }
    case 'announce':
      return { action, text: readSpoken(reader, source, 'unavailable') };
    case 'reject':
      return { action, reason: reasons[readByte(reader)] ?? 'not-found' };
    default:
      return { action: 'hangup' };
  }
}

/** A text that was changed since the call began is replaced by the organization's own for the occasion. */
function readSpoken(
  reader: Reader,
  { directory }: StepSource,
  otherwise: 'menu' | 'voicemailGreeting' | 'unavailable',
): string {
  const text = tokenLookupOf(directory).findText(readHex(reader, TEXT_BYTES));
  if (text !== undefined) return text;
  const { organization } = directory;
  return otherwise === 'menu' ? builtInText(organization, otherwise) : spokenText(organization, otherwise);
}

/**
 * The user's devices as they are now. Somebody who is gone stays in the list without any, so that the step is skipped
 * with the reason and not taken for one that never had anybody.
 */
function ringTarget({ directory, instant }: StepSource, userId: string | undefined): RingTarget {
  const user = userId === undefined ? undefined : directory.users.get(userId);
  if (user === undefined) return { userId: userId ?? '', extension: null, devices: [] };
  const { id, extension } = user.data;
  const quiet = user.quietHours !== null && stateAt(user.quietHours, instant).kind === 'open';
  return { userId: id, extension, devices: ringableDevices(directory, user, quiet) };
}
