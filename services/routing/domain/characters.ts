/**
 * Of which characters a text is made. On the way of a call: asking a regular expression costs three times as much, and a
 * call has twenty such questions.
 */

export const DIGITS = 1;
export const LOWER_HEX = 2;
export const LETTERS_AND_DIGITS = 4;

/** By code: the kinds that the character is of. */
const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  if (/[0-9]/.test(character)) kinds[code] = DIGITS | LOWER_HEX | LETTERS_AND_DIGITS;
  else if (/[a-f]/.test(character)) kinds[code] = LOWER_HEX | LETTERS_AND_DIGITS;
  else if (/[A-Za-z]/.test(character)) kinds[code] = LETTERS_AND_DIGITS;
}

/** Whether all characters from `from` on, and before `to`, are of this kind. */
export function isMadeOf(text: string, kind: number, from = 0, to: number = text.length): boolean {
  for (let at = from; at < to; at += 1) {
    if (((kinds[text.charCodeAt(at)] ?? 0) & kind) === 0) return false;
  }
  return true;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** ASCII that stands in JSON as it is. */
export function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 || code > 126 || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

const PLUS = 43;
const HYPHEN = 45;

/** `+` and so many digits. */
export function isPlusAndDigits(text: string, fewest: number, most: number): boolean {
  const digits = text.length - 1;
  return digits >= fewest && digits <= most && text.charCodeAt(0) === PLUS && isMadeOf(text, DIGITS, 1);
}

/** In lower case, as Postgres writes them. */
export function isUuid(text: string): boolean {
  return (
    text.length === 36 &&
    text.charCodeAt(8) === HYPHEN &&
    text.charCodeAt(13) === HYPHEN &&
    text.charCodeAt(18) === HYPHEN &&
    text.charCodeAt(23) === HYPHEN &&
    isMadeOf(text, LOWER_HEX, 0, 8) &&
    isMadeOf(text, LOWER_HEX, 9, 13) &&
    isMadeOf(text, LOWER_HEX, 14, 18) &&
    isMadeOf(text, LOWER_HEX, 19, 23) &&
    isMadeOf(text, LOWER_HEX, 24)
  );
}
