import { type Static, Type } from 'typebox';
import type { Directory } from '../../services/routing/domain/directory.ts';
import { given } from '../../services/routing/domain/facts.ts';
import { holdTexts } from '../../services/routing/domain/hold-texts.ts';
import { distribute } from '../../services/routing/domain/waiting.ts';
import { problem } from '../../services/routing/errors.ts';
import type { CallerPlace } from '../../services/routing/live/waiting-ports.ts';
import type { PbxPorts } from './answers.ts';

/** What a PBX that lets a caller wait may tell them, and when the wait is over. */

export type WaitingPorts = PbxPorts & {
  /** Left out: nobody waits. */
  readonly waiting?: {
    placeOf(organizationId: string, callId: string): Promise<CallerPlace | undefined>;
  };
  readonly publicUrl: string;
};

export const WaitingDocument = Type.Object(
  {
    callId: Type.String(),
    queueId: Type.String(),
    position: Type.Integer({ minimum: 1, description: '1: the next one.' }),
    waiting: Type.Integer({ minimum: 0, description: 'How many wait in the queue.' }),
    waitedSeconds: Type.Integer({ minimum: 0 }),
    leave: Type.Union([Type.Enum(['busy', 'no-answer', 'unreachable'], { type: 'string' }), Type.Null()], {
      description:
        'The outcome of the step to report now: `busy`, too many wait; `no-answer`, waited too long; `unreachable`, nobody is left who could take the call. null: the caller waits on.',
    }),
    text: Type.String({
      description: "To be spoken, in the organization's language.",
      examples: ['Please hold the line. You are number 3 in the queue.'],
    }),
    music: Type.String({ description: 'A WAV of 12 seconds, without a key; you may play your own.' }),
  },
  { additionalProperties: false, description: 'Of a caller who waits.' },
);
type WaitingDocument = Static<typeof WaitingDocument>;

const outcomes = { length: 'busy', time: 'no-answer', 'no-agent': 'unreachable' } as const;

/** From memory; the database is asked for a call that came in by another process a moment ago. */
export async function answerWaiting(
  ports: WaitingPorts,
  organizationId: string,
  callId: string,
): Promise<WaitingDocument> {
  const directory = ports.directories.get(organizationId)?.directory;
  const found = await findPlace(ports, organizationId, callId);
  if (directory === undefined || found === undefined) throw problem('call.not-waiting');
  const { call, place } = found;
  const { hold, position: placed } = holdTexts[directory.organization.language];
  const { position, waiting } = place;
  return {
    callId,
    queueId: call.queueId,
    position,
    waiting,
    waitedSeconds: Math.max(0, Math.floor((ports.clock.now() - call.enteredAt) / 1000)),
    leave: leaveOf(ports, directory, found),
    text: `${hold} ${placed(position)}`,
    music: `${ports.publicUrl}/twilio/hold.wav`,
  };
}

async function findPlace(
  { waiting }: WaitingPorts,
  organizationId: string,
  callId: string,
): Promise<CallerPlace | undefined> {
  try {
    return await waiting?.placeOf(organizationId, callId);
  } catch (error) {
    throw problem('store.unavailable', { cause: error });
  }
}

/** The PBX rings the members itself, so it is only asked whether anybody is left. */
function leaveOf(
  { clock, factsOf }: WaitingPorts,
  directory: Directory,
  { call }: CallerPlace,
): WaitingDocument['leave'] {
  if (call.leaving !== null) return outcomes[call.leaving];
  const now = clock.now();
  const alone = [{ ...call, stepId: '', rung: [], offers: [] }];
  const facts = factsOf?.(directory, '', now) ?? given({});
  const { leaving } = distribute(directory, alone, new Map(), facts, now);
  const [own] = leaving;
  return own === undefined ? null : outcomes[own.reason];
}
