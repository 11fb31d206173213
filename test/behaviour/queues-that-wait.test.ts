import { setImmediate } from 'node:timers/promises';
import { test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { holdDistribution } from '../../services/storage/queue-waits.ts';
import { client, type Doc } from '../support/factories.ts';
import { type Caller, eventually } from '../support/twilio-members.ts';
import {
  enter,
  type WaitingOffice as Office,
  offersOf,
  openWaitingOffice,
  over,
} from '../support/waiting-office.ts';

/** Callers who wait, with the whole service, Postgres, and Twilio's twin. */

/** The figures of today, once they are these. */
function figures(office: Office, expected: object): Promise<unknown> {
  const admin = client(office.app, office.apiKey);
  return eventually(`the figures are ${JSON.stringify(expected)}`, async () => {
    const { today } = (await admin.get(`/queues/${office.queueId}/live`)).body;
    return isLike(today, expected) ? today : undefined;
  });
}

function isLike(shown: unknown, expected: object): boolean {
  return Object.entries(expected).every(([name, value]) => {
    const own: unknown = Reflect.get(Object(shown), name);
    return typeof value === 'object' && value !== null ? isLike(own, value) : own === value;
  });
}

/** All of it happens while one turn is waited for, so that the next one hears of it at once. */
async function inOneTurn(
  { database, organizationId }: Office,
  waiting: Caller,
  happens: readonly (() => Promise<void> | undefined)[],
): Promise<void> {
  await inOrganization(database, organizationId, async (trx) => {
    await holdDistribution(trx, organizationId);
    // Whoever is still there makes a turn begin.
    await waiting.hold(12);
    await setImmediate();
    for (const one of happens) await one();
  });
}

test('callers who wait', async (suite) => {
  await suite.test('a caller waits, is offered to a member and talks to them', async (t) => {
    const office = await openWaitingOffice();
    const caller = office.caller(1);
    const first = await caller.call();
    t.match(first, /<Enqueue waitUrl="\/twilio\/queue-wait\?t=[\w-]+" waitUrlMethod="POST"/);
    t.match(await caller.hold(0), />Please hold the line\.<\/Say><\/Response>$/);
    t.match(await caller.hold(2), />You are next\.<\/Say><Play>\/twilio\/hold\.wav<\/Play>/);
    t.match(await caller.hold(14), />Please hold the line\. You are next\.<\/Say><Play>/);
    const leg = await office.twin.leg('client:ana');
    t.match(leg, { from: office.number, timeout: 15 });
    await leg.ring();
    t.match(await leg.answer(), new RegExp(`<Queue>${caller.sid}</Queue>`));
    t.match(await over(office, caller, 'talking'), { answered_by: office.ana });
    await caller.leave('bridged', 9);
    await leg.end('completed');
    t.match(await over(office, caller, 'answered'), { answered_by: office.ana });
    await eventually('the queue is taken away', () => office.twin.removed[0]);
    t.equal(office.twin.legs.length, 1, 'nobody else was rung');
  });

  await suite.test('who declines is not offered the call again, and the next member is', async (t) => {
    const office = await openWaitingOffice();
    const caller = office.caller(1);
    await enter(caller);
    const ana = await office.twin.leg('client:ana');
    await ana.ring();
    await ana.end('busy');
    const bo = await office.twin.leg('client:bo');
    await bo.end('busy');
    const wait = await eventually('nobody is left', async () => {
      const found = await office.wait(caller.sid);
      return found?.reason === 'no-agent' ? found : undefined;
    });
    t.match(wait, { state: 'waiting' });
    const left = await eventually('the caller is let go', async () => {
      const document = await caller.hold(20);
      return document.includes('<Leave/>') ? document : undefined;
    });
    t.ok(left);
    await caller.leave('leave', 20);
    await over(office, caller, 'overflowed');
    t.equal(office.twin.legs.length, 2, 'each of them once');
  });

  await suite.test('a caller who hangs up stops the telephones, and counts as abandoned', async (t) => {
    const office = await openWaitingOffice();
    const caller = office.caller(1);
    await enter(caller);
    const leg = await office.twin.leg('client:ana');
    await leg.ring();
    await caller.hangUp();
    await over(office, caller, 'abandoned');
    await eventually('the telephone is stopped', () => (leg.ended ? leg : undefined));
    // Somebody picks up in the same moment: hung up on, and it changes nothing.
    await leg.answer();
    await leg.end('completed');
    t.equal(office.twin.legs.length, 1);
  });

  await suite.test('a higher priority is served first, and everybody hears their place', async (t) => {
    const office = await openWaitingOffice();
    const [one, two, three] = [office.caller(1), office.caller(2), office.caller(3)];
    await enter(one);
    await (await office.twin.leg('client:ana')).answer();
    await over(office, one, 'talking');
    await enter(two);
    const bo = await office.twin.leg('client:bo');
    await enter(three);
    const vip = office.caller(4, office.vip);
    t.match(await enter(vip), /You are next/);
    t.match(await three.hold(10), /You are number 3 in the queue/);
    // Bo comes back after a while; Ana is free at once, and it is the important caller's turn.
    await inOneTurn(office, three, [() => bo.end('no-answer'), () => office.twin.legs[0]?.end('completed')]);
    const offered = await office.twin.leg('client:ana', 1);
    await offered.answer();
    t.match(await over(office, vip, 'talking'), { answered_by: office.ana });
  });

  await suite.test(
    'too many callers: the overflow at once; too long a wait: the overflow then',
    async (t) => {
      const office = await openWaitingOffice({
        maxWaiting: 1,
        maxWaitSeconds: 60,
        overflow: { type: 'hangup' },
      });
      const [one, two] = [office.caller(1), office.caller(2)];
      await enter(one);
      t.match(await two.call(), /<Response><Hangup\/><\/Response>/);
      // While a telephone rings for the caller, the wait is not cut short.
      const leg = await office.twin.leg('client:ana');
      await eventually('known', async () => ((await office.wait(one.sid)) ? true : undefined));
      await leg.end('no-answer');
      await (await office.twin.leg('client:bo')).end('no-answer');
      const document = await eventually('the wait is over', async () => {
        const played = await one.hold(61);
        return played.includes('<Leave/>') ? played : undefined;
      });
      t.ok(document);
      t.match(await one.leave('leave', 61), /<Hangup\/>/);
      t.match(await over(office, one, 'overflowed'), { reason: 'time' });
      await figures(office, { entered: 2, overflowed: 2, overflowedBy: { time: 1, length: 1, noAgent: 0 } });
    },
  );

  await suite.test('nobody is there: the call does not wait, and is counted', async (t) => {
    const office = await openWaitingOffice({ overflow: { type: 'hangup' } });
    const admin = client(office.app, office.apiKey);
    for (const id of [office.ana, office.bo]) await admin.post<Doc>(`/users/${id}/deactivate`, {});
    const members = [{ userId: office.ana }, { userId: office.bo }];
    await admin.put(`/queues/${office.queueId}/members`, { members });
    t.notMatch(await office.caller(1).call(), /<Enqueue/);
    const routed = { callId: 'p-9', from: '+34911234567', to: office.number };
    t.match((await admin.post('/route', routed)).body, { steps: [{ action: 'announce' }, {}] });
    await admin.post('/route', routed);
    await figures(office, {
      entered: 2,
      overflowed: 2,
      overflowedBy: { noAgent: 2 },
      longestWaitSeconds: null,
    });
  });

  await suite.test('a carrier that takes no calls of ours keeps nobody from waiting', async (t) => {
    const office = await openWaitingOffice();
    office.twin.behave('broken');
    t.after(() => office.twin.behave('well'));
    const caller = office.caller(1);
    await enter(caller);
    await eventually('both were tried', async () => {
      const offers = (await offersOf(office, caller)).filter(({ state }) => state === 'unreachable');
      return offers.length >= 2 ? offers : undefined;
    });
    t.match(await caller.hold(10), /Please hold the line/);
    t.match(await office.wait(caller.sid), { state: 'waiting' });
  });

  await suite.test('a member who is no longer active is not rung', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const { body } = await admin.post<Doc>(`/users/${office.ana}/deactivate`, {});
    t.ok(body);
    const caller = office.caller(1);
    await enter(caller);
    await office.twin.leg('client:bo');
    t.equal(office.twin.legs.length, 1);
  });

  await suite.test(
    'a PBX that has queues of its own is told to let the caller wait, and tells how it went',
    async (t) => {
      const office = await openWaitingOffice({ overflow: { type: 'hangup' } });
      const admin = client(office.app, office.apiKey);
      const live = async () => (await admin.get(`/queues/${office.queueId}/live`)).body;
      const route = (callId: string) =>
        admin.post('/route', { callId, from: '+34911234567', to: office.number });
      t.match((await route('p-1')).body, {
        answeredBy: { type: 'queue', id: office.queueId },
        steps: [{ id: 's1', action: 'queue', queueId: office.queueId, maxWaitSeconds: 300 }],
      });
      await route('p-2');
      await route('p-3');
      await eventually('three wait', async () => ((await live()).waiting === 3 ? true : undefined));
      const result = (callId: string, body: object) =>
        admin.post(`/route/${callId}/result`, { step: 's1', ...body });
      await result('p-1', { outcome: 'answered', answeredBy: office.bo });
      t.match((await result('p-2', { outcome: 'no-answer' })).body, { next: { action: 'hangup' } });
      await result('p-3', { outcome: 'canceled' });
      await eventually('nobody waits', async () => ((await live()).waiting === 0 ? true : undefined));
      t.match((await live()).today, { entered: 3, answered: 1, abandoned: 1, overflowed: 1 });
      t.match(await office.wait('p-1'), { answered_by: office.bo });
      t.equal(office.twin.legs.length, 0, 'the PBX rings its members itself');
    },
  );

  await suite.test('a PBX goes from one queue to the next: the first wait is over then', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const { body: second } = await admin.post('/queues', {
      ...{ name: 'Next line', waiting: { maxWaitSeconds: 60 } },
    });
    await admin.put(`/queues/${second.id}/members`, { members: [{ userId: office.bo }] });
    await admin.patch(`/queues/${office.queueId}`, {
      waiting: { overflow: { type: 'queue', id: second.id } },
    });
    await admin.post('/route', { callId: 'n-1', from: '+34911234567', to: office.number });
    const then = await admin.post('/route/n-1/result', { step: 's1', outcome: 'no-answer' });
    t.match(then.body, { next: { action: 'queue', queueId: second.id } });
    await figures(office, { overflowedBy: { time: 1 } });
    t.match((await admin.get(`/queues/${second.id}/live`)).body, { waiting: 1 });
  });

  await suite.test('a mailbox that picks up does not get the caller: the next member does', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const mobile = { kind: 'phone', address: '+12125550123', enabled: true };
    t.match(await admin.patch(`/users/${office.ana}`, { devices: [mobile] }), { status: 200 });
    const caller = office.caller(1);
    await enter(caller);
    const leg = await office.twin.leg(mobile.address);
    await leg.ring();
    t.match(await leg.answer(), /<Gather[^>]*>.*Press 1 to accept it.*<\/Gather><Hangup\/>/);
    t.match(await caller.hold(14), /You are next/, 'the caller waits on');
    t.match(await office.wait(caller.sid), { state: 'waiting' });
    await leg.end('completed');
    const bo = await office.twin.leg('client:bo');
    t.match(await bo.answer(), /<Queue>/, 'an app needs no key');
    t.match(await over(office, caller, 'talking'), { answered_by: office.bo });
    const offers = await offersOf(office, caller);
    t.match(offers, [
      { user_id: office.ana, state: 'no-answer' },
      { user_id: office.bo, state: 'answered' },
    ]);
    const second = office.caller(2);
    await enter(second);
    const again = await office.twin.leg(mobile.address, 1);
    await again.answer();
    t.match(await again.press('1'), new RegExp(`<Queue>${second.sid}</Queue>`));
    t.match(await over(office, second, 'talking'), { answered_by: office.ana });
    await again.end('completed');
    await over(office, second, 'answered');
  });

  await suite.test('where forwards need no key, queues do not ask for one either', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    await admin.patch('/organization', { forwarding: { confirm: false } });
    t.after(async () => void (await admin.patch('/organization', { forwarding: { confirm: true } })));
    const mobile = { kind: 'phone', address: '+12125550123', enabled: true };
    await admin.patch(`/users/${office.ana}`, { devices: [mobile] });
    const caller = office.caller(1);
    await enter(caller);
    const leg = await office.twin.leg(mobile.address);
    t.match(await leg.answer(), /<Queue>/);
    await over(office, caller, 'talking');
  });

  await suite.test('several telephones ring, and the others stop when one is picked up', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const devices = ['ana', 'ana-mobile'].map((address) => ({ kind: 'app', address, enabled: true }));
    await admin.patch(`/users/${office.ana}`, { devices });
    const caller = office.caller(1);
    await enter(caller);
    const desk = await office.twin.leg('client:ana');
    const mobile = await office.twin.leg('client:ana-mobile');
    await Promise.all([desk.ring(), mobile.ring()]);
    await mobile.answer();
    t.match(await over(office, caller, 'talking'), { answered_by: office.ana });
    await eventually('the other one stops', () => (desk.ended ? desk : undefined));
    // It was picked up in the same moment: its end is not the end of the talk.
    await desk.answer();
    await desk.end('completed');
    t.match(await office.wait(caller.sid), { state: 'talking' });
    await mobile.end('completed');
    await over(office, caller, 'answered');
  });

  await suite.test('the record, the presence of the member and the stream tell the same story', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const caller = office.caller(1);
    const record = async () => (await admin.get(`/calls/${caller.sid}`)).body;
    const is = (state: string) =>
      eventually(`the call is ${state}`, async () => {
        const call = await record();
        return call.state === state ? call : undefined;
      });
    const presenceOf = async (id: string) => (await admin.get(`/users/${id}`)).body.presence;
    const has = (presence: string) =>
      eventually(`Ana is ${presence}`, async () =>
        (await presenceOf(office.ana)) === presence ? true : undefined,
      );
    await enter(caller);
    const leg = await office.twin.leg('client:ana');
    t.match(await is('waiting'), { queue: { id: office.queueId } });
    await leg.ring();
    await has('ringing');
    await leg.answer();
    await has('on-call');
    t.match(await is('in-progress'), { answeredBy: { id: office.ana } });
    await caller.leave('bridged', 9);
    await caller.hangUp();
    await leg.end('completed');
    t.match(await is('ended'), { outcome: 'answered', answeredBy: { id: office.ana } });
    await has('offline');
    const events = await eventually('two changes of the queue', async () => {
      const rows = await inOrganization(office.database, office.organizationId, (trx) =>
        trx.selectFrom('live_event').selectAll().where('name', '=', 'queue.changed').orderBy('seq').execute(),
      );
      const own = rows.filter(({ data }) => Reflect.get(Object(data), 'queueId') === office.queueId);
      return own.length >= 2 ? own : undefined;
    });
    t.match(
      events.map((event) => event.data),
      [
        { queueId: office.queueId, waiting: 1 },
        { waiting: 0, longestWaitSince: null },
      ],
    );
  });

  await suite.test('a member who picks up when the caller has left has not answered the call', async (t) => {
    const office = await openWaitingOffice();
    const admin = client(office.app, office.apiKey);
    const caller = office.caller(1);
    await enter(caller);
    const leg = await office.twin.leg('client:ana');
    await leg.ring();
    await caller.hangUp();
    await over(office, caller, 'abandoned');
    await leg.answer();
    await leg.end('completed');
    const refused = await eventually('the telephone is refused', async () => {
      const [offer] = await offersOf(office, caller);
      return offer?.legs[leg.sid] === 'refused' ? offer : undefined;
    });
    t.equal(refused.state, 'canceled');
    t.match(await office.wait(caller.sid), { state: 'abandoned', answered_by: null });
    const ended = await eventually('the record', async () => {
      const { body } = await admin.get(`/calls/${caller.sid}`);
      return body.state === 'ended' ? body : undefined;
    });
    t.match(ended, { outcome: 'abandoned', answeredBy: null });
  });

  await suite.test(
    'who declined while the caller waited is not rung where the caller goes then',
    async (t) => {
      const office = await openWaitingOffice({ maxWaitSeconds: 30 });
      const admin = client(office.app, office.apiKey);
      const { body: second } = await admin.post('/queues', { name: 'Second line' });
      const members = [{ userId: office.ana }, { userId: office.bo }];
      await admin.put(`/queues/${second.id}/members`, { members });
      await admin.patch(`/queues/${office.queueId}`, {
        waiting: { overflow: { type: 'queue', id: second.id } },
      });
      const caller = office.caller(1);
      await enter(caller);
      await (await office.twin.leg('client:ana')).end('busy');
      await (await office.twin.leg('client:bo')).end('no-answer');
      await eventually('the wait is over', async () => {
        const played = await caller.hold(31);
        return played.includes('<Leave/>') ? played : undefined;
      });
      const document = await caller.leave('leave', 31);
      t.match(document, />bo<\/Client>/);
      t.notMatch(document, />ana<\/Client>/);
    },
  );
});
