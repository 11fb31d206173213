import { isMadeOf, isPlusAndDigits, LETTERS_AND_DIGITS } from '../../services/routing/domain/characters.ts';
import { type FieldName, type Form, readFields } from './form.ts';

/**
 * The parameters that Twilio always sends: each must come exactly once and in its form.
 *
 * The signature joins names and values without a mark between them, so a captured request can be cut anew into other
 * pairs and still verify. Every form here is closed at its end: a value that has grown into the next name, or lost
 * its tail to a new one, is not of it. `From` and `To` may be addresses, whose form is open; their copies `Caller` and
 * `Called` stand elsewhere in the order and cannot be cut in the same way.
 */
export const ALWAYS_SENT = [
  'AccountSid',
  'ApiVersion',
  'CallSid',
  'CallStatus',
  'Direction',
  'From',
  'To',
] as const satisfies readonly FieldName[];

/** And on the leg of somebody who is called, which call it belongs to. */
export const ALWAYS_SENT_LEG = [...ALWAYS_SENT, 'ParentCallSid'] as const satisfies readonly FieldName[];

/** The recording status callback sends others. */
export const ALWAYS_SENT_RECORDING = [
  'AccountSid',
  'CallSid',
  'RecordingSid',
  'RecordingStatus',
  'RecordingUrl',
] as const satisfies readonly FieldName[];

type Required = (typeof ALWAYS_SENT_LEG)[number] | (typeof ALWAYS_SENT_RECORDING)[number];

type Shape = (value: string) => boolean;

const forms: Readonly<Record<Exclude<Required, 'From' | 'To'>, Shape>> = {
  AccountSid: sid('AC'),
  ApiVersion: matching(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/),
  CallSid: sid('CA'),
  CallStatus: oneOf('queued initiated ringing in-progress answered completed busy failed no-answer canceled'),
  Direction: oneOf('inbound outbound outbound-api outbound-dial trunking-originating trunking-terminating'),
  ParentCallSid: sid('CA'),
  RecordingSid: sid('RE'),
  RecordingStatus: oneOf('in-progress completed absent failed'),
  RecordingUrl: matching(/^https?:\/\/[\x21-\x7e]{1,1000}$/),
};

function sid(prefix: string): Shape {
  return (value) =>
    value.length === 34 && value.startsWith(prefix) && isMadeOf(value, LETTERS_AND_DIGITS, prefix.length);
}

function oneOf(words: string): Shape {
  const all = words.split(' ');
  return (value) => all.includes(value);
}

function matching(form: RegExp): Shape {
  return (value) => form.test(value);
}

/** Names of parameters never begin with a digit, `+`, `*` or `#`, so such a value can neither grow nor shrink. */
const NUMBER = /^(\+?[0-9]{1,20}|[0-9*#]{1,20})$/;
const ADDRESS = /^(sips?:|client:|tel:|whatsapp:|sim:)[^\s<>]{1,400}$/i;
const WITHHELD = /^[A-Za-z][A-Za-z ]{0,30}$/;

/** A parameter that must come; `place` in `readFields`. From and To have their own rule instead of a form. */
export type Requirement = { readonly name: Required; readonly place: number; readonly form: Shape | null };

export function requirementsOf(required: readonly Required[]): readonly Requirement[] {
  return required.map((name) => ({
    name,
    place: readFields.indexOf(name),
    form: name === 'From' || name === 'To' ? null : forms[name],
  }));
}

/** Undefined: all is well; else what is wrong, for the log. */
export function findForgery(form: Form, requirements: readonly Requirement[]): string | undefined {
  for (const { name, place, form: shape } of requirements) {
    const value = form.values[place];
    if (value === undefined) return `${name} is missing`;
    if (form.repeated.size > 0 && form.repeated.has(name)) return `${name} came twice`;
    const fits = shape === null ? isParty(form, name === 'From' ? 'From' : 'To', value) : shape(value);
    if (!fits) return `${name} is not of its form`;
  }
  return undefined;
}

const copies = { From: 'Caller', To: 'Called' } as const;

function isParty(form: Form, name: 'From' | 'To', value: string): boolean {
  if (isPlusAndDigits(value, 1, 20) || NUMBER.test(value)) return true;
  if (value !== '' && !ADDRESS.test(value) && !WITHHELD.test(value)) return false;
  const copy = form.fields[copies[name]];
  if (copy !== undefined) return copy === value && !form.repeated.has(copies[name]);
  // Without the copy, nothing near the value may be of our caller's making: no name swallowed, no name made up.
  return (
    form.names().every(isKnownName) && !knownNames.some((known) => known.length > 4 && value.includes(known))
  );
}

const knownNames =
  `AccountSid AddOns AnsweredBy ApiVersion ApplicationSid CallDuration CallSid CallStatus CallToken Called CalledCity
  CalledCountry CalledState CalledZip Caller CallerCity CallerCountry CallerName CallerState CallerZip CallbackSource
  Confidence DialBridged DialCallDuration DialCallSid DialCallStatus DialSipCallId DialSipResponseCode Digits Direction
  Duration ErrorCode ErrorUrl FinishedOnKey ForwardedFrom From FromCity FromCountry FromState FromZip ParentCallSid
  QueueResult QueuePosition QueueSid QueueTime AvgQueueTime CurrentQueueSize RecordingDuration RecordingSid
  RecordingUrl SequenceNumber SipCallId SipDomain SipDomainSid SipResponseCode SipSourceIp SpeechResult StirPassportToken
  StirStatus StirVerstat Timestamp To ToCity ToCountry ToState ToZip TrunkSid msg`.split(/\s+/);

function isKnownName(name: string): boolean {
  return knownNames.includes(name) || name.startsWith('SipHeader_');
}
