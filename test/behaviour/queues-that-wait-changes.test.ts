import { test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { client, type Doc } from '../support/factories.ts';
import { eventually } from '../support/twilio-members.ts';
import { enter, offersOf, openWaitingOffice, over, type WaitingOffice } from '../support/waiting-office.ts';

/** What changes while callers wait and telephones ring: people, queues, and everything at the same moment. */

const admin = (office: WaitingOffice) => client(office.app, office.apiKey);

// Beside each other: each waits for turns that come once a second.
test('what changes while callers wait', { jobs: 4 }, async (suite) => {
  /** Ana's telephone rings for a caller; then this happens to Ana, and Bo gets the call. */
  const takenBack = (
    title: string,
    happens: (office: WaitingOffice) => Promise<{ readonly status: number }>,
  ) =>
    suite.test(title, async (t) => {
      const office = await openWaitingOffice();
      const caller = office.caller(1);
      await enter(caller);
      const leg = await office.twin.leg('client:ana');
      await leg.ring();
      t.match(await happens(office), { status: 200 });
      await eventually('the telephone stops', () => (leg.ended ? leg : undefined));
      await leg.end('completed');
      const bo = await office.twin.leg('client:bo');
      t.match(await caller.hold(14), /You are next/, 'the place is kept');
      await bo.answer();
      t.match(await over(office, caller, 'talking'), { answered_by: office.bo });
      t.match(await offersOf(office, caller), [{ state: 'canceled' }, { state: 'answered' }]);
      t.equal(office.twin.legs.length, 2);
    });

  void takenBack('a member who does not want to be disturbed any more stops ringing', (office) =>
    admin(office).patch(`/users/${office.ana}`, { doNotDisturb: { on: true } }),
  );
  void takenBack('a member who is deactivated stops ringing', (office) =>
    admin(office).post<Doc>(`/users/${office.ana}/deactivate`, {}),
  );
  void takenBack('a member who leaves the queue stops ringing', (office) =>
    admin(office).put(`/queues/${office.queueId}/members`, { members: [{ userId: office.bo }] }),
  );

  void suite.test('nobody is left while callers wait: they leave, by the target for that', async (t) => {
    const office = await openWaitingOffice(
      {},
      { noAgentTarget: { type: 'announcement', text: 'All gone.' } },
    );
    const caller = office.caller(1);
    await enter(caller);
    await office.twin.leg('client:ana');
    for (const id of [office.ana, office.bo]) await admin(office).post<Doc>(`/users/${id}/deactivate`, {});
    await eventually('the caller is let go', async () =>
      (await caller.hold(20)).includes('<Leave/>') ? true : undefined,
    );
    t.match(await caller.leave('leave', 20), /All gone\./);
    t.match(await over(office, caller, 'overflowed'), { reason: 'no-agent' });
  });

  void suite.test('a queue that is deleted lets its callers go, to where they were to go', async (t) => {
    const office = await openWaitingOffice({}, { noAgentTarget: { type: 'hangup' } });
    const [one, two] = [office.caller(1), office.caller(2)];
    await enter(one);
    const leg = await office.twin.leg('client:ana');
    await leg.answer();
    await over(office, one, 'talking');
    await (await office.twin.leg('client:ana')).ring();
    for (const id of [office.ana, office.bo]) {
      await admin(office).patch(`/users/${id}`, { doNotDisturb: { on: id === office.bo } });
    }
    await enter(two);
    const { body: numbers } = await admin(office).get('/numbers?limit=100');
    for (const { id, target } of numbers.data) {
      if (Object(target).id === office.queueId) await admin(office).delete(`/numbers/${id}/target`);
    }
    t.match(await admin(office).delete(`/queues/${office.queueId}`), { status: 204 });
    await eventually('the caller is let go', async () =>
      (await two.hold(20)).includes('<Leave/>') ? true : undefined,
    );
    t.match(await two.leave('leave', 20), /<Response><Hangup\/>/);
    t.match(await over(office, two, 'overflowed'), { reason: 'no-agent' });
    // Who talks goes on talking.
    t.match(await office.wait(one.sid), { state: 'talking' });
    await leg.end('completed');
    await over(office, one, 'answered');
  });

  void suite.test('a queue that lets nobody wait any more serves those who do', async (t) => {
    const office = await openWaitingOffice();
    const [one, two] = [office.caller(1), office.caller(2)];
    await enter(one);
    const leg = await office.twin.leg('client:ana');
    t.match(await admin(office).patch(`/queues/${office.queueId}`, { waiting: null }), { status: 200 });
    await leg.end('no-answer');
    t.match(await two.call(), /<Dial /, 'the next caller rings the members at once');
    await (await office.twin.leg('client:bo')).answer();
    t.match(await over(office, one, 'talking'), { answered_by: office.bo });
    await one.leave('bridged', 20);
    await one.hangUp();
    await over(office, one, 'answered');
  });

  void suite.test(
    'member and caller hang up in the same moment: one answered call, and a free member',
    async (t) => {
      const office = await openWaitingOffice();
      for (const index of [1, 2, 3]) {
        const caller = office.caller(index);
        await enter(caller);
        const leg = await office.twin.leg('client:ana', index - 1);
        await leg.answer();
        await over(office, caller, 'talking');
        const ends = [() => leg.end('completed'), () => caller.leave('bridged', 9), () => caller.hangUp()];
        await Promise.all(
          ends
            .slice(index)
            .concat(ends.slice(0, index))
            .map((end) => end()),
        );
        t.match(await over(office, caller, 'answered'), { answered_by: office.ana });
      }
      t.match(await stateOfAll(office), { waiting: 0, ringing: 0 });
    },
  );

  void suite.test('a caller who hangs up while a member picks up has talked to nobody', async (t) => {
    const office = await openWaitingOffice();
    for (const index of [1, 2, 3]) {
      const caller = office.caller(index);
      await enter(caller);
      const leg = await office.twin.leg('client:ana', index - 1);
      await leg.answer();
      await over(office, caller, 'talking');
      // Twilio knows better: they were never connected.
      const ends = [() => caller.leave('hangup', 9), () => caller.hangUp(), () => leg.end('completed')];
      for (const end of [...ends.slice(index), ...ends.slice(0, index)]) await end();
      t.match(await over(office, caller, 'abandoned'), { answered_by: null, answered_at: null });
      const record = await eventually('the record is complete', async () => {
        const { body } = await admin(office).get(`/calls/${caller.sid}`);
        return body.outcome === 'abandoned' ? body : undefined;
      });
      t.match(record, { state: 'ended', answeredBy: null });
    }
    t.match((await admin(office).get(`/queues/${office.queueId}/live`)).body, {
      today: { entered: 3, answered: 0, abandoned: 3 },
    });
  });
});
function stateOfAll({ database, organizationId, queueId }: WaitingOffice) {
  return inOrganization(database, organizationId, async (trx) => {
    const waits = await trx
      .selectFrom('queue_wait')
      .select('call_id')
      .where('ended_at', 'is', null)
      .where('queue_id', '=', queueId)
      .execute();
    const offers = await trx
      .selectFrom('queue_offer')
      .select('id')
      .where('state', '=', 'ringing')
      .where('queue_id', '=', queueId)
      .execute();
    return { waiting: waits.length, ringing: offers.length };
  });
}
