import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

/** A webhook as Twilio posts it. */
export type Parameters = Readonly<Record<string, string>>;
export type TwilioReply = { readonly status: number; readonly type: string; readonly body: string };
export type PostedRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
/** Carries a request to the service: over HTTP, or into the app without a socket. */
export type Transport = (request: PostedRequest) => Promise<TwilioReply>;

type Injectable = {
  inject(options: {
    readonly method: 'POST';
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly payload: string;
  }): Promise<{
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: string;
  }>;
};

export function intoApp(app: Injectable): Transport {
  return async ({ path, headers, body }) => {
    const reply = await app.inject({ method: 'POST', url: path, headers: { ...headers }, payload: body });
    return { status: reply.statusCode, type: String(reply.headers['content-type'] ?? ''), body: reply.body };
  };
}

/** `baseUrl`: where the service listens, which need not be the address that is signed. */
export function overHttp(baseUrl: string): Transport {
  return async ({ path, headers, body }) => {
    const reply = await fetch(`${baseUrl}${path}`, { method: 'POST', headers: { ...headers }, body });
    return {
      status: reply.status,
      type: reply.headers.get('content-type') ?? '',
      body: await reply.text(),
    };
  };
}

export type Signer = { readonly publicUrl: string; readonly authToken: string };

/** `path`: path and query below the public address. */
export function signedRequest(signer: Signer, path: string, parameters: Parameters): PostedRequest {
  const signature = getExpectedTwilioSignature(signer.authToken, `${signer.publicUrl}${path}`, parameters);
  return {
    path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-twilio-signature': signature,
      'user-agent': 'TwilioProxy/1.1',
    },
    body: new URLSearchParams(parameters).toString(),
  };
}

export type VoiceCall = {
  readonly accountSid: string;
  readonly callSid: string;
  readonly from: string;
  readonly to: string;
};

/** The 26 parameters of a voice webhook for a call from a phone. */
export function voiceParameters({ accountSid, callSid, from, to }: VoiceCall): Parameters {
  return {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: 'ringing',
    CallToken: '{"parentCallInfoToken":"eyJhbGciOiJFUzI1NiJ9","identityHeaderTokens":[]}',
    Called: to,
    CalledCity: 'SAN FRANCISCO',
    CalledCountry: 'US',
    CalledState: 'CA',
    CalledZip: '94105',
    Caller: from,
    CallerCity: 'MADRID',
    CallerCountry: 'ES',
    CallerState: '',
    CallerZip: '',
    Direction: 'inbound',
    From: from,
    FromCity: 'MADRID',
    FromCountry: 'ES',
    FromState: '',
    FromZip: '',
    StirVerstat: 'TN-Validation-Passed-A',
    To: to,
    ToCity: 'SAN FRANCISCO',
    ToCountry: 'US',
    ToZip: '94105',
  };
}
