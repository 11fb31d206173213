import type { DeviceTarget, RingTarget, Step } from '../../services/routing/domain/decision.ts';
import type { Language } from '../../services/routing/domain/directory-data.ts';
import { escapeXml } from './xml.ts';

/** Steps as TwiML. Pure: templates with escaped values, because a builder costs more than the whole decision. */
export type Staging = {
  readonly callId: string;
  readonly language: Language;
  /** Path of PUBLIC_URL before ours, for XML; mostly empty. Addresses in TwiML are relative to the document's host. */
  readonly basePath: string;
  /** The call token; empty where no step of the document is reported. */
  readonly token: string;
  /** Shown to outside phones where the caller has no number that may be shown: one that was dialled. Null: the caller's. */
  readonly callerId: string | null;
  /** What stands for a sound in its address; left out: texts are spoken instead. */
  readonly soundAddress?: (soundId: string) => string | undefined;
};

/** Twilio rings no more at once. */
export const MAX_NOUNS = 10;
/** Four hours: Twilio's own default, said aloud because toll fraud lives on calls that never end. */
const TIME_LIMIT = 14_400;
const MAX_SAY = 4096;
const MAX_RECORDING = 300;

const voices: Readonly<Record<Language, string>> = { en: 'en-US', es: 'es-ES', fr: 'fr-FR', de: 'de-DE' };

export function renderScene(steps: readonly Step[], staging: Staging): string {
  let verbs = '';
  for (const step of steps) verbs += renderStep(step, staging);
  return renderResponse(verbs === '' ? '<Hangup/>' : verbs);
}

export function renderResponse(verbs: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;
}

export function renderStep(step: Step, staging: Staging): string {
  switch (step.action) {
    case 'ring':
      return renderDial(step.timeoutSeconds, staging, renderNouns(step.targets, step.id, staging));
    case 'forward':
      return renderDial(
        step.timeoutSeconds,
        staging,
        renderForward(step.target.number, step.confirm, staging),
      );
    case 'queue':
      // A queue of the carrier's for every caller: which of them is next is decided by us.
      return `<Enqueue waitUrl="${url(staging, 'queue-wait')}" waitUrlMethod="POST" action="${url(staging, 'queue-result')}" method="POST">${escapeXml(staging.callId)}</Enqueue>`;
    case 'menu':
      return `<Gather input="dtmf" timeout="${step.timeoutSeconds}" finishOnKey="#" action="${url(staging, 'gather')}" method="POST">${renderSay(step.prompt, staging)}</Gather><Redirect method="POST">${url(staging, 'gather')}</Redirect>`;
    case 'voicemail':
      // Without an action Twilio would post to the current document, an endless loop; after silence it posts nothing.
      return `${renderGreeting(step, staging)}<Record maxLength="${step.maxSeconds ?? MAX_RECORDING}" playBeep="true" finishOnKey="#" action="${url(staging, 'recording')}" method="POST" recordingStatusCallback="${url(staging, 'recording', 'c=1')}" recordingStatusCallbackMethod="POST"/><Hangup/>`;
    case 'announce':
      return renderSay(step.text, staging);
    case 'reject':
      return `<Reject reason="${step.reason === 'busy' ? 'busy' : 'rejected'}"/>`;
    case 'hangup':
      return '<Hangup/>';
  }
}

function renderGreeting(
  { greeting, soundId }: Extract<Step, { readonly action: 'voicemail' }>,
  staging: Staging,
): string {
  const address = soundId === undefined ? undefined : staging.soundAddress?.(soundId);
  if (address === undefined) return renderSay(greeting, staging);
  return `<Play>${staging.basePath}/twilio/greeting/${escapeXml(address)}</Play>`;
}

export function renderSay(text: string, { language }: Pick<Staging, 'language'>): string {
  return `<Say language="${voices[language]}">${escapeXml(shortened(text))}</Say>`;
}

/** On the callee's leg: the call is bridged only when 1 is pressed, so a mailbox never is. */
export function renderConfirm(text: string, staging: Staging): string {
  const action = url(staging, 'confirm', 'd=1');
  return `<Gather input="dtmf" numDigits="1" timeout="10" action="${action}" method="POST">${renderSay(text, staging)}</Gather><Hangup/>`;
}

function renderDial(seconds: number, staging: Staging, nouns: string): string {
  const { callerId: shown } = staging;
  const callerId = shown !== null && nouns.includes('<Number') ? ` callerId="${escapeXml(shown)}"` : '';
  return `<Dial timeout="${seconds}" timeLimit="${TIME_LIMIT}" answerOnBridge="true"${callerId} action="${url(staging, 'dial-result')}" method="POST">${nouns}</Dial>`;
}

function renderForward(number: string, confirm: boolean, staging: Staging): string {
  const ask = confirm ? ` url="${url(staging, 'confirm')}" method="POST"` : '';
  return `<Number${ask}>${escapeXml(number)}</Number>`;
}

/** Everybody's first device goes before anybody's second, where there are more than ten. */
function renderNouns(targets: readonly RingTarget[], stepId: string, staging: Staging): string {
  let nouns = '';
  let count = 0;
  const most = targets.reduce((devices, target) => Math.max(devices, target.devices.length), 0);
  for (let turn = 0; turn < most; turn += 1) {
    for (const target of targets) {
      const device = target.devices[turn];
      if (device === undefined) continue;
      if (count === MAX_NOUNS) return nouns;
      nouns += renderNoun(device, renderReports(stepId, target.userId, staging));
      count += 1;
    }
  }
  return nouns;
}

/** Each telephone tells when it rings, talks and has ended: by that who is on a call is known. */
function renderReports(stepId: string, userId: string, { basePath }: Staging): string {
  const address = `${basePath}/twilio/leg?s=${stepId}&amp;u=${escapeXml(userId)}`;
  return ` statusCallback="${address}" statusCallbackEvent="ringing answered completed"`;
}

function renderNoun({ kind, address }: DeviceTarget, reports: string): string {
  switch (kind) {
    case 'sip':
      return `<Sip${reports}>${hasScheme(address, 'sip:') || hasScheme(address, 'sips:') ? '' : 'sip:'}${escapeXml(address)}</Sip>`;
    case 'app':
      return `<Client${reports}>${escapeXml(withoutScheme(address, 'client:'))}</Client>`;
    case 'phone':
      return `<Number${reports}>${escapeXml(withoutScheme(address, 'tel:'))}</Number>`;
  }
}

function withoutScheme(address: string, scheme: string): string {
  return hasScheme(address, scheme) ? address.slice(scheme.length) : address;
}

/** In letters of either case. */
function hasScheme(address: string, scheme: string): boolean {
  const hasColon = address.charCodeAt(scheme.length - 1) === COLON;
  return hasColon && address.slice(0, scheme.length).toLowerCase() === scheme;
}

const COLON = 58;

type Page = 'dial-result' | 'gather' | 'confirm' | 'recording' | 'queue-wait' | 'queue-result';

/** The token stands last: a request that was cut anew into a shorter address has a damaged token, nothing else. */
function url({ basePath, token }: Staging, page: Page, mark?: string): string {
  return `${basePath}/twilio/${page}?${mark === undefined ? '' : `${mark}&amp;`}t=${token}`;
}

/** Twilio speaks 4,096 characters at most, and refuses the document otherwise. */
function shortened(text: string): string {
  return text.length > MAX_SAY ? text.slice(0, MAX_SAY).toWellFormed() : text;
}
