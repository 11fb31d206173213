import type { Language } from '../../services/routing/domain/directory-data.ts';
import { renderSay, type Staging } from './render.ts';
import { escapeXml } from './xml.ts';

/** What a caller who waits hears, asked for again and again until somebody answers. Pure. */

/** Seconds that a member who picks up waits for the caller, who may have left a moment ago. */
const JOIN_SECONDS = 5;
const TIME_LIMIT = 14_400;

/** `position` 1: the next one; null: it is not known. */
export function renderHold(staging: Staging, position: number | null): string {
  const texts = holdTexts[staging.language];
  const text = position === null ? texts.hold : `${texts.hold} ${texts.position(position)}`;
  return `${renderSay(text, staging)}<Play>${escapeXml(staging.basePath)}/twilio/hold.wav</Play>`;
}

/** On the leg of the member who picked up. */
export function renderJoin(callId: string): string {
  return `<Dial timeout="${JOIN_SECONDS}" timeLimit="${TIME_LIMIT}"><Queue>${escapeXml(callId)}</Queue></Dial><Hangup/>`;
}

type Texts = { readonly hold: string; readonly position: (position: number) => string };

const holdTexts: Readonly<Record<Language, Texts>> = {
  en: {
    hold: 'Please hold the line.',
    position: (position) => (position === 1 ? 'You are next.' : `You are number ${position} in the queue.`),
  },
  es: {
    hold: 'Por favor, no cuelgue.',
    position: (position) =>
      position === 1 ? 'Es la siguiente llamada.' : `Ocupa el puesto ${position} de la cola.`,
  },
  fr: {
    hold: 'Veuillez patienter.',
    position: (position) =>
      position === 1 ? "C'est bientôt votre tour." : `Vous êtes en position ${position} dans la file.`,
  },
  de: {
    hold: 'Bitte bleiben Sie am Apparat.',
    position: (position) =>
      position === 1
        ? 'Sie sind als Nächstes an der Reihe.'
        : `Sie sind an Stelle ${position} der Warteschlange.`,
  },
};
