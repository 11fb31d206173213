import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { CallLogEntry } from '../../../services/routing/calls/call-log.ts';
import { buildNewId } from '../../../services/routing/ids.ts';
import { toCallRecord } from '../../../services/routing/live/call-record.ts';
import { buildRecordStore } from '../../../services/routing/live/record-store.ts';
import { RecordWriter } from '../../../services/routing/live/record-writer.ts';
import { openSpill } from '../../../services/routing/live/spill.ts';
import { type Database, inOrganization, openDatabase } from '../../../services/storage/database.ts';
import { keepRecordingsOf } from '../../../services/voicemail/recordings.ts';
import { testBox } from '../../support/factories.ts';
import { newLiveOffice } from '../../support/live-office.ts';
import { temporaryFolder } from '../../support/postgres.ts';

test('a message that comes while the database is away is in its box when it is back, once', async (t) => {
  const { hire, database, organizationId } = await newLiveOffice();
  const mailbox = { type: 'user', id: (await hire('Ana')).id } as const;
  const folder = await temporaryFolder(t);
  const newId = buildNewId({ now: Date.now }, (size) => Buffer.alloc(size, Math.floor(Math.random() * 256)));
  const ports = { newId, box: testBox, publicUrl: 'https://linefinder.example' };
  let marks = 0;
  const writer = (to: Database): RecordWriter => {
    marks += 1;
    const onError = () => undefined;
    const spill = openSpill({ folder, box: testBox, mark: `w${marks}`, onError });
    return new RecordWriter({
      store: buildRecordStore(to),
      spill,
      onError,
      afterwards: async (id, records) => {
        await keepRecordingsOf(to, ports, id, records);
      },
    });
  };
  const entry: CallLogEntry = {
    carrier: 'twilio',
    organizationId,
    callId: `CA${'1'.repeat(32)}`,
    at: Date.now(),
    type: 'recorded',
    mailbox,
    from: { kind: 'anonymous' },
    recordingSid: `RE${'1'.repeat(32)}`,
    url: `https://api.twilio.com/2010-04-01/Accounts/AC${'1'.repeat(32)}/Recordings/RE${'1'.repeat(32)}`,
    status: 'completed',
    durationSeconds: 9,
  };

  const away = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });
  const before = writer(away);
  before.start();
  before.append(entry);
  await before.close();
  await away.close();
  t.match(before.counts(), { spilled: 1, dropped: 0 });

  const after = writer(database);
  after.start();
  after.append(entry);
  const rows = () =>
    inOrganization(database, organizationId, (trx) => trx.selectFrom('voicemail').selectAll().execute());
  const deadline = performance.now() + 5_000;
  while ((after.counts().written < 2 || (await rows()).length === 0) && performance.now() < deadline) {
    await sleep(20);
  }
  await after.close();
  t.match(await rows(), [
    {
      mailbox_id: mailbox.id,
      from_kind: 'anonymous',
      from_value: null,
      account_sid: `AC${'1'.repeat(32)}`,
      duration_seconds: 9,
    },
  ]);
  t.equal((await rows()).length, 1);
  t.match(after.counts(), { written: 2, dropped: 0 });
});

test('a report without a box goes into the only one that the call’s decision had', async (t) => {
  const { hire, database, organizationId } = await newLiveOffice();
  const [{ id: ana }, { id: bo }] = [await hire('Ana'), await hire('Bo')];
  let made = 0;
  const newId = () => {
    made += 1;
    return `0199e0c4-5a3b-7c1d-9f00-${String(made).padStart(12, '0')}`;
  };
  const ports = { newId, box: testBox, publicUrl: 'https://linefinder.example' };
  const step = (id: string) => ({ action: 'voicemail', mailbox: { type: 'user', id } });
  const decisions = { one: [step(ana), step(ana)], two: [step(ana), step(bo)], none: [{ action: 'hangup' }] };
  await inOrganization(database, organizationId, async (trx) => {
    for (const [id, steps] of Object.entries(decisions)) {
      await trx
        .insertInto('call')
        .values({
          organization_id: organizationId,
          id,
          carrier: 'twilio',
          from_kind: 'anonymous',
          from_value: null,
          to_kind: 'extension',
          to_value: '214',
          number_id: null,
          user_id: null,
          queue_id: null,
          state: 'ringing',
          outcome: null,
          answered_by: null,
          started_at: new Date(),
          directory_version: 1,
          decision: JSON.stringify({ steps }),
        })
        .execute();
    }
  });
  const records = ['one', 'two', 'none', 'never'].map((callId, index) =>
    toCallRecord({
      carrier: 'twilio',
      organizationId,
      callId,
      at: Date.now(),
      type: 'recorded',
      mailbox: null,
      from: null,
      recordingSid: `RE${index}`,
      url: '',
      status: 'completed',
      durationSeconds: 5,
    }),
  );
  await keepRecordingsOf(database, ports, organizationId, records);
  const rows = await inOrganization(database, organizationId, (trx) =>
    trx.selectFrom('voicemail').select(['call_id', 'mailbox_id']).execute(),
  );
  t.same(rows, [{ call_id: 'one', mailbox_id: ana }]);
});
