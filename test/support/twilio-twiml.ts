import { parseXml, type XmlElement } from './twilio-xml.ts';

/** TwiML as Twilio reads it: an unknown verb, attribute or nesting is refused, because Twilio would drop the call. */
export type Verb = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  /** The text directly inside. */
  readonly text: string;
  readonly children: readonly Verb[];
};

type Rule = { readonly attributes: string; readonly children?: string; readonly text?: boolean };

const rules: Readonly<Record<string, Rule | undefined>> = {
  Response: {
    attributes: '',
    children: 'Say Play Pause Gather Record Dial Enqueue Leave Hangup Redirect Reject',
  },
  Say: { attributes: 'voice language loop', text: true },
  Play: { attributes: 'loop digits', text: true },
  Pause: { attributes: 'length' },
  Gather: {
    attributes:
      'input action method timeout finishOnKey numDigits actionOnEmptyResult language hints speechTimeout',
    children: 'Say Play Pause',
  },
  Record: {
    attributes:
      'action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent transcribe transcribeCallback',
  },
  Dial: {
    attributes:
      'action method timeout hangupOnStar timeLimit callerId record answerOnBridge ringTone recordingStatusCallback sequential',
    children: 'Number Sip Client Queue Conference',
    text: true,
  },
  Number: {
    attributes: 'url method sendDigits statusCallback statusCallbackEvent statusCallbackMethod',
    text: true,
  },
  Sip: {
    attributes: 'url method username password statusCallback statusCallbackEvent statusCallbackMethod',
    text: true,
  },
  Client: { attributes: 'url method statusCallback statusCallbackEvent statusCallbackMethod', text: true },
  Queue: { attributes: 'url method reservationSid postWorkActivitySid', text: true },
  Enqueue: { attributes: 'action method waitUrl waitUrlMethod workflowSid', text: true },
  Leave: { attributes: '' },
  Hangup: { attributes: '' },
  Redirect: { attributes: 'method', text: true },
  Reject: { attributes: 'reason' },
};

const MAX_NOUNS = 10;

/** The verbs of a document; throws where Twilio would refuse it. */
export function parseTwiml(source: string): readonly Verb[] {
  const root = parseXml(source);
  if (root.name !== 'Response') throw new Error(`The root is <${root.name}>`);
  const { children: verbs } = toVerb(root);
  const reject = verbs.findIndex((verb) => verb.name === 'Reject');
  if (reject > 0) throw new Error('<Reject> must come first');
  for (const verb of verbs) checkVerb(verb);
  return verbs;
}

function toVerb(element: XmlElement): Verb {
  const rule = rules[element.name];
  if (rule === undefined) throw new Error(`<${element.name}> is no verb`);
  for (const name of element.attributes.keys()) {
    if (!rule.attributes.split(' ').includes(name)) throw new Error(`<${element.name}> has no ${name}`);
  }
  const children = element.children.filter((child) => typeof child !== 'string').map(toVerb);
  for (const child of children) {
    if (!rule.children?.split(' ').includes(child.name)) {
      throw new Error(`<${child.name}> cannot stand in <${element.name}>`);
    }
  }
  const text = element.children.filter((child) => typeof child === 'string').join('');
  if (!rule.text && text.trim() !== '') throw new Error(`<${element.name}> takes no text`);
  return { name: element.name, attributes: Object.fromEntries(element.attributes), text, children };
}

function checkVerb({ name, attributes, text, children }: Verb): void {
  if (name === 'Dial') {
    if (children.length > MAX_NOUNS) throw new Error(`<Dial> rings ${children.length} at once`);
    if (children.length === 0 && text.trim() === '') throw new Error('<Dial> rings nobody');
    checkNumber(name, 'timeout', attributes.timeout, 1, 600);
    checkNumber(name, 'timeLimit', attributes.timeLimit, 1, 14_400);
    for (const noun of children) checkNoun(noun);
  }
  if (name === 'Say' && (text === '' || text.length > 4096)) throw new Error('<Say> has 1-4096 characters');
  if (name === 'Record' && attributes.action === undefined) {
    throw new Error('<Record> without an action is an endless loop');
  }
  if (name === 'Reject' && !['busy', 'rejected', undefined].includes(attributes.reason)) {
    throw new Error('<Reject> is busy or rejected');
  }
  const urls = [attributes.action, attributes.waitUrl, name === 'Redirect' ? text : undefined];
  for (const url of urls) checkUrl(url);
}

const nounForms: Readonly<Record<string, RegExp | undefined>> = {
  Sip: /^sips?:[^\s<>@]+@[^\s<>]+$/,
  Client: /^\S{1,256}$/,
  Queue: /^\S{1,64}$/,
};

function checkNoun({ name, attributes, text }: Verb): void {
  const form = nounForms[name] ?? /^\+?[0-9]{2,20}$/;
  if (!form.test(text)) throw new Error(`<${name}> cannot dial ${text}`);
  checkUrl(attributes.url);
}

function checkUrl(url: string | undefined): void {
  if (url !== undefined && (url.length > 4000 || /[^\x21-\x7e]/.test(url)))
    throw new Error(`No address: ${url}`);
}

function checkNumber(
  verb: string,
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): void {
  if (text === undefined) return;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw new Error(`<${verb}> ${name}=${text}`);
}
