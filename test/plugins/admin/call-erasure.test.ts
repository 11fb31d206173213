import { sql } from 'kysely';
import { test } from 'tap';
import { parseCaller, parseDialled } from '../../../services/routing/domain/e164.ts';
import { toCallRecord } from '../../../services/routing/live/call-record.ts';
import { writeCallRecords } from '../../../services/routing/live/record-transaction.ts';
import { tellPastCall } from '../../../services/routing/past-call.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import { appendLiveEvents } from '../../../services/storage/live-events.ts';
import { type Doc, newUser } from '../../support/factories.ts';
import { sharedMovingApp } from '../../support/shared-admin.ts';

type Statistics = { readonly today: { readonly handled: number } };

test('call history stays without the data of a person who was erased', async (t) => {
  const { database, directories, clock, newOffice } = await sharedMovingApp(t);
  const office = await newOffice('acme');
  const { admin } = office;
  const mobile = '+14155550177';
  const zoe = await newUser(office, 'Zenobia', {
    devices: [
      { kind: 'sip', address: 'sip:zenobia@pbx.example', enabled: true },
      { kind: 'phone', address: mobile, enabled: true },
    ],
  });
  const bo = await newUser(office, 'Bo', { fallbackUserId: zoe.id });
  await admin.patch('/organization', { policies: { deletionGraceDays: 0 } });
  await admin.post('/numbers', { number: '+14155550100', target: { type: 'user', id: zoe.id } });

  const call = async (callId: string, from: string, to: string) => {
    const directory = (await directories.load(office.id))?.directory;
    if (directory === undefined) throw new Error('no directory');
    const entries = tellPastCall(directory, {
      call: { callId, from: parseCaller(from, directory), to: parseDialled(to, directory) },
      at: clock.now() + 1_000,
      endOf: (step) => {
        const answeredBy = step.action === 'ring' ? step.targets[0]?.userId : undefined;
        return answeredBy === undefined
          ? { outcome: 'completed', seconds: 5 }
          : { outcome: 'answered', answeredBy, seconds: 5, talkSeconds: 30 };
      },
    });
    await writeCallRecords(database, office.id, entries.map(toCallRecord));
    return entries.map(toCallRecord);
  };
  const inbound = await call('c-1', '+12125550142', '+14155550100');
  await call('c-2', String(zoe.extension), String(bo.extension));
  await call('c-3', mobile, String(bo.extension));
  const told = (await admin.get('/calls/c-1')).body;
  t.match(JSON.stringify(told), /Zenobia/, 'she is named while she is there');
  t.match((await admin.get<Statistics>(`/users/${zoe.id}/statistics`)).body.today, { handled: 1 });
  t.match((await admin.get('/calls/c-2')).body, { from: { value: zoe.extension } });

  // As a document looks inside of a row's text.
  const extension = `""value"": ""${zoe.extension}""`;
  t.same(await traces(extension), ['live_event'], 'as it was told');
  const message = {
    ...({
      topic: 'calls',
      name: 'voicemail.received',
      at: clock.now(),
      userIds: [zoe.id],
      queueIds: [],
    } as const),
    data: { mailbox: { type: 'user', id: zoe.id }, from: { kind: 'address', value: 'voice of a friend' } },
  };
  await inOrganization(database, office.id, (trx) => appendLiveEvents(trx, office.id, [message]));

  clock.move(60_000);
  const own = (await admin.get<{ data: readonly Doc[] }>(`/calls?user=${zoe.id}`)).body.data;
  t.same(own.map(({ id }) => id).toSorted(), ['c-1', 'c-2'], 'whoever called took part');
  t.equal((await admin.delete(`/users/${zoe.id}`)).status, 204);

  const { body } = await admin.get<{ data: readonly Doc[] }>('/calls');
  t.same(body.data.map(({ id }) => id).toSorted(), ['c-1', 'c-2', 'c-3'], 'every call is there');
  t.match((await admin.get('/calls/c-1')).body, {
    outcome: 'answered',
    answeredBy: { id: zoe.id, name: null },
    from: { value: '+12125550142' },
  });
  t.match(JSON.stringify((await admin.get('/calls/c-1')).body.trace), /somebody who is gone/);
  for (const id of ['c-2', 'c-3']) t.match((await admin.get(`/calls/${id}`)).body, { from: { value: null } });
  t.match(await admin.get(`/users/${zoe.id}/statistics`), { status: 404 });

  for (const text of ['Zenobia', mobile.slice(1), 'voice of a friend']) t.same(await traces(text), [], text);
  t.same(
    await traces(`[""caller"", ""${zoe.extension}""`),
    [],
    'who called from an extension is no reason for good',
  );
  t.same(await traces(extension), [], 'nor is it told again to who resumes the stream');
  await writeCallRecords(database, office.id, inbound);
  await call('c-2', '+12125550142', String(bo.extension));
  t.match((await admin.get('/calls/c-2')).body, { from: { value: null } }, 'nothing late brings it back');

  /** Tables of calls in which the text is found. */
  async function traces(text: string): Promise<readonly string[]> {
    return inOrganization(database, office.id, async (trx) => {
      const found: string[] = [];
      for (const name of ['call', 'call_event', 'call_user', 'call_day', 'voicemail', 'live_event']) {
        const { rows } = await sql`
          select 1 from ${sql.table(name)} as t where position(${text} in t::text) > 0 limit 1`.execute(trx);
        if (rows.length > 0) found.push(name);
      }
      return found;
    });
  }
});
