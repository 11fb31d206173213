import type { Language } from './directory-data.ts';

/** What callers who wait are told. */
type HoldTexts = {
  readonly hold: string;
  /** 1: the next one. */
  readonly position: (position: number) => string;
};

export const holdTexts: Readonly<Record<Language, HoldTexts>> = {
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
