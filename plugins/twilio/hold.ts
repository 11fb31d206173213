import type { OrganizationData } from '../../services/routing/domain/directory-data.ts';
import { holdTexts } from '../../services/routing/domain/hold-texts.ts';
import { spokenText } from '../../services/routing/domain/texts.ts';
import { HOLD_SECONDS, PIECE_SECONDS } from './hold-music.ts';
import { renderSay, type Staging } from './render.ts';
import { escapeXml } from './xml.ts';

/** What a caller who waits hears, asked for again and again until somebody answers. Pure. */

/** Seconds that a member who picks up waits for the caller, who may have left a moment ago. */
const JOIN_SECONDS = 5;
const TIME_LIMIT = 14_400;

/** Just said, and not to be said again. */
const GREETED_SECONDS = 8;
/** About as long as one sentence takes. */
const SAID_SECONDS = 2;

/**
 * The first document is one sentence: when it is over it is written down who waits, so that the place is the right one
 * and a caller who is one too many hears no music.
 *
 * @param waited seconds
 * @param left seconds until the longest wait is over: the carrier asks again when a document has ended, and not before
 * @param position 1: the next one; null: it is not known
 */
export function renderHold(staging: Staging, waited: number, left: number, position: number | null): string {
  const texts = holdTexts[staging.language];
  if (waited < 1) return renderSay(texts.hold, staging);
  const said = waited < GREETED_SECONDS ? [] : [texts.hold];
  if (position !== null) said.push(texts.position(position));
  // The wait would be over, but a telephone rings for the caller.
  if (left <= 0) return renderMusic(staging, PIECE_SECONDS);
  // There is no time to say much any more.
  if (left < PIECE_SECONDS + said.length * SAID_SECONDS) return `<Pause length="${left}"/>`;
  const text = said.length === 0 ? '' : renderSay(said.join(' '), staging);
  return `${text}${renderMusic(staging, left - said.length * SAID_SECONDS)}`;
}

function renderMusic({ basePath }: Staging, seconds: number): string {
  const pieces = Math.floor(seconds / PIECE_SECONDS);
  const shorter = pieces * PIECE_SECONDS < HOLD_SECONDS ? `?s=${pieces * PIECE_SECONDS}` : '';
  return `<Play>${basePath}/twilio/hold.wav${shorter}</Play>`;
}

const anywhere = { language: 'en', texts: {} } as const;

/** On the leg of an outside telephone, as where calls are forwarded: its own mailbox presses nothing. */
export function renderAsk(
  organization: Pick<OrganizationData, 'language' | 'texts'> = anywhere,
  action: string,
): string {
  const text = renderSay(spokenText(organization, 'confirm'), organization);
  return `<Gather input="dtmf" numDigits="1" timeout="10" action="${escapeXml(action)}" method="POST">${text}</Gather><Hangup/>`;
}

/** On the leg of the member who picked up. */
export function renderJoin(callId: string): string {
  return `<Dial timeout="${JOIN_SECONDS}" timeLimit="${TIME_LIMIT}"><Queue>${escapeXml(callId)}</Queue></Dial><Hangup/>`;
}
