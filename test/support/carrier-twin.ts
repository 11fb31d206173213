import { createHash } from 'node:crypto';
import { parseTwiml, type Verb } from './twilio-twiml.ts';
import {
  type Parameters,
  type PostedRequest,
  type Signer,
  signedRequest,
  type Transport,
  type TwilioReply,
  type VoiceCall,
  voiceParameters,
} from './twilio-webhook.ts';

/**
 * Twilio's twin: signs, posts, plays the TwiML that comes back and follows its addresses, with people on the far end
 * who do what the test says. Gives what the caller hears, as sentences.
 */
export type Callee =
  /** Picks up; where 1 is asked for, presses it. */
  | 'answers'
  | 'busy'
  | 'no-answer'
  /** Twilio reports it as busy. */
  | 'declined'
  | 'unreachable'
  /** Picks up, talks, presses nothing. */
  | 'mailbox';

export type Script = {
  /** By the address that is dialled: `sip:201@pbx.example`, `ana`, `+14155550123`. Who is not here does not answer. */
  readonly callees?: Readonly<Record<string, Callee>>;
  /** What people are called; an address without a name is itself. */
  readonly names?: Readonly<Record<string, string>>;
  /** What the caller presses at one `<Gather>` after the other; null, or nothing left: silence. */
  readonly digits?: readonly (string | null)[];
  /** Length of what the caller says after the tone; 0: silence. */
  readonly messageSeconds?: number;
  /** How an `<Enqueue>` ends; `waits`: until the wait document leaves the queue. */
  readonly queue?: 'bridged' | 'hangup' | 'waits';
  /** Runs while the telephones of a `<Dial>` ring, or somebody talks. */
  readonly duringCall?: (callSid: string) => Promise<unknown>;
};

export type TwinOptions = Signer & { readonly transport: Transport; readonly accountSid: string };

export type Heard = {
  /** What the caller hears, one sentence each. */
  readonly heard: readonly string[];
  /** Every request and its answer, in order: for replays. */
  readonly exchanges: readonly Exchange[];
};

export type Exchange = { readonly request: PostedRequest; readonly reply: TwilioReply };

/** More documents than this are a loop that Twilio would end. */
const MAX_DOCUMENTS = 60;

type Stage = {
  readonly options: TwinOptions;
  readonly script: Script;
  readonly call: VoiceCall;
  readonly heard: string[];
  readonly exchanges: Exchange[];
  readonly digits: (string | null)[];
};

/** What a document leads to: the next address with what is posted there, or nothing. */
type Next = { readonly url: string; readonly parameters: Parameters } | null;
type Place = { readonly url: string; readonly parameters: Parameters };

export function buildCarrierTwin(options: TwinOptions) {
  return {
    /** Calls, and plays until nobody is on the line. */
    async call(call: Omit<VoiceCall, 'accountSid'>, script: Script = {}): Promise<Heard> {
      const whole = { ...call, accountSid: options.accountSid };
      const digits = [...(script.digits ?? [])];
      const stage: Stage = { options, script, call: whole, heard: [], exchanges: [], digits };
      const parameters = voiceParameters(whole);
      await follow(stage, { url: `${options.publicUrl}/twilio/voice`, parameters });
      return { heard: stage.heard, exchanges: stage.exchanges };
    },
    /** Posts something of the test's own making, signed. */
    post(path: string, parameters: Parameters): Promise<TwilioReply> {
      return options.transport(signedRequest(options, path, parameters));
    },
    /** The same bytes once more. */
    repeat(exchange: Exchange, headers: Readonly<Record<string, string>> = {}): Promise<TwilioReply> {
      const { request } = exchange;
      return options.transport({ ...request, headers: { ...request.headers, ...headers } });
    },
  };
}

async function follow(stage: Stage, first: Place): Promise<void> {
  let place: Next = first;
  while (place !== null) {
    const { url, parameters }: Place = place;
    place = await play(stage, url, await post(stage, url, parameters));
  }
}

async function post(stage: Stage, url: string, parameters: Parameters): Promise<TwilioReply> {
  const { options, exchanges } = stage;
  if (exchanges.length >= MAX_DOCUMENTS) throw new Error('The call goes round in a circle');
  if (!url.startsWith(`${options.publicUrl}/`)) throw new Error(`${url} is not ours`);
  const request = signedRequest(options, url.slice(options.publicUrl.length), parameters);
  const reply = await options.transport(request);
  exchanges.push({ request, reply });
  if (reply.status !== 204 && (reply.status !== 200 || !reply.type.startsWith('text/xml'))) {
    throw new Error(`Twilio plays an error: ${reply.status} ${reply.type} ${reply.body}`);
  }
  return reply;
}

/** Verb after verb, until one leads elsewhere. */
async function play(stage: Stage, url: string, reply: TwilioReply): Promise<Next> {
  if (reply.status === 204) return null;
  for (const verb of parseTwiml(reply.body)) {
    const next = await perform(stage, url, verb);
    if (next !== undefined) return next;
  }
  return null;
}

/** Undefined: the next verb's turn. */
async function perform(stage: Stage, url: string, verb: Verb): Promise<Next | undefined> {
  switch (verb.name) {
    case 'Say':
      stage.heard.push(`hears "${verb.text}"`);
      return undefined;
    case 'Play':
      stage.heard.push(`hears the sound ${absolute(url, verb.text)}`);
      return undefined;
    case 'Pause':
      return undefined;
    case 'Gather':
      return gather(stage, url, verb);
    case 'Dial':
      return dial(stage, url, verb);
    case 'Record':
      return record(stage, url, verb);
    case 'Enqueue':
      return enqueue(stage, url, verb);
    case 'Redirect':
      return { url: absolute(url, verb.text), parameters: during(stage) };
    case 'Reject':
      stage.heard.push(
        verb.attributes.reason === 'busy' ? 'hears the busy tone' : 'hears that the number is not in service',
      );
      return null;
    case 'Hangup':
      stage.heard.push('is hung up on');
      return null;
    default:
      throw new Error(`<${verb.name}> does not belong here`);
  }
}

function absolute(base: string, reference: string | undefined): string {
  return new URL(reference ?? base, base).href;
}

/** The call as it is described once it has been answered. */
function during(stage: Stage, more: Parameters = {}): Parameters {
  return { ...voiceParameters(stage.call), CallStatus: 'in-progress', ...more };
}

function gather(stage: Stage, url: string, verb: Verb): Next | undefined {
  for (const said of verb.children) stage.heard.push(`hears "${said.text}"`);
  const pressed = stage.digits.shift() ?? null;
  if (pressed === null) return undefined;
  stage.heard.push(`presses ${pressed}`);
  const Digits = verb.attributes.finishOnKey === '#' ? pressed.replace(/#$/, '') : pressed;
  return { url: absolute(url, verb.attributes.action), parameters: during(stage, { Digits }) };
}

async function dial(stage: Stage, url: string, verb: Verb): Promise<Next | undefined> {
  const { script, heard } = stage;
  const nameOf = (noun: Verb) => script.names?.[noun.text] ?? noun.text;
  const names = [...new Set(verb.children.map(nameOf))];
  heard.push(`rings ${names.join(', ')} ${verb.attributes.timeout ?? '30'} s`);
  let status = 'no-answer';
  const reported: Record<string, string> = {};
  const callees = verb.children.map((noun) => script.callees?.[noun.text] ?? 'no-answer');
  const picked = verb.children.find((_, at) => callees[at] === 'answers' || callees[at] === 'mailbox');
  const report = (noun: Verb, status: string) => reportLeg(stage, url, noun, status);
  for (const [at, noun] of verb.children.entries()) {
    if (callees[at] !== 'unreachable') await report(noun, 'ringing');
  }
  if (picked !== undefined) await report(picked, 'in-progress');
  await script.duringCall?.(stage.call.callSid);
  for (const [at, noun] of verb.children.entries()) {
    if (noun === picked) continue;
    const end = { busy: 'busy', declined: 'busy', unreachable: 'failed' }[String(callees[at])];
    await report(noun, end ?? (picked === undefined ? 'no-answer' : 'canceled'));
  }
  if (picked !== undefined) {
    const bridged = await pickUp(stage, url, picked);
    status = 'completed';
    Object.assign(reported, {
      DialCallSid: legOf(stage, picked),
      DialCallDuration: '42',
      DialBridged: String(bridged),
    });
    if (bridged)
      heard.push(
        `talks to ${script.callees?.[picked.text] === 'mailbox' ? 'the mailbox of ' : ''}${nameOf(picked)}`,
      );
    await report(picked, 'completed');
  } else if (callees.every((callee) => callee === 'busy' || callee === 'declined')) {
    status = 'busy';
  } else if (callees.every((callee) => callee === 'unreachable')) {
    status = 'failed';
  }
  // Verbs after a <Dial> with an action never run.
  if (verb.attributes.action === undefined) return undefined;
  const parameters = during(stage, { DialCallStatus: status, ...reported });
  return { url: absolute(url, verb.attributes.action), parameters };
}

/** Every leg has an id of its own. */
function legOf({ call }: Stage, noun: Verb): string {
  return `CA${createHash('md5').update(`${call.callSid} ${noun.text}`).digest('hex')}`;
}

function legParameters(stage: Stage, noun: Verb, status: string): Parameters {
  return {
    ...voiceParameters({ ...stage.call, callSid: legOf(stage, noun), to: noun.text }),
    CallStatus: status,
    Direction: 'outbound-dial',
    ParentCallSid: stage.call.callSid,
  };
}

/** What a telephone does, told where the noun says. Not among the exchanges: the caller hears nothing of it. */
async function reportLeg(stage: Stage, url: string, noun: Verb, status: string): Promise<void> {
  const { statusCallback: callback } = noun.attributes;
  if (callback === undefined) return;
  const { options } = stage;
  const address = absolute(url, callback).slice(options.publicUrl.length);
  const reply = await options.transport(signedRequest(options, address, legParameters(stage, noun, status)));
  if (reply.status !== 204) throw new Error(`A report was refused: ${reply.status} ${reply.body}`);
}

/** The callee's leg: its own document first, if there is one. Whether the two are joined in the end. */
async function pickUp(stage: Stage, url: string, noun: Verb): Promise<boolean> {
  if (noun.attributes.url === undefined) return true;
  const isPerson = stage.script.callees?.[noun.text] === 'answers';
  const leg = legParameters(stage, noun, 'in-progress');
  const first = absolute(url, noun.attributes.url);
  let verbs = parseTwiml((await post(stage, first, leg)).body);
  for (let at = 0; at < verbs.length; at += 1) {
    const verb = verbs[at];
    if (verb?.name === 'Hangup') return false;
    if (verb?.name !== 'Gather' || !isPerson) continue;
    const action = absolute(first, verb.attributes.action);
    verbs = parseTwiml((await post(stage, action, { ...leg, Digits: '1' })).body);
    at = -1;
  }
  return true;
}

async function record(stage: Stage, url: string, verb: Verb): Promise<Next | undefined> {
  const seconds = stage.script.messageSeconds ?? 7;
  // Twilio posts nothing for silence and goes on with the document.
  if (seconds === 0) return undefined;
  stage.heard.push('records voicemail');
  const { accountSid, callSid } = stage.call;
  const RecordingSid = `RE${callSid.slice(2)}`;
  const RecordingUrl = `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Recordings/${RecordingSid}`;
  const recording = { RecordingSid, RecordingUrl, RecordingDuration: String(seconds) };
  const { recordingStatusCallback: callback } = verb.attributes;
  if (callback !== undefined) {
    await post(stage, absolute(url, callback), {
      AccountSid: accountSid,
      CallSid: callSid,
      ...recording,
      RecordingStatus: 'completed',
      RecordingChannels: '1',
      RecordingStartTime: 'Tue, 24 Nov 2026 17:21:00 +0000',
      RecordingSource: 'RecordVerb',
    });
  }
  const parameters = during(stage, { ...recording, Digits: 'hangup' });
  return { url: absolute(url, verb.attributes.action), parameters };
}

/** Asks for the wait document every ten seconds, as long as nobody answers. */
async function enqueue(stage: Stage, url: string, verb: Verb): Promise<Next | undefined> {
  stage.heard.push(`waits in queue ${verb.text}`);
  const ends = stage.script.queue ?? 'waits';
  let result: string = ends;
  for (let waited = 0; ends === 'waits' && result === 'waits'; waited += 10) {
    const parameters = during(stage, {
      QueueTime: String(waited),
      QueuePosition: '1',
      QueueSid: `QU${'0'.repeat(32)}`,
    });
    const reply = await post(stage, absolute(url, verb.attributes.waitUrl), parameters);
    for (const said of parseTwiml(reply.body)) {
      if (said.name === 'Leave') result = 'leave';
      if (said.name === 'Say') stage.heard.push(`hears "${said.text}"`);
    }
  }
  const parameters = during(stage, { QueueResult: result, QueueTime: '30' });
  return { url: absolute(url, verb.attributes.action), parameters };
}
