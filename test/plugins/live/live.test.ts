import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { brokenLinks, watch } from '../../support/live-client.ts';
import { bearer, callChanged } from '../../support/live-events.ts';
import { newLiveOffice } from '../../support/live-office.ts';

const everything = ['presence', 'calls', 'activity', 'jobs', 'coverage'];

test('what somebody watches', async (suite) => {
  const office = await newLiveOffice();
  const { address, headers, tell } = office;
  const ana = await office.hire('Ana');
  const bo = await office.hire('Bo', { role: 'manager' });

  await suite.test('a snapshot for each topic, then events that hold on to each other', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(everything);
    const snapshots = client.messages.filter(({ type }) => type === 'snapshot');
    t.strictSame(
      snapshots.map(({ topic }) => topic),
      everything,
    );
    t.equal(new Set(snapshots.map(({ seq }) => seq)).size, 1, 'they share a number');
    t.type(snapshots[0]?.epoch, 'string');
    const last = await tell(callChanged('a'), callChanged('b'));
    await tell(callChanged('c'));
    const c = await client.find(({ seq }) => seq === last + 1);
    t.match(c, { type: 'event', topic: 'calls', name: 'call.changed', prev: last, data: { id: 'c' } });
    t.equal(c.at, '2027-01-15T08:00:00.000Z');
    t.match(client.messages.find(({ type }) => type === 'event')?.prev, snapshots[0]?.seq);
    t.strictSame(brokenLinks(client.messages), []);
  });

  await suite.test('an agent sees the own calls alone, and their chain has no gap', async (t) => {
    const agent = await watch(t, address, bearer(await office.logIn('ana')));
    await agent.subscribe(['calls']);
    await tell(callChanged('others'), callChanged('hers', [ana.id]), callChanged('others-2', [bo.id]));
    const last = await tell(callChanged('hers-2', [bo.id, ana.id]));
    await agent.find(({ seq }) => seq === last);
    const events = agent.messages.filter(({ type }) => type === 'event');
    t.strictSame(
      events.map(({ data }) => Reflect.get(Object(data), 'id')),
      ['hers', 'hers-2'],
    );
    t.strictSame(brokenLinks(agent.messages), []);
    t.match(events[0]?.data, { from: { value: '+12125550142' } }, 'who takes part sees the number');
  });

  await suite.test(
    "without the permission a caller's number is masked, and what was dialled is not",
    async (t) => {
      const { body: key } = await office.admin.post('/api-keys', {
        name: 'wall',
        permissions: ['calls.read'],
      });
      const wall = await watch(t, address, bearer(String(key.secret)));
      await wall.subscribe(['calls']);
      const last = await tell(callChanged('m', [ana.id], { note: ['+4915112345678', 'Ana'] }));
      const { data } = await wall.find(({ seq }) => seq === last);
      t.match(data, {
        from: { kind: 'number', value: '+121…42', masked: true },
        to: { value: '+12125550100' },
        note: ['+491…78', 'Ana'],
      });
    },
  );

  await suite.test('a topic that one may not see is refused, and the others are watched', async (t) => {
    const agent = await watch(t, address, bearer(await office.logIn('ana')));
    await agent.subscribe(['coverage', 'calls']);
    t.match(
      agent.messages.find(({ type }) => type === 'refused'),
      { topic: 'coverage', permission: 'coverage.read' },
    );
    t.strictSame(
      agent.messages.filter(({ type }) => type === 'snapshot').map(({ topic }) => topic),
      ['calls'],
    );
  });

  await suite.test('what was missed comes first, without snapshots, and the chain goes on', async (t) => {
    const first = await watch(t, address, headers);
    await first.subscribe(['calls']);
    const seq = await tell(callChanged('1'));
    const { epoch = '' } = await first.find((message) => message.seq === seq && message.type === 'event');
    first.socket.terminate();
    const last = await tell(callChanged('2'), callChanged('3'));
    const second = await watch(t, address, headers);
    await second.subscribe(['calls'], { epoch, seq });
    t.strictSame(
      second.messages.map((message) => [message.type, message.seq, message.prev]),
      [
        ['event', last - 1, seq],
        ['event', last, last - 1],
        ['status', undefined, undefined],
      ],
    );
    const third = await watch(t, address, headers);
    await third.subscribe(['calls'], { epoch, seq: last });
    t.strictSame(
      third.messages.map(({ type }) => type),
      ['status'],
      'nothing was missed',
    );
    const next = await tell(callChanged('4'));
    t.equal((await third.find((message) => message.seq === next)).prev, last);
  });

  await suite.test('too late, from the future, or of another epoch: told to begin anew', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['calls']);
    const { epoch = '', seq = 0 } = await client.find(({ type }) => type === 'snapshot');
    const types = async (since: { epoch: string; seq: number }) => {
      // Those who come within a tenth of a second share their snapshots, and get what came since as events.
      await sleep(150);
      const again = await watch(t, address, headers);
      await again.subscribe(['calls'], since);
      return again.messages.map(({ type }) => type);
    };
    const anew = ['reset', 'snapshot', 'status'];
    t.strictSame(await types({ epoch: 'another', seq }), anew);
    t.strictSame(await types({ epoch, seq: seq + 1_000 }), anew);
    await tell(callChanged('5'), callChanged('6'));
    await inOrganization(office.database, office.organizationId, (trx) =>
      trx
        .deleteFrom('live_event')
        .where('seq', '<=', seq + 1)
        .execute(),
    );
    t.strictSame(await types({ epoch, seq }), anew);
  });

  await suite.test('a subscription replaces the one before', async (t) => {
    const client = await watch(t, address, headers);
    await client.subscribe(['calls']);
    await client.subscribe(['jobs']);
    const last = await tell(callChanged('x'), { ...callChanged('y'), topic: 'jobs', name: 'job.changed' });
    const { prev = 0 } = await client.find(({ seq, type }) => seq === last && type === 'event');
    t.ok(prev < last - 1, 'the call between was none of its business');
    t.notOk(client.messages.some(({ type, topic }) => type === 'event' && topic === 'calls'));
  });
});
