import { createServer, type IncomingMessage } from 'node:http';
import type { Teardown } from './database.ts';
import { parseTwiml } from './twilio-twiml.ts';
import {
  type Parameters,
  type Signer,
  signedRequest,
  type Transport,
  type VoiceCall,
  voiceParameters,
} from './twilio-webhook.ts';

/**
 * Twilio's twin as far as queues go: callers who wait, and the REST API by which members are rung. The test says what
 * members and callers do; the twin posts what Twilio would post then.
 */

export type Leg = {
  readonly sid: string;
  /** The address that rings. */
  readonly to: string;
  readonly from: string;
  readonly timeout: number;
  /** What was asked of it by REST: `completed` hangs up. */
  ended: boolean;
  ring(): Promise<void>;
  /** Picks up; the TwiML that it gets. */
  answer(): Promise<string>;
  /** Where it was asked to press a key; the TwiML that follows. */
  press(digit: string): Promise<string>;
  end(status: 'completed' | 'busy' | 'no-answer' | 'failed'): Promise<void>;
};

export type MembersTwin = {
  readonly url: string;
  /** In the order in which they were asked for. */
  readonly legs: readonly Leg[];
  /** Queues that were taken away. */
  readonly removed: readonly string[];
  /** Where webhooks go from now on: another replica, say. */
  use(transport: Transport): void;
  /** `silent`: requests get no answer, and nothing comes of them. */
  behave(how: 'well' | 'broken' | 'silent'): void;
  /** Requests that got no answer. */
  unanswered(): number;
  /** The leg that rings now for an address; waits for it. */
  leg(to: string, known?: number): Promise<Leg>;
  caller(callSid: string, from: string, to: string): Caller;
};

export type Caller = {
  readonly sid: string;
  /** Calls; gives the first document. */
  call(): Promise<string>;
  /** Twilio asks for music; the document. `seconds`: waited so far. */
  hold(seconds: number): Promise<string>;
  /** Leaves the queue in this way; the next document. */
  leave(result: 'hangup' | 'leave' | 'bridged', seconds: number): Promise<string>;
  hangUp(): Promise<void>;
};

type Account = Signer & { readonly accountSid: string };

export async function membersTwin(t: Teardown, account: Account): Promise<MembersTwin> {
  const legs: Leg[] = [];
  const removed: string[] = [];
  let transport: Transport | undefined;
  let behaviour: 'well' | 'broken' | 'silent' = 'well';
  let unanswered = 0;
  const post = async (url: string, parameters: Parameters): Promise<string> => {
    const path = new URL(url, account.publicUrl).href.slice(account.publicUrl.length);
    const reply = await transport?.(signedRequest(account, path, parameters));
    if (reply === undefined || reply.status >= 400)
      throw new Error(`${path}: ${reply?.status} ${reply?.body}`);
    return reply.body;
  };
  const start = (form: URLSearchParams): Leg => {
    const sid = `CA${String(legs.length + 1).padStart(32, 'e')}`;
    const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
    const told = (status: string): Parameters => ({
      ...voiceParameters({ accountSid: account.accountSid, callSid: sid, from, to }),
      CallStatus: status,
      Direction: 'outbound-api',
    });
    const report = async (status: string) =>
      void (await post(form.get('StatusCallback') ?? '', told(status)));
    let asked: string | undefined;
    const leg: Leg = {
      ...{ sid, to, from, timeout: Number(form.get('Timeout')), ended: false },
      ring: () => report('ringing'),
      async answer() {
        const document = await post(form.get('Url') ?? '', told('in-progress'));
        asked = parseTwiml(document).find(({ name }) => name === 'Gather')?.attributes.action;
        await report('in-progress');
        return document;
      },
      async press(digit) {
        if (asked === undefined) throw new Error('it was not asked to press anything');
        return post(asked, { ...told('in-progress'), Digits: digit });
      },
      end: report,
    };
    legs.push(leg);
    return leg;
  };
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const form = new URLSearchParams(await readBody(request));
    if (behaviour === 'broken')
      return { status: 500, body: { code: 20500, message: 'Internal Server Error' } };
    const basic = `Basic ${Buffer.from(`${account.accountSid}:${account.authToken}`).toString('base64')}`;
    if (request.headers.authorization !== basic) return { status: 401, body: { code: 20003 } };
    const base = `/2010-04-01/Accounts/${account.accountSid}`;
    const path = request.url ?? '';
    if (path === `${base}/Calls.json`) return { status: 201, body: { sid: start(form).sid } };
    const leg = legs.find(({ sid }) => path === `${base}/Calls/${sid}.json`);
    if (leg !== undefined) {
      leg.ended = form.get('Status') === 'completed';
      return { status: 200, body: { sid: leg.sid } };
    }
    const queue = /\/Queues\/(QU\w{32})\.json$/.exec(path)?.[1];
    if (request.method !== 'DELETE' || queue === undefined) return { status: 404, body: { code: 20404 } };
    removed.push(queue);
    return { status: 204, body: undefined };
  };
  const server = createServer((request, response) => {
    if (behaviour === 'silent') {
      unanswered += 1;
      return;
    }
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the twin has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    legs,
    removed,
    use: (next) => {
      transport = next;
    },
    behave: (how) => {
      behaviour = how;
    },
    unanswered: () => unanswered,
    async leg(to, known = 0) {
      return eventually(`a leg to ${to}`, () => legs.filter((leg) => leg.to === to)[known]);
    },
    caller: (callSid, from, to) => buildCaller({ accountSid: account.accountSid, callSid, from, to }, post),
  };
}

function buildCaller(
  call: VoiceCall,
  post: (url: string, parameters: Parameters) => Promise<string>,
): Caller {
  let [waitUrl, action, last] = ['', '', ''];
  const during = (more: Parameters): Parameters => ({
    ...voiceParameters(call),
    CallStatus: 'in-progress',
    QueueSid: `QU${call.callSid.slice(2)}`,
    ...more,
  });
  const play = (document: string): string => {
    last = document;
    for (const verb of parseTwiml(document)) {
      if (verb.name !== 'Enqueue') continue;
      if (verb.text !== call.callSid) throw new Error(`waits in ${verb.text}`);
      waitUrl = verb.attributes.waitUrl ?? '';
      action = verb.attributes.action ?? '';
    }
    return document;
  };
  return {
    sid: call.callSid,
    call: async () => play(await post('/twilio/voice', voiceParameters(call))),
    async hold(seconds) {
      if (waitUrl === '') throw new Error(`${call.callSid} was not asked to wait: ${last}`);
      return post(waitUrl, during({ QueueTime: String(seconds), QueuePosition: '1' }));
    },
    leave: async (result, seconds) =>
      play(await post(action, during({ QueueResult: result, QueueTime: String(seconds) }))),
    hangUp: async () =>
      void (await post('/twilio/status', { ...voiceParameters(call), CallStatus: 'completed' })),
  };
}

/** What `find` gives once it gives something, for ten seconds unless told. */
export async function eventually<T>(
  what: string,
  find: () => T | undefined | Promise<T | undefined>,
  timeoutMs = 10_000,
): Promise<T> {
  const started = performance.now();
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    const waitedMs = performance.now() - started;
    if (waitedMs > timeoutMs) throw new Error(`it does not come to it: ${what}`);
    // What takes long is looked at less often: each look is a request to a service that has work to do.
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, 20 + waitedMs / 10)));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
