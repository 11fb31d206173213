import type { Twilio } from 'twilio';
import {
  type CarrierApi,
  type CarrierCredentials,
  CarrierFailure,
  type CarrierNumber,
} from '../../services/routing/ports.ts';

/** Until one request is answered; until a whole list of numbers is read. */
export type TwilioDeadlines = { readonly requestMs: number; readonly listMs: number };

const usual: TwilioDeadlines = { requestMs: 8_000, listMs: 25_000 };
/** Numbers of one account that are read. */
const mostNumbers = 10_000;

/**
 * Twilio's REST API through its own client, for numbers and their webhooks. Nothing of it is on the way of a call, and
 * it is loaded when it is first asked for: it takes longer than the rest of the service.
 *
 * @param apiUrl LINEFINDER_TWILIO_API_URL
 */
export function buildTwilioApi(apiUrl: string, deadlines: TwilioDeadlines = usual): CarrierApi {
  const { requestMs, listMs } = deadlines;
  const settings = { apiUrl, requestMs };
  return {
    listNumbers: (credentials) =>
      withClient(settings, credentials, listMs, async (client) => {
        const numbers = await client.incomingPhoneNumbers.list({ pageSize: 1_000, limit: mostNumbers });
        return numbers.map(toCarrierNumber);
      }),
    setWebhooks: (credentials, sid, { voice, status }) =>
      withClient(settings, credentials, requestMs, async (client) => {
        await client.incomingPhoneNumbers(sid).update({
          voiceUrl: voice,
          voiceMethod: 'POST',
          // An application would be asked instead of the address.
          voiceApplicationSid: '',
          statusCallback: status,
          statusCallbackMethod: 'POST',
        });
      }),
  };
}

export async function withClient<T>(
  { apiUrl, requestMs }: { readonly apiUrl: string; readonly requestMs: number },
  { accountSid, authToken }: CarrierCredentials,
  deadlineMs: number,
  run: (client: Twilio) => Promise<T>,
): Promise<T> {
  const { default: twilio } = await import('twilio');
  const httpClient = new twilio.RequestClient({ timeout: requestMs, keepAlive: false });
  const client = twilio(accountSid, authToken, { httpClient });
  client.api.baseUrl = apiUrl;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new CarrierFailure('unreachable', `Twilio did not answer in ${deadlineMs / 1_000} seconds.`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([run(client), deadline]);
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Twilio's own sentences name what is wrong, and no secret. */
function toFailure(error: unknown): CarrierFailure {
  if (error instanceof CarrierFailure) return error;
  const status: unknown = Reflect.get(Object(error), 'status');
  const message = error instanceof Error ? error.message : '';
  if (status === 401 || status === 403) {
    return new CarrierFailure('refused', 'Twilio does not accept the account and its token.', error);
  }
  if (typeof status === 'number' && status < 500) {
    return new CarrierFailure('failed', `Twilio refused: ${message}`, error);
  }
  return new CarrierFailure('unreachable', 'Twilio cannot be reached.', error);
}

type IncomingPhoneNumber = Awaited<ReturnType<Twilio['incomingPhoneNumbers']['list']>>[number];

function toCarrierNumber(row: IncomingPhoneNumber): CarrierNumber {
  return {
    sid: row.sid,
    number: row.phoneNumber,
    name: row.friendlyName ?? '',
    takesCalls: row.capabilities?.voice !== false,
    isOnTrunk: (row.trunkSid ?? '') !== '',
    webhooks: {
      voice: row.voiceApplicationSid || row.voiceMethod !== 'POST' ? '' : (row.voiceUrl ?? ''),
      status: row.statusCallbackMethod === 'POST' ? (row.statusCallback ?? '') : '',
    },
  };
}
