import { Readable, Transform } from 'node:stream';
import {
  type CarrierCredentials,
  CarrierFailure,
  type CarrierRecordings,
  type CarrierSound,
} from '../../services/routing/ports.ts';

export type RecordingLimits = {
  /** Until the first byte; until the last. */
  readonly answerMs: number;
  readonly wholeMs: number;
  readonly maxBytes: number;
};

/** An hour of MP3 at 32 kbit/s is 14 MB. */
const usual: RecordingLimits = { answerMs: 8_000, wholeMs: 60_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Recordings at Twilio. The address is made of the account and the recording alone, at the one host of the API, and
 * nothing follows a redirect: what a webhook says about where a sound is, is never where we ask.
 *
 * @param apiUrl LINEFINDER_TWILIO_API_URL
 */
export function buildTwilioRecordings(apiUrl: string, limits: RecordingLimits = usual): CarrierRecordings {
  return {
    async fetchSound(credentials, recordingSid, range) {
      const headers = range !== undefined && /^bytes=\d*-\d*$/.test(range) ? { range } : {};
      const path = `${pathOf(credentials, recordingSid)}.mp3`;
      const response = await ask(apiUrl, limits, { credentials, method: 'GET', path, headers });
      return toSound(response, limits);
    },
    async deleteRecording(credentials, recordingSid) {
      const path = `${pathOf(credentials, recordingSid)}.json`;
      const response = await ask(apiUrl, limits, { credentials, method: 'DELETE', path, headers: {} });
      await response.body?.cancel();
    },
  };
}

function pathOf({ accountSid }: CarrierCredentials, recordingSid: string): string {
  return `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Recordings/${encodeURIComponent(recordingSid)}`;
}

type Question = {
  readonly credentials: CarrierCredentials;
  readonly method: 'GET' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** A response of 2xx, or a CarrierFailure: 404 is `failed`, what the credentials are not enough for `refused`. */
async function ask(
  apiUrl: string,
  { answerMs, wholeMs }: RecordingLimits,
  { credentials, method, path, headers }: Question,
): Promise<Response> {
  const { accountSid, authToken } = credentials;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), answerMs);
  const signal = AbortSignal.any([late.signal, AbortSignal.timeout(wholeMs)]);
  let response: Response;
  try {
    response = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { ...headers, authorization, 'accept-encoding': 'identity' },
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw new CarrierFailure('unreachable', 'Twilio cannot be reached.', error);
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const { status } = response;
  if (status === 404 || status === 410 || status === 416) {
    throw new CarrierFailure('failed', 'Twilio has no such recording.');
  }
  if (status === 401 || status === 403) {
    throw new CarrierFailure('refused', 'Twilio does not accept the account and its token.');
  }
  throw new CarrierFailure('unreachable', `Twilio answered ${status}.`);
}

/** Nothing but a sound is handed on, and no more of it than the limit. */
function toSound(response: Response, { maxBytes }: RecordingLimits): CarrierSound {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const told = response.headers.get('content-length');
  const length = told !== null && /^\d{1,12}$/.test(told) ? Number(told) : null;
  const { body } = response;
  if (!/^audio\/[a-z0-9.+-]+$/.test(type) || body === null || (length ?? 0) > maxBytes) {
    void body?.cancel();
    throw new CarrierFailure('unreachable', 'What Twilio answered is no recording that can be played.');
  }
  const source = Readable.fromWeb(body);
  const limit = limitBytes(maxBytes);
  source.on('error', (error) => limit.destroy(error));
  limit.on('close', () => source.destroy());
  const contentRange = response.status === 206 ? response.headers.get('content-range') : null;
  return { type, length, contentRange, body: source.pipe(limit) };
}

function limitBytes(maxBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new Error('the recording is too long'));
      else done(null, chunk);
    },
  });
}
