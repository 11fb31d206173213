import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { buildCallTokens } from '../../../services/routing/calls/call-token.ts';
import { buildSecretBox } from '../../../services/routing/calls/secret-box.ts';
import type { PendingCall } from '../../../services/routing/domain/pending-call.ts';
import { ACCOUNT_SID, idOf, OFFICE_NUMBER, office, queue } from '../../support/twilio-office.ts';
import { SECRET_KEY, startTwilio } from '../../support/twilio-service.ts';
import { voiceParameters } from '../../support/twilio-webhook.ts';

/** The resolver rings the members of a queue itself; a step that waits in one is played all the same. */
const CALL = { callSid: `CA${'1'.repeat(32)}`, from: '+34911234567', to: OFFICE_NUMBER };
const parameters = { ...voiceParameters({ ...CALL, accountSid: ACCOUNT_SID }), CallStatus: 'in-progress' };
const data = office({ queues: [queue(1, 'Sales', [])] });
const startedAt = Date.parse('2026-11-24T10:00:00Z');
const pending: PendingCall = {
  organizationId: data.organization.id,
  callId: CALL.callSid,
  from: { kind: 'number', number: CALL.from },
  to: { kind: 'number', number: CALL.to },
  startedAt,
  directoryVersion: 7,
  overrideAtStart: false,
  rung: [],
  menuTries: 0,
  lastStep: 2,
  current: 's1',
  steps: [
    { id: 's1', action: 'queue', queueId: idOf('queue', 1), maxWaitSeconds: 30 },
    {
      id: 's2',
      after: 's1',
      when: ['busy', 'no-answer', 'unreachable'],
      action: 'voicemail',
      mailbox: { type: 'queue', id: idOf('queue', 1) },
      greeting: 'Nobody can take your call right now. Please leave a message after the tone.',
    },
  ],
};
const token = buildCallTokens(buildSecretBox([SECRET_KEY], randomBytes)).encode(pending);

test('a caller in a queue hears that somebody is there, until the wait is over', async (t) => {
  const { twin } = await startTwilio(t, { data });
  const wait = (seconds: number) =>
    twin.post(`/twilio/queue-wait?t=${token}`, { ...parameters, QueueTime: String(seconds) });
  t.match((await wait(0)).body, /<Say language="en-US">Please hold the line\.<\/Say><\/Response>/);
  t.match((await wait(2)).body, /<Response><Play>/, 'not the same again at once');
  t.match((await wait(14)).body, /<Say language="en-US">Please hold the line\.<\/Say><Play>/);
  t.match((await wait(29)).body, /<Response><Pause length="1"\/>/);
  t.match((await wait(30)).body, /<Response><Leave\/><\/Response>/);
});

test('after the queue comes the next step, or the end of the call', async (t) => {
  const { twin, log } = await startTwilio(t, { data });
  const path = `/twilio/queue-result?t=${token}`;
  t.match((await twin.post(path, { ...parameters, QueueResult: 'leave' })).body, /<Record/);
  t.match(log, [{ type: 'step-ended', outcome: 'no-answer', next: { action: 'voicemail' } }]);
  const other = await startTwilio(t, { data });
  t.match(
    (await other.twin.post(path, { ...parameters, QueueResult: 'bridged' })).body,
    /<Response><Hangup\/>/,
  );
});
