import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'tap';
import type { CallEvent, Decided } from '../../../../services/routing/domain/call-event.ts';
import { addFigures, type CallFigures, figuresOf } from '../../../../services/routing/domain/call-figures.ts';
import { reduceCall } from '../../../../services/routing/domain/call-state.ts';
import type { Outcome, Step } from '../../../../services/routing/domain/decision.ts';
import type { CallRecord } from '../../../../services/routing/live/call-record.ts';
import {
  buildKnownCalls,
  type KnownCalls,
  noKnownCalls,
} from '../../../../services/routing/live/known-calls.ts';
import { writeCallRecords } from '../../../../services/routing/live/record-transaction.ts';
import { inOrganization } from '../../../../services/storage/database.ts';
import { type Teardown, testDatabase } from '../../../support/database.ts';

/** Replicas that write what they know of the same calls, in pieces, at the same time, some of it more than once. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const people = Array.from({ length: 4 }, () => randomUUID());
const queues = [randomUUID(), randomUUID()];
const begun = Date.parse('2026-11-24T10:00:00Z');

const person = fc.constantFrom(...people);
const ring = (id: string): fc.Arbitrary<Step> =>
  fc
    .tuple(fc.uniqueArray(person, { minLength: 1, maxLength: 3 }), fc.option(fc.constantFrom(...queues)))
    .map(([users, queueId]) => ({
      id,
      action: 'ring',
      strategy: 'all',
      timeoutSeconds: 20,
      targets: users.map((userId) => ({ userId, extension: null, devices: [] })),
      ...(queueId === null ? {} : { queueId }),
    }));
const at = fc.nat(300).map((second) => begun + second * 1_000);
const event: fc.Arbitrary<CallEvent> = fc.oneof(
  fc
    .tuple(
      at,
      fc.constantFrom('s1', 's2'),
      fc.constantFrom<Outcome>('answered', 'no-answer', 'canceled'),
      fc.option(ring('s2')),
    )
    .map(
      ([when, stepId, outcome, next]): CallEvent => ({
        key: `step:${stepId}`,
        at: when,
        type: 'step-ended',
        data: { stepId, outcome, next, answeredBy: null, talkSeconds: null, trace: [] },
      }),
    ),
  fc.tuple(at, person, fc.constantFrom<'answered' | 'ended'>('answered', 'ended')).map(
    ([when, userId, state]): CallEvent => ({
      key: `leg:${userId}:leg:${state}`,
      at: when,
      type: 'leg',
      data: { userId, legId: 'leg', state, outcome: null },
    }),
  ),
  at.map(
    (when): CallEvent => ({
      key: 'status:completed',
      at: when,
      type: 'status',
      data: { status: 'completed', durationSeconds: null },
    }),
  ),
);
const call = fc.tuple(ring('s1'), fc.array(event, { maxLength: 6 })).map(([step, events]) => {
  const data: Decided = {
    carrier: 'twilio',
    from: { kind: 'number', value: '+14155550999' },
    to: { kind: 'number', value: '+14155550100' },
    numberId: null,
    userId: null,
    queueId: null,
    day: '2026-11-24',
    directoryVersion: 7,
    validUntil: null,
    answeredBy: null,
    steps: [step],
    trace: [],
  };
  const decided: CallEvent = { key: 'decided', at: begun, type: 'decided', data };
  // Twice the same thing at the same moment with other contents does not happen.
  return [decided, ...new Map(events.map((one) => [`${one.key} ${one.at}`, one])).values()];
});

async function openOrganization(t: Teardown) {
  const { database } = await testDatabase(t);
  const organizationId = randomUUID();
  await inOrganization(database, organizationId, (trx) =>
    trx
      .insertInto('organization')
      .values({
        ...{ id: organizationId, slug: 'acme', name: 'Acme', time_zone: 'America/New_York' },
        ...{ default_country: 'US', sip_domain: 'pbx.example' },
      })
      .execute(),
  );
  return { database, organizationId };
}

test('calls, people and figures are those of the whole, whoever wrote which piece when', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  const { database, organizationId } = await openOrganization(t);
  const [calls = []] = fc.sample(fc.array(call, { minLength: 60, maxLength: 60 }), { seed, numRuns: 1 });
  const all = calls.flatMap((events, index): readonly CallRecord[] =>
    events.map((one) => ({ organizationId, callId: `c-${index}`, event: one })),
  );
  const [told = []] = fc.sample(
    fc.shuffledSubarray([...all, ...all.slice(0, 100)], { minLength: all.length + 100 }),
    { seed, numRuns: 1 },
  );
  const pieces = Array.from({ length: Math.ceil(told.length / 7) }, (_, piece) =>
    told.slice(piece * 7, piece * 7 + 7),
  );
  const write = async (mine: readonly (readonly CallRecord[])[], known: KnownCalls) => {
    for (const piece of mine) await writeCallRecords(database, organizationId, piece, known);
  };
  const half = Math.ceil(pieces.length / 2);
  // One that remembers what it wrote, one that remembers little, and one that reads everything.
  await Promise.all([
    write(pieces.slice(0, half), buildKnownCalls(1_000)),
    write(pieces.slice(half), buildKnownCalls(5)),
    write(pieces.slice(0, 10), noKnownCalls),
  ]);

  const sums = new Map<string, CallFigures>();
  const expected = calls.map((events, index) => {
    const state = reduceCall(events);
    if (state === undefined) throw new Error('no state');
    addFigures(sums, figuresOf(organizationId, state), 1);
    const { outcome, answeredBy, users } = state;
    return { id: `c-${index}`, state: state.state, outcome, answeredBy, users: users.length };
  });
  const found = await inOrganization(database, organizationId, async (trx) => {
    const rows = await trx
      .selectFrom('call')
      .select(['id', 'state', 'outcome', 'answered_by as answeredBy'])
      .select((eb) =>
        eb
          .selectFrom('call_user')
          .whereRef('call_user.call_id', '=', 'call.id')
          .select(eb.fn.countAll<number>().as('users'))
          .as('users'),
      )
      .execute();
    const days = await trx.selectFrom('call_day').selectAll().execute();
    return { rows, days };
  });
  const byId = (one: { readonly id: string }, other: { readonly id: string }) => (one.id < other.id ? -1 : 1);
  t.same(found.rows.toSorted(byId), expected.toSorted(byId));
  const figures = found.days.map((row) => [
    `${row.subject_type}:${row.subject_id}:${row.day}`,
    row.offered,
    row.handled,
    row.missed,
    row.abandoned,
    row.handled_in_time,
    row.talk_seconds,
  ]);
  const whole = [...sums].map(([key, sum]) => [
    key,
    sum.offered,
    sum.handled,
    sum.missed,
    sum.abandoned,
    sum.handledInTime,
    sum.talkSeconds,
  ]);
  t.same(figures.map(String).sort(), whole.map(String).sort());
});

const status: CallEvent = {
  key: 'status:completed',
  at: begun + 60_000,
  type: 'status',
  data: { status: 'completed', durationSeconds: 60 },
};
const first: CallEvent = {
  key: 'decided',
  at: begun,
  type: 'decided',
  data: {
    carrier: 'twilio',
    from: { kind: 'number', value: '+14155550999' },
    to: { kind: 'number', value: '+14155550100' },
    numberId: null,
    userId: null,
    queueId: null,
    day: '2026-11-23',
    directoryVersion: 7,
    validUntil: null,
    answeredBy: null,
    steps: [{ id: 's1', action: 'announce', text: 'Hello' }],
    trace: [['target', 1, ['organization', 'o'], 'Because.']],
  },
};

test('what a release before this one wrote goes on as it was, with its reasons and its day', async (t) => {
  const { database, organizationId } = await openOrganization(t);
  const old = {
    key: 'leg:x',
    at: begun + 5_000,
    type: 'status',
    data: { status: 'ringing', durationSeconds: null },
  };
  await inOrganization(database, organizationId, async (trx) => {
    await trx
      .insertInto('call')
      .values({
        organization_id: organizationId,
        id: 'c-1',
        carrier: 'twilio',
        from_kind: 'number',
        from_value: '+14155550999',
        to_kind: 'number',
        to_value: '+14155550100',
        state: 'in-progress',
        started_at: new Date(begun),
        directory_version: 7,
        decision: JSON.stringify({ steps: [], trace: [{ rule: 'target', because: 'Because.' }] }),
        timeline: '[]',
        figures: '[]',
      })
      .execute();
    const events = [{ ...first, data: { ...first.data, trace: undefined } }, old];
    await trx
      .insertInto('call_event')
      .values(
        events.map(({ key, at: when, type, data }) => ({
          organization_id: organizationId,
          call_id: 'c-1',
          key,
          at: new Date(when),
          type,
          data: JSON.stringify(data),
        })),
      )
      .execute();
  });
  await writeCallRecords(database, organizationId, [{ organizationId, callId: 'c-1', event: status }]);
  const { row, left, days } = await inOrganization(database, organizationId, async (trx) => ({
    row: await trx.selectFrom('call').selectAll().where('id', '=', 'c-1').executeTakeFirstOrThrow(),
    left: await trx.selectFrom('call_event').selectAll().execute(),
    days: await trx.selectFrom('call_day').select(['day', 'offered']).execute(),
  }));
  t.match(row, {
    state: 'ended',
    decision: { trace: [{ because: 'Because.' }] },
    timeline: [{ status: 'ringing' }, { status: 'completed' }],
  });
  t.same(left, []);
  t.match(days, [{ offered: 1 }]);
});

test('what somebody else changed in a row is read, however well it was known', async (t) => {
  const { database, organizationId } = await openOrganization(t);
  const known = buildKnownCalls(10);
  const told = (event: CallEvent): CallRecord => ({ organizationId, callId: 'c-1', event });
  await writeCallRecords(database, organizationId, [told(first)], known);
  t.ok(known.get(organizationId, 'c-1'));
  await inOrganization(database, organizationId, (trx) =>
    trx.updateTable('call').set({ from_value: null }).where('id', '=', 'c-1').execute(),
  );
  await writeCallRecords(database, organizationId, [told(status)], known);
  const events = await inOrganization(database, organizationId, (trx) =>
    trx.selectFrom('live_event').select('data').where('topic', '=', 'calls').orderBy('seq').execute(),
  );
  t.match(events, [
    { data: { from: { value: '+14155550999' } } },
    { data: { from: { value: null }, state: 'ended' } },
  ]);
  await writeCallRecords(database, organizationId, [told(status), told(first)], known);
  const { days } = await inOrganization(database, organizationId, async (trx) => ({
    days: await trx.selectFrom('call_day').select(['day', 'offered']).execute(),
  }));
  t.same(days, [{ day: '2026-11-23', offered: 1 }], 'told again it is as it was');
});
