import { createHmac } from 'node:crypto';
import { voiceParameters } from '../test/support/twilio-webhook.ts';
import { didOf } from './directory.ts';
import { formRequest } from './load.ts';

export const PUBLIC_URL = 'https://calls.example.com';
export const ACCOUNT_SID = 'AC0123456789abcdef0123456789abcdef';
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';

/** Signed voice webhooks of 26 parameters for users at random; every one is a call of its own. */
export function webhookRequests(count: number, users: number): readonly Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const user = Math.abs(Math.imul(index + 1, 2_654_435_761)) % users;
    const parameters = voiceParameters({
      accountSid: ACCOUNT_SID,
      callSid: `CA${index.toString(16).padStart(32, '0')}`,
      from: `+1415555${String(index % 10_000).padStart(4, '0')}`,
      to: didOf(user),
    });
    const content = Object.keys(parameters)
      .toSorted()
      .map((name) => name + parameters[name])
      .join('');
    const signature = createHmac('sha1', AUTH_TOKEN)
      .update(`${PUBLIC_URL}/twilio/voice${content}`)
      .digest('base64');
    return formRequest('/twilio/voice', new URLSearchParams(parameters).toString(), {
      'X-Twilio-Signature': signature,
    });
  });
}
