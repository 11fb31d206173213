import { type CarrierCalls, CarrierFailure } from '../../services/routing/ports.ts';
import { withClient } from './rest.ts';

/** One request: a member's telephone that rings late rings in vain. */
const usualMs = 5_000;
/** Said aloud because toll fraud lives on calls that never end. */
const timeLimit = 14_400;

/** @param apiUrl LINEFINDER_TWILIO_API_URL */
export function buildTwilioCalls(apiUrl: string, requestMs = usualMs): CarrierCalls {
  const settings = { apiUrl, requestMs };
  return {
    start: (credentials, { to, from, answerUrl, statusUrl, timeoutSeconds }) =>
      withClient(settings, credentials, requestMs, async (client) => {
        const call = await client.calls.create({
          to,
          from,
          url: answerUrl,
          method: 'POST',
          statusCallback: statusUrl,
          statusCallbackMethod: 'POST',
          statusCallbackEvent: ['ringing', 'answered', 'completed'],
          timeout: timeoutSeconds,
          timeLimit,
        });
        return call.sid;
      }),
    hangUp: (credentials, sid) =>
      gone(
        withClient(settings, credentials, requestMs, async (client) => {
          await client.calls(sid).update({ status: 'completed' });
        }),
      ),
    removeQueue: (credentials, sid) =>
      gone(
        withClient(settings, credentials, requestMs, async (client) => {
          await client.queues(sid).remove();
        }),
      ),
  };
}

/** What the carrier does not know any more is gone, which is what was wanted. */
async function gone(asked: Promise<void>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof CarrierFailure) || error.kind !== 'failed') throw error;
  }
}
