import { test } from 'tap';
import { ACCOUNT_SID, idOf, number, OFFICE_NUMBER, office, user } from '../../support/twilio-office.ts';
import { startTwilio } from '../../support/twilio-service.ts';
import { type Parameters, voiceParameters } from '../../support/twilio-webhook.ts';

/** The telephones that a `<Dial>` rings tell how they stand. */
const CALL = { callSid: `CA${'1'.repeat(32)}`, from: '+34911234567', to: OFFICE_NUMBER };
const data = office({
  users: [user(1, 'Ana')],
  numbers: [number(1, OFFICE_NUMBER, { target: { type: 'user', id: idOf('user', 1) } })],
});
const ana = idOf('user', 1);
const address = `/twilio/leg?s=s1&u=${ana}`;
const leg: Parameters = {
  ...voiceParameters({
    accountSid: ACCOUNT_SID,
    callSid: `CA${'2'.repeat(32)}`,
    from: CALL.from,
    to: 'sip:201@pbx.example',
  }),
  Direction: 'outbound-dial',
  ParentCallSid: CALL.callSid,
};

function check(title: string, told: Parameters, entry: object): void {
  test(`a telephone that ${title}`, async (t) => {
    const service = await startTwilio(t, { data, at: '2026-11-24T10:00:00Z' });
    t.match(await service.twin.post(address, { ...leg, ...told }), { status: 204, body: '' });
    t.match(service.log, [
      { type: 'leg', carrier: 'twilio', callId: CALL.callSid, userId: ana, legId: leg.CallSid, ...entry },
    ]);
    t.equal(service.loads(), 0, 'no store was asked');
  });
}
check('rings', { CallStatus: 'ringing' }, { state: 'ringing', outcome: null });
check('is picked up', { CallStatus: 'in-progress' }, { state: 'answered', outcome: null });
check('hangs up', { CallStatus: 'completed' }, { state: 'ended', outcome: null });
check('is busy', { CallStatus: 'busy' }, { state: 'ended', outcome: 'busy' });
check('cannot be reached', { CallStatus: 'failed' }, { state: 'ended', outcome: 'unreachable' });
check('is not answered', { CallStatus: 'no-answer' }, { state: 'ended', outcome: 'no-answer' });
check('stops ringing', { CallStatus: 'canceled' }, { state: 'ended', outcome: 'canceled' });
check(
  'tells late when it rang',
  { CallStatus: 'ringing', Timestamp: 'Tue, 24 Nov 2026 09:59:50 +0000' },
  { at: Date.parse('2026-11-24T09:59:50Z') },
);
check(
  'is ahead of our clock',
  { CallStatus: 'ringing', Timestamp: 'Tue, 24 Nov 2026 10:00:50 +0000' },
  { at: Date.parse('2026-11-24T10:00:00Z') },
);

test('what is told twice is noted once', async (t) => {
  const service = await startTwilio(t, { data });
  await service.twin.post(address, leg);
  t.match(await service.twin.post(address, leg), { status: 204 });
  t.equal(service.log.length, 1);
});

test('an address that was not made here is refused, however well it is signed', async (t) => {
  const service = await startTwilio(t, { data });
  const refused = async (path: string, parameters = leg): Promise<void> => {
    t.match(await service.twin.post(path, parameters), { status: 403 }, path);
  };
  await refused('/twilio/leg');
  await refused(`/twilio/leg?s=s1&u=${ana.slice(0, -1)}`);
  await refused(`/twilio/leg?s=s1&u=${ana}x`);
  await refused(`${address}&u=${idOf('user', 2)}`);
  const { ParentCallSid: _, ...alone } = leg;
  await refused(address, alone);
  await refused(address, { ...leg, ParentCallSid: 'CA1' });
  t.strictSame(service.log, []);
});
