import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Caller, Dialled } from './call.ts';
import { isPlusAndDigits } from './characters.ts';

/**
 * Numbers on the way in. Everything behind this module is E.164, an extension, or known to be neither; two spellings of
 * one number never become two values.
 */

const ZERO = 48;
const ONE = 49;
const EXTENSION = /^[0-9]{2,8}$/;

/** What kind of line a number is, as far as toll fraud is concerned. `either`: fixed or mobile, as all in the US and Canada. */
export type LineKind = 'fixed' | 'mobile' | 'either' | 'other';

export function isExtension(text: string): boolean {
  return EXTENSION.test(text);
}

export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/**
 * E.164, or undefined for what cannot be a number. Reads the national form and a missing `+` with the country's help,
 * the `00` prefix everywhere, spaces and punctuation.
 *
 * parseNumber('0034 911 23 45 67', 'US') is '+34911234567'; parseNumber('(415) 555-0100', 'US') is '+14155550100'.
 */
export function parseNumber(input: string, defaultCountry: string): string | undefined {
  const text = input.trim().replaceAll(/\s+/g, ' ');
  if (text.length > 40 || !/[0-9]/.test(text) || /[^0-9+\s().\-/]/.test(text)) return undefined;
  if (text.startsWith('00')) return possible(`+${text.slice(2)}`);
  if (text.startsWith('+')) return possible(text);
  const national = isSupportedCountry(defaultCountry)
    ? parsePhoneNumberFromString(text, defaultCountry)
    : undefined;
  const international = parsePhoneNumberFromString(`+${text}`);
  const abroad = international?.isValid() === true;
  if (national?.isValid() && !(abroad && lacksPrefix(international, national))) return stable(national);
  if (abroad) return stable(international);
  return stable(national) ?? stable(international);
}

/**
 * 4915123456789 in Germany can be read both ways, as 04915 123456789 and as +49 1512 3456789. Where numbers are
 * written with a national prefix, one that lacks it and begins with the country's own code is meant with the code.
 */
function lacksPrefix(international: PhoneNumber, national: PhoneNumber): boolean {
  if (international.countryCallingCode !== national.countryCallingCode) return false;
  return international.formatNational().replaceAll(/[^0-9]/g, '') !== international.nationalNumber;
}

/** Where a national prefix may hide behind the country code: +44 020…, +1 1415…, +7 8912…, +54 …15…, +36 06…. */
const MAY_HOLD_PREFIX = /^\+(?:[1-9][0-9]{0,2}0|11|36|54|[1-9][0-9]{0,2}8)/;

/** `+`, and 7 to 15 digits, the first of which is not 0. */
function isE164(text: string): boolean {
  return isPlusAndDigits(text, 7, 15) && text.charCodeAt(1) !== ZERO;
}

/** Of a number in E.164: ten digits behind +1, the first neither 0 nor 1. Nothing can hide there. */
function isNorthAmerican(e164: string): boolean {
  return e164.length === 12 && e164.charCodeAt(1) === ONE && e164.charCodeAt(2) > ONE;
}

/** The one spelling of what carriers send in E.164. Nearly all is in it already, and reading one takes 5 µs. */
function canonical(text: string): string {
  if (isNorthAmerican(text)) return text;
  return MAY_HOLD_PREFIX.test(text) ? (possible(text) ?? text) : text;
}

function possible(text: string): string | undefined {
  return stable(parsePhoneNumberFromString(text));
}

/** A possible number of at most 15 digits that reads as itself: +44 000… would lose a zero every time it is read. */
function stable(parsed: PhoneNumber | undefined): string | undefined {
  if (!parsed?.isPossible() || parsed.number.length > 16) return undefined;
  if (parsed.isValid()) return parsed.number;
  return parsePhoneNumberFromString(parsed.number)?.number === parsed.number ? parsed.number : undefined;
}

/**
 * Country and kind of an E.164 number, by which outside forwards are allowed. Numbers of no country (satellite,
 * international networks) have country null; premium, shared cost, toll-free, pagers and unassigned ranges are `other`.
 */
export function classifyNumber(e164: string): { readonly country: string | null; readonly kind: LineKind } {
  const parsed = parsePhoneNumberFromString(e164);
  const country = parsed?.country ?? null;
  switch (parsed?.getType()) {
    case 'FIXED_LINE':
      return { country, kind: 'fixed' };
    case 'MOBILE':
      return { country, kind: 'mobile' };
    case 'FIXED_LINE_OR_MOBILE':
      return { country, kind: 'either' };
    default:
      return { country, kind: 'other' };
  }
}

export type ForwardingRules = {
  readonly countries: readonly string[];
  readonly kinds: readonly ('fixed' | 'mobile')[];
};

/** Why an outside number may not be a forward target, as a sentence; undefined: it may. Emergency numbers never parse. */
export function forwardingRefusal(e164: string, rules: ForwardingRules): string | undefined {
  const { country, kind } = classifyNumber(e164);
  if (kind === 'other') return `${e164} is neither a fixed nor a mobile line`;
  if (country === null || !rules.countries.includes(country)) {
    return `${e164} is in ${country ?? 'no country'}, and forwarding is allowed to ${rules.countries.join(', ') || 'no country'}`;
  }
  const allowed = kind === 'either' ? rules.kinds.length > 0 : rules.kinds.includes(kind);
  return allowed ? undefined : `forwarding to ${kind} lines is not allowed`;
}

/** Texts and stand-in numbers that carriers send for a caller who withholds the number. Compared before parsing. */
const ANONYMOUS_TEXTS = new Set([
  '',
  'anonymous',
  'restricted',
  'unavailable',
  'unknown',
  'private',
  'withheld',
  'blocked',
  'asserted',
]);
const STAND_INS = ['266696687', '7378742833', '86282452253', '2562533', '8656696', '8566696'];

/** Which numbers and extensions are the organization's own. A compiled directory is one. */
export type OwnNumbers = {
  readonly organization: { readonly defaultCountry: string; readonly sipDomain: string };
  readonly extensions: { has(extension: string): boolean };
};

/** Who calls, from what a carrier or PBX sends as `From`. Never fails: what is no number is an address. */
export function parseCaller(raw: string, own: OwnNumbers): Caller {
  const text = raw.trim();
  // First what nearly every call has: the ways below cost more than the whole decision.
  if (isE164(text)) {
    return STAND_INS.includes(text.slice(1))
      ? { kind: 'anonymous' }
      : { kind: 'number', number: canonical(text) };
  }
  if (isStandIn(text)) return { kind: 'anonymous' };
  const address = /^(sips?|client|tel):([^@;?]*)(?:@([^;:?>]*))?/i.exec(text);
  if (address) return parseAddress(text, address[1] ?? '', address[2] ?? '', address[3] ?? '', own);
  if (isExtension(text) && own.extensions.has(text)) return { kind: 'extension', extension: text };
  if (isExtension(text) && STAND_INS.includes(text)) return { kind: 'anonymous' };
  return parseCallerNumber(text, own) ?? { kind: 'address', address: text.slice(0, 256) };
}

function isStandIn(text: string): boolean {
  if (ANONYMOUS_TEXTS.has(text.toLowerCase())) return true;
  if (/^(sips?:)?anonymous(@|$)/i.test(text) || /@anonymous\.invalid\b/i.test(text)) return true;
  const digits = text.startsWith('+') ? text.slice(1) : text;
  // A bare seven-digit stand-in may be an extension of the house, so those are looked at later.
  return STAND_INS.includes(digits) && (text.startsWith('+') || digits.length > 8);
}

function parseAddress(text: string, scheme: string, user: string, host: string, own: OwnNumbers): Caller {
  const address: Caller = { kind: 'address', address: text.slice(0, 256) };
  if (scheme.toLowerCase() === 'client') return address;
  if (user !== '' && isStandIn(user)) return { kind: 'anonymous' };
  const domain = host.toLowerCase();
  if (isExtension(user) && own.extensions.has(user) && domain === own.organization.sipDomain.toLowerCase()) {
    return { kind: 'extension', extension: user };
  }
  if (scheme.toLowerCase() === 'tel' || user.startsWith('+')) return parseCallerNumber(user, own) ?? address;
  return address;
}

function parseCallerNumber(text: string, own: OwnNumbers): Caller | undefined {
  const number = parseNumber(text, own.organization.defaultCountry);
  const isShort = /^[0-9*#]{2,8}$/.test(text);
  // 11833 is possible as a German number of five digits, but what is sent like that is the short code.
  if (number !== undefined && !(isShort && classifyNumber(number).kind === 'other')) {
    return { kind: 'number', number };
  }
  return isShort ? { kind: 'short', number: text } : undefined;
}

/** What was dialled, from `To`: an E.164 number, an extension of the house, or what cannot be read. */
export function parseDialled(raw: string, own: OwnNumbers): Dialled {
  const text = raw.trim();
  if (isE164(text)) return { kind: 'number', number: canonical(text) };
  const sip = /^(?:sips?|tel):([^@;?]*)/i.exec(text);
  const user = sip ? (sip[1] ?? '') : text;
  if (isExtension(user) && own.extensions.has(user)) return { kind: 'extension', extension: user };
  const number = parseNumber(user, own.organization.defaultCountry);
  if (number !== undefined) return { kind: 'number', number };
  if (isExtension(user)) return { kind: 'extension', extension: user };
  return { kind: 'unparsable', raw: text.slice(0, 256) };
}
