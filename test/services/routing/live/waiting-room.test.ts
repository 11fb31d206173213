import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Test, test } from 'tap';
import { given } from '../../../../services/routing/domain/facts.ts';
import { WaitingRoom } from '../../../../services/routing/live/waiting-room.ts';
import { inOrganization, openDatabase } from '../../../../services/storage/database.ts';
import { testDatabase } from '../../../support/database.ts';
import { directory, id, MAIN, number, queue, toQueue, user } from '../../../support/directory.ts';
import { eventually } from '../../../support/twilio-members.ts';

/** Two processes at one database, with what each of them hears and when it comes to write it down. */

const waiting = { maxWaitSeconds: 600, maxWaiting: 10, priority: 50, overflow: null };
const made = directory({
  users: [user('Ana')],
  queues: [queue('Sales', ['Ana'], { waiting })],
  numbers: [number(MAIN, { target: toQueue('Sales') })],
});
const { organizationId } = made;
const accountSid = `AC${'1'.repeat(32)}`;

async function openRooms(t: Test) {
  const { database, url } = await testDatabase(t);
  const clock = { instant: Date.parse('2026-11-24T10:00:00Z'), now: (): number => clock.instant };
  await inOrganization(database, organizationId, (trx) =>
    trx
      .insertInto('organization')
      .values({
        ...{ id: organizationId, slug: 'acme', name: 'Acme', time_zone: 'UTC' },
        ...{ default_country: 'US', sip_domain: 'pbx.example' },
      })
      .execute(),
  );
  const open = (): WaitingRoom => {
    const own = openDatabase({ url, statementTimeoutMs: 300 });
    const room = new WaitingRoom({
      database: own,
      directories: { get: () => ({ directory: made, confirmedAt: clock.now(), source: 'postgres' }) },
      clock,
      newId: randomUUID,
      calls: {
        start: async () => `CA${'9'.repeat(32)}`,
        hangUp: async () => {},
        removeQueue: async () => {},
      },
      credentialsOf: () => undefined,
      publicUrl: 'https://linefinder.example',
      factsOf: () => given({}),
      onCount: () => {},
      tell: () => {},
      onError: () => {},
    });
    t.after(async () => {
      await room.close();
      await own.close();
    });
    return room;
  };
  const wait = (callId: string) =>
    inOrganization(database, organizationId, (trx) =>
      trx.selectFrom('queue_wait').selectAll().where('call_id', '=', callId).executeTakeFirst(),
    );
  const is = (callId: string, state: string) =>
    eventually(`${callId} is ${state}`, async () =>
      (await wait(callId))?.state === state ? true : undefined,
    );
  return { database, url, clock, open, wait, is };
}

const see = (room: WaitingRoom, callId: string, waitedSeconds = 0, queueId = id('Sales')) =>
  room.see(made, {
    ...{ callId, stepId: 's1', queueId, maxWaitSeconds: 600, carrier: 'twilio', from: null, to: null },
    ...{ rung: [], waitedSeconds, accountSid },
  });

// Beside each other: each waits for turns that come once a second.
test('two processes at one database', { jobs: 3 }, async (suite) => {
  void suite.test(
    'a caller whose hanging up is heard of elsewhere, before it is written down that they wait, is gone',
    async (t) => {
      const { open, clock, is } = await openRooms(t);
      const [slow, quick] = [open(), open()];
      see(slow, 'early');
      quick.start();
      const place = { carrier: 'twilio', organizationId, callId: 'early', at: clock.now() } as const;
      quick.append({ ...place, type: 'status', status: 'completed', durationSeconds: 1 });
      await sleep(300);
      slow.start();
      await is('early', 'abandoned');
      t.pass('nobody is left in the queue');
    },
  );

  void suite.test('what Postgres does not take is lost alone', async (t) => {
    const { open, is } = await openRooms(t);
    const room = open();
    see(room, 'good');
    see(room, 'bad', 0, 'no queue of anybody');
    see(room, 'better');
    room.start();
    await is('good', 'waiting');
    await is('better', 'waiting');
    t.pass('both wait');
  });

  void suite.test('nobody is given up because Postgres was away', async (t) => {
    const { database, open, wait, is, clock } = await openRooms(t);
    const [dying, living] = [open(), open()];
    dying.start();
    living.start();
    see(dying, 'patient');
    await is('patient', 'waiting');
    await dying.close();
    await inOrganization(database, organizationId, async (trx) => {
      await sql`lock table queue_wait in access exclusive mode`.execute(trx);
      // Longer than a statement may take.
      await sleep(3_000);
      clock.instant += 60_000;
    });
    await sleep(2_500);
    t.match(await wait('patient'), { state: 'waiting' });
    see(living, 'patient', 60);
    t.equal(see(living, 'patient', 61).position, 1);
    clock.instant += 46_000;
    await is('patient', 'abandoned');
  });
});
