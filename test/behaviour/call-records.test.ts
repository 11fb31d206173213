import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { Decided } from '../../services/routing/domain/call-event.ts';
import { CallSweeper } from '../../services/routing/live/call-sweeper.ts';
import { writeCallRecords } from '../../services/routing/live/record-transaction.ts';
import { inOrganization } from '../../services/storage/database.ts';
import { newLiveOffice, type LiveOffice as Office } from '../support/live-office.ts';

/** What a PBX says about calls, and what is kept of it. */

type CallRow = {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly answered_by: string | null;
  readonly timeline: unknown;
};

async function rowOf({ database, organizationId }: Office, id: string, until: (row: CallRow) => boolean) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const row = await inOrganization(database, organizationId, (trx) =>
      trx.selectFrom('call').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    if (row !== undefined && until(row)) return row;
    if (performance.now() > deadline) throw new Error(`no such row of ${id}: ${JSON.stringify(row)}`);
    await sleep(20);
  }
}

const isOver = (row: CallRow): boolean => row.state === 'ended';

async function post({ app, headers }: Office, url: string, payload: object) {
  const response = await app.inject({ method: 'POST', url, headers, payload });
  if (response.statusCode !== 200) throw new Error(response.body);
  return response.json();
}

const route = (office: Office, callId: string, extension: unknown, from = '+12125550142') =>
  post(office, '/v1/route', { callId, from, extension });
const result = (office: Office, callId: string, step: string, outcome: string) =>
  post(office, `/v1/route/${callId}/result`, { step, outcome });

async function daysOf({ database, organizationId }: Office, subjectId: string) {
  const rows = await inOrganization(database, organizationId, (trx) =>
    trx
      .selectFrom('call_day')
      .select(['offered', 'handled', 'missed', 'abandoned'])
      .where('subject_id', '=', subjectId)
      .execute(),
  );
  return rows.length === 1 ? rows[0] : rows;
}

async function toldOf({ database, organizationId }: Office, name: string) {
  return inOrganization(database, organizationId, (trx) =>
    trx
      .selectFrom('live_event')
      .select(['data', 'user_ids', 'queue_ids'])
      .where('name', '=', name)
      .orderBy('seq')
      .execute(),
  );
}

test('figures of the day, what is told live, and a repetition that changes neither', async (t) => {
  const office = await newLiveOffice();
  const { organizationId } = office;
  const ana = await office.hire('Ana');
  const bo = await office.hire('Bo', { mobile: { ringApp: true, pushMissed: false, quietHours: null } });
  const always = [{ from: '00:00', to: '24:00' }];
  const cleo = await office.hire('Cleo', {
    mobile: { ringApp: true, pushMissed: true, quietHours: always[0] },
  });
  for (const { extension } of [ana, bo, cleo]) {
    await route(office, `answered-${extension}`, extension);
    await result(office, `answered-${extension}`, 's1', 'answered');
    await route(office, `missed-${extension}`, extension);
    await result(office, `missed-${extension}`, 's1', 'canceled');
    await result(office, `missed-${extension}`, 's1', 'canceled');
  }
  for (const { extension } of [ana, bo, cleo]) {
    t.match(await rowOf(office, `answered-${extension}`, isOver), { outcome: 'answered' });
    t.match(await rowOf(office, `missed-${extension}`, isOver), { outcome: 'abandoned' });
  }
  for (const { id } of [ana, bo, cleo]) {
    t.match(await daysOf(office, id), { offered: 2, handled: 1, missed: 1, abandoned: 1 });
  }
  t.match(await daysOf(office, organizationId), { offered: 6, handled: 3, missed: 0, abandoned: 3 });
  const missed = await toldOf(office, 'call.missed');
  t.match(missed, [{ user_ids: [ana.id], data: { from: { value: '+12125550142' }, outcome: 'abandoned' } }]);
  t.equal(missed.length, 1, 'Bo wants to hear of none, and Cleo has quiet hours all day');
  const changed = await toldOf(office, 'call.changed');
  t.match(changed.at(-1), { data: { state: 'ended', users: [{ missed: true }] } });
});

/** As the call's row says it. */
function beginningOf(row: Awaited<ReturnType<typeof rowOf>>): Decided {
  const { carrier, number_id: numberId, user_id: userId, queue_id: queueId } = row;
  const from = { kind: row.from_kind, value: row.from_value };
  const to = { kind: row.to_kind, value: row.to_value };
  return { carrier, from, to, numberId, userId, queueId, ...Object(row.decision) };
}

test('what a PBX says about calls', async (suite) => {
  const office = await newLiveOffice();

  await suite.test('a call is kept with its decision, its reasons and what became of it', async (t) => {
    const ana = await office.hire('Ana', { ifUnavailable: { action: 'voicemail' } });
    const answer = await route(office, 'c-1', ana.extension);
    const first = await rowOf(office, 'c-1', () => true);
    t.match(first, {
      carrier: 'pbx',
      state: 'ringing',
      outcome: null,
      from_kind: 'number',
      from_value: '+12125550142',
      to_kind: 'extension',
      to_value: ana.extension,
      user_id: ana.id,
      directory_version: answer.directoryVersion,
      decision: {
        callId: 'c-1',
        steps: [{ id: 's1', action: 'ring', targets: [{ userId: ana.id }] }, { action: 'voicemail' }],
        trace: [[String], [String]],
      },
    });
    t.notMatch(JSON.stringify(first.decision), 'Ana', 'of a person it keeps the id');
    await result(office, 'c-1', 's1', 'no-answer');
    const second = await rowOf(office, 'c-1', (row) => JSON.stringify(row.timeline).includes('no-answer'));
    t.match(second, { state: 'in-progress', timeline: [{ type: 'step-ended', stepId: 's1' }] });
    t.same(second.decision, first.decision);
    await result(office, 'c-1', 's2', 'completed');
    t.match(await rowOf(office, 'c-1', isOver), { outcome: 'voicemail', ended_at: Date });
  });

  await suite.test(
    'an id that a PBX uses again after a day is another call, and the first is kept',
    async (t) => {
      const ana = await office.hire('Ana', { login: 'ana.2' });
      const day = 86_400_000;
      await route(office, 'c-2', ana.extension);
      await result(office, 'c-2', 's1', 'answered');
      const first = await rowOf(office, 'c-2', isOver);
      const { database, organizationId } = office;
      const record = (at: number) => ({
        organizationId,
        callId: 'c-2',
        event: { key: 'decided', at, type: 'decided', data: beginningOf(first) } as const,
      });
      await writeCallRecords(database, organizationId, [record(first.started_at.getTime() + 2 * day)]);
      t.match(await rowOf(office, 'c-2', () => true), { state: 'ringing', outcome: null });
      const former = `c-2~${first.started_at.getTime()}`;
      t.match(await rowOf(office, former, () => true), { state: 'ended', outcome: 'answered' });
      t.match(await daysOf(office, ana.id), { offered: 2, handled: 1 });
      await writeCallRecords(database, organizationId, [record(first.started_at.getTime())]);
      t.match(await rowOf(office, 'c-2', () => true), { state: 'ringing' }, 'told again, it is the first');
      t.match(await daysOf(office, ana.id), { offered: 2, handled: 1 });
    },
  );

  await suite.test(
    'a call of which nothing is heard ends, calls past their days go, and figures stay',
    async (t) => {
      const { database, organizationId, admin } = office;
      const ana = await office.hire('Ana', { login: 'ana.3' });
      const ids = ['rings', 'rang', 'old'];
      for (const id of ids) await route(office, id, ana.extension);
      await result(office, 'old', 's1', 'answered');
      for (const id of ids) await rowOf(office, id, (row) => id !== 'old' || isOver(row));
      const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
      const age = (id: string, minutes: number) =>
        inOrganization(database, organizationId, (trx) =>
          trx
            .updateTable('call')
            .set({ updated_at: ago(minutes), started_at: ago(minutes) })
            .where('id', '=', id)
            .execute(),
        );
      await admin.patch('/organization', { policies: { callRetentionDays: 30 } });
      await age('rings', 14);
      await age('rang', 16);
      await age('old', 31 * 1440);
      const errors: unknown[] = [];
      const sweeper = new CallSweeper({
        database,
        write: (organization, records) => writeCallRecords(database, organization, records),
        onError: (error) => errors.push(error),
      });
      await sweeper.sweep();
      await sweeper.close();
      t.same(errors, []);
      t.match(await rowOf(office, 'rings', () => true), { state: 'ringing' });
      t.match(await rowOf(office, 'rang', () => true), { state: 'ended', outcome: 'missed' });
      const left = await inOrganization(database, organizationId, (trx) =>
        trx.selectFrom('call').select('id').where('id', 'in', ids).orderBy('id').execute(),
      );
      t.same(left, [{ id: 'rang' }, { id: 'rings' }]);
      t.match(await daysOf(office, ana.id), { offered: 3 });
    },
  );

  await suite.test('texts that Postgres refuses are kept without what it refuses', async (t) => {
    const ana = await office.hire('Ana', { login: 'ana.4' });
    await route(office, 'c-3', ana.extension, 'sip:a\u0000b@pbx.example');
    t.match(await rowOf(office, 'c-3', () => true), { state: 'ringing' });
  });
});
