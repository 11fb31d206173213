import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { test } from 'tap';
import type { CallLogEntry } from '../../../../services/routing/calls/call-log.ts';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import type { Decision } from '../../../../services/routing/domain/decision.ts';
import type { Directory } from '../../../../services/routing/domain/directory.ts';
import { compileDirectory } from '../../../../services/routing/domain/directory.ts';
import { buildPresence } from '../../../../services/routing/live/presence.ts';
import { buildPresenceBus, type PresenceBus } from '../../../../services/routing/live/presence-bus.ts';
import { PresenceWriter } from '../../../../services/routing/live/presence-writer.ts';
import { type Database, inOrganization } from '../../../../services/storage/database.ts';
import { openRedis } from '../../../../services/storage/redis.ts';
import { testDatabase } from '../../../support/database.ts';
import { testRedisUrl } from '../../../support/redis.ts';
import { eventually } from '../../../support/twilio-members.ts';
import { office, queue, user } from '../../../support/twilio-office.ts';
import { type Filled, fillEveryTable } from '../../storage/every-table.ts';

/** What processes tell each other about people, through Postgres and nothing else. */

const start = Date.parse('2026-11-24T10:00:00Z');
type Test = Parameters<typeof testDatabase>[0];

async function openOffice(t: Test) {
  const { database } = await testDatabase(t);
  const filled = await fillEveryTable(database, '01');
  const clock = { instant: start };
  const now = () => clock.instant;
  const data = office({ users: [user(1, 'Ana')], queues: [queue(1, 'Sales', [])] });
  const directory = compileDirectory({
    ...data,
    organization: { ...data.organization, id: filled.organizationId },
  });
  let processes = 0;
  const errors: string[] = [];
  const replica = (bus: PresenceBus | null = null) => {
    processes += 1;
    const presence = buildPresence({ clock: { now }, processId: `p${processes}` });
    const writer = new PresenceWriter({
      clock: { now },
      database,
      directories: { get: () => ({ directory, source: 'postgres', confirmedAt: 0 }) },
      presence,
      bus,
      onError: (_, what) => void errors.push(what),
    });
    writer.start();
    t.after(() => writer.close());
    const facts = () => presence.factsOf(directory, 'another', now());
    return { presence, writer, facts };
  };
  return { database, filled, clock, directory, replica, errors, ...entriesOf(filled, directory, now) };
}

function entriesOf({ organizationId, userId, queueId }: Filled, directory: Directory, now: () => number) {
  const place = (callId: string) => ({ carrier: 'twilio', organizationId, callId, at: now() }) as const;
  const target = { userId, extension: null, devices: [{ kind: 'sip', address: 'sip:a@b.example' }] } as const;
  const decided = (callId: string): CallLogEntry => {
    const step = {
      ...({ id: 's1', action: 'ring', strategy: 'all', timeoutSeconds: 20 } as const),
      ...{ targets: [target], queueId },
    };
    const decision: Decision = {
      ...{ callId, directoryVersion: 1, validUntil: null, answeredBy: null },
      ...{ steps: [step], trace: [] },
    };
    const call = {
      callId,
      from: { kind: 'anonymous' },
      to: { kind: 'extension', extension: '100' },
    } as const;
    return { ...place(callId), type: 'decided', call, decision, directory };
  };
  const leg = (callId: string, state: 'ringing' | 'answered' | 'ended'): CallLogEntry => ({
    ...place(callId),
    ...{ type: 'leg', userId, legId: `leg of ${callId}`, state, outcome: null },
  });
  const over = (callId: string): CallLogEntry => ({
    ...place(callId),
    ...{ type: 'status', status: 'completed', durationSeconds: 30 },
  });
  return { decided, leg, over };
}

async function toldOf(database: Database, { organizationId, userId }: Filled) {
  return inOrganization(database, organizationId, async (trx) => {
    const events = await trx
      .selectFrom('live_event')
      .select('data')
      .where('topic', '=', 'presence')
      .orderBy('seq')
      .execute();
    const person = await trx
      .selectFrom('presence_user')
      .select(['state', 'calls', 'answered'])
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    return { states: events.map(({ data }) => `${data.state} ${data.calls}`), ...person };
  });
}

// Beside each other: each waits for what is read once a second.
test('processes tell each other who rings and talks', { jobs: 6 }, async (suite) => {
  void suite.test(
    'a call of one replica counts on the other, and ends there when it is told there',
    async (t) => {
      const made = await openOffice(t);
      const [one, two] = [made.replica(), made.replica()];
      const { userId } = made.filled;
      one.presence.append(made.decided('c-1'));
      t.equal(one.facts().callsInProgress(userId), 1, 'here at once');
      await eventually('it rings there', async () => two.facts().callsInProgress(userId));
      t.equal(two.presence.stateOf(made.filled.organizationId, userId), 'ringing');
      two.presence.append(made.leg('c-1', 'answered'));
      t.equal(two.facts().presence(userId), 'on-call');
      await eventually('it talks here', async () => one.facts().presence(userId) === 'on-call' || undefined);
      one.presence.append(made.over('c-1'));
      await eventually(
        'it is over there',
        async () => two.facts().presence(userId) === undefined || undefined,
      );
      t.equal(two.facts().callsInProgress(userId), undefined);
      const told = await eventually('all is told', async () => {
        const all = await toldOf(made.database, made.filled);
        return all.state === 'offline' ? all : undefined;
      });
      t.strictSame(told.states, ['ringing 1', 'on-call 1', 'offline 0']);
      t.strictSame(made.errors, []);
    },
  );

  void suite.test('an answer that both are told is one answer, for those who come later too', async (t) => {
    const made = await openOffice(t);
    const [one, two] = [made.replica(), made.replica()];
    const { userId, queueId } = made.filled;
    one.presence.append(made.decided('c-1'));
    await eventually('it rings there', async () => two.facts().callsInProgress(userId));
    for (const { presence } of [one, two, one]) presence.append(made.leg('c-1', 'answered'));
    one.presence.append(made.over('c-1'));
    two.presence.append(made.over('c-1'));
    await eventually('it is written', async () => {
      const { state, answered } = await toldOf(made.database, made.filled);
      return (state === 'offline' && answered === 1) || undefined;
    });
    const later = made.replica();
    await eventually('it is read', async () => later.facts().callsAnswered(userId));
    for (const { facts } of [one, two, later]) {
      t.equal(facts().callsAnswered(userId), 1);
      t.equal(facts().lastAnswered(userId), start);
      t.equal(facts().lastRung(queueId), userId);
    }
    made.clock.instant += 86_400_000;
    t.equal(later.facts().callsAnswered(userId), undefined, 'another day');
    t.equal(later.facts().lastAnswered(userId), start);
  });

  void suite.test('what cannot be written waits, and only the last of it is told', async (t) => {
    const made = await openOffice(t);
    const one = made.replica();
    const { organizationId, userId } = made.filled;
    // Reading goes on: what fails is what is told, and nothing else before it.
    const alter = (what: string) =>
      sql`alter table presence_lease ${sql.raw(what)}`.execute(made.database.kysely);
    await alter('add constraint nothing_is_taken check (false) not valid');
    one.presence.append(made.decided('c-1'));
    await eventually('it fails', () => made.errors.find((what) => what === 'presence was not written'));
    one.presence.append(made.leg('c-1', 'answered'));
    t.equal(one.presence.stateOf(organizationId, userId), 'on-call', 'here it is known');
    await alter('drop constraint nothing_is_taken');
    const two = made.replica();
    await eventually('the other one knows', () => two.facts().callsInProgress(userId));
    t.strictSame((await toldOf(made.database, made.filled)).states, ['on-call 1']);
  });

  void suite.test('where there is Redis they tell each other without Postgres too', async (t) => {
    const made = await openOffice(t);
    const url = await testRedisUrl(t);
    const box = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);
    const overRedis = () => {
      const redis = openRedis({ url });
      t.after(() => redis.close());
      return { redis, ...made.replica(buildPresenceBus(redis, box, { now: () => made.clock.instant })) };
    };
    const [one, two] = [overRedis(), overRedis()];
    const { userId } = made.filled;
    for (const name of ['presence_lease', 'presence_stream']) {
      await sql`alter table ${sql.table(name)} rename to ${sql.table(`${name}_lost`)}`.execute(
        made.database.kysely,
      );
    }
    await eventually('listening', async () => {
      const counted: unknown = await one.redis.commands.call('pubsub', 'numsub', 'linefinder:presence');
      return (Array.isArray(counted) && Number(counted[1]) >= 2) || undefined;
    });
    one.presence.append(made.decided('c-1'));
    await eventually('it rings there', () => two.facts().callsInProgress(userId));
    two.presence.append(made.leg('c-1', 'answered'));
    await eventually('it talks here', () => one.facts().presence(userId) === 'on-call' || undefined);
    await two.redis.commands.publish('linefinder:presence', 'v1.forged');
    one.presence.append(made.over('c-1'));
    await eventually('it is over there', () => two.facts().presence(userId) === undefined || undefined);
    two.presence.append(made.leg('c-1', 'answered'));
    t.equal(two.facts().callsInProgress(userId), undefined, 'closed there too');
  });

  void suite.test('a replica that dies leaves no ghosts', async (t) => {
    const made = await openOffice(t);
    const [dead, alive] = [made.replica(), made.replica()];
    const { organizationId, userId } = made.filled;
    dead.presence.connected(organizationId, userId, 's-1');
    dead.presence.append(made.decided('c-1'));
    await eventually('it rings there', async () => alive.facts().callsInProgress(userId));
    // As a process that was killed: nothing is told any more.
    dead.presence.takeChanges();
    dead.presence.renew = () => undefined;
    made.clock.instant += 36_000;
    await eventually('no call', async () => alive.facts().callsInProgress(userId) === undefined || undefined);
    t.equal(alive.presence.stateOf(organizationId, userId), 'online', 'the socket may be alive');
    made.clock.instant += 40_000;
    await eventually('offline', async () => {
      const { state } = await toldOf(made.database, made.filled);
      return state === 'offline' || undefined;
    });
    await eventually('the living know', () => {
      return alive.presence.stateOf(organizationId, userId) === 'offline' || undefined;
    });
  });

  void suite.test(
    'who has two browsers is online until both are closed, and a process that ends says goodbye',
    async (t) => {
      const made = await openOffice(t);
      const [one, two] = [made.replica(), made.replica()];
      const { organizationId, userId } = made.filled;
      const state = () => two.presence.stateOf(organizationId, userId);
      one.presence.connected(organizationId, userId, 's-1');
      one.presence.connected(organizationId, userId, 's-2');
      await eventually('online', async () => state() === 'online' || undefined);
      one.presence.disconnected(organizationId, userId, 's-1');
      one.presence.disconnected(organizationId, userId, 's-1');
      t.equal(one.presence.stateOf(organizationId, userId), 'online');
      await one.writer.close();
      await eventually('offline', async () => state() === 'offline' || undefined);
      t.strictSame((await toldOf(made.database, made.filled)).states, ['online 0', 'offline 0']);
    },
  );
});
