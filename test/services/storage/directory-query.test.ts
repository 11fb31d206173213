import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { type Database, inOrganization } from '../../../services/storage/database.ts';
import { loadDirectoryData } from '../../../services/storage/directory-query.ts';
import { sharedDatabase } from '../../support/shared-service.ts';
import { fillEveryTable } from './every-table.ts';

test('an organization is read as routing needs it, and nothing of another one', async (t) => {
  const { database } = await sharedDatabase();
  await fillEveryTable(database, '31');
  const own = await fillEveryTable(database, '32');
  const { organizationId, userId, otherUserId, queueId, numberId, leadId, number } = own;
  const data = await loadDirectoryData(database, organizationId);
  t.match(data, {
    format: 1,
    version: 1,
    organization: { id: organizationId, slug: 'office-32', timeZone: 'Europe/Madrid', ringSeconds: 20 },
    queues: [{ id: queueId, name: 'Sales', extension: null, members: [{ userId, priority: 1 }] }],
    numbers: [{ id: numberId, number, timeZone: 'Europe/Madrid', target: null, callerIdFor: [userId] }],
    leads: [{ id: leadId, ownerId: userId, numbers: [number] }],
    apiKeys: [{ name: 'key', hash: 'key-32', permissions: ['users.read'], expiresAt: null }],
    carrierAccounts: [{ carrier: 'twilio', accountSid: 'AC32', authTokens: ['sealed'] }],
  });
  t.same(data?.organization.policies, { forwardBeatsDnd: false, voicemailOf: 'first' });
  t.same(
    data?.users.map((user) => user.id),
    [userId, otherUserId].sort(),
  );
  const [override] = data?.users.find((user) => user.id === userId)?.overrides ?? [];
  t.match(override, { from: '2026-12-24', to: '2026-12-26', available: false, fallbackUserId: otherUserId });
  t.equal(JSON.stringify(JSON.parse(JSON.stringify(data))), JSON.stringify(data), 'it is plain JSON');
});

test('a user is read with everything, in the organization’s zone where there is no own one', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId, userId, otherUserId } = await fillEveryTable(database, '33');
  const until = new Date('2026-11-21T20:37:08.123Z');
  await inOrganization(database, organizationId, async (trx) => {
    const causes = { busy: { action: 'forward', target: { type: 'user', id: otherUserId } } };
    await trx
      .updateTable('user')
      .set({
        always_available: false,
        dnd_on: true,
        dnd_until: until,
        forward_all: JSON.stringify({ type: 'external', number: '+34911000000' }),
        if_unavailable: JSON.stringify({ action: 'voicemail', causes }),
        devices: JSON.stringify([{ kind: 'sip', address: 'sip:1001@x.example', enabled: true }]),
        mobile: JSON.stringify({ ringApp: false, pushMissed: true, quietHours: [1320, 420] }),
        ring_seconds: 15,
        call_limit: 2,
      })
      .where('id', '=', userId)
      .execute();
    await trx
      .insertInto('availability_day')
      .values([
        {
          organization_id: organizationId,
          user_id: userId,
          weekday: 7,
          available: false,
          fallback_user_id: otherUserId,
        },
        { organization_id: organizationId, user_id: userId, weekday: 6, available: false },
        { organization_id: organizationId, user_id: userId, weekday: 5, available: true },
      ])
      .execute();
    await trx
      .updateTable('user')
      .set({ time_zone: 'Atlantic/Canary' })
      .where('id', '=', otherUserId)
      .execute();
  });
  const data = await loadDirectoryData(database, organizationId);
  const user = data?.users.find((one) => one.id === userId);
  t.match(user, {
    name: 'Ana Ruiz',
    status: 'active',
    extension: '1001',
    timeZone: 'Europe/Madrid',
    ringSeconds: 15,
    callLimit: 2,
    doNotDisturb: { on: true, until: until.getTime() },
    forwardAll: { type: 'external', number: '+34911000000' },
    ifUnavailable: { action: 'voicemail', causes: { busy: { action: 'forward' } } },
    devices: [{ kind: 'sip', address: 'sip:1001@x.example', enabled: true }],
  });
  t.same(user?.mobile, { ringApp: false, quietHours: [1320, 420] });
  t.same(user?.weekly, [
    {
      available: true,
      windows: [
        [540, 780],
        [840, 1080],
      ],
    },
    null,
    null,
    null,
    { available: true, windows: [] },
    { available: false, fallbackUserId: null },
    { available: false, fallbackUserId: otherUserId },
  ]);
  const other = data?.users.find((one) => one.id === otherUserId);
  t.match(other, { timeZone: 'Atlantic/Canary', weekly: null, extension: null, overrides: [] });
});

test('a deleted user is still known, because something may point there', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId, otherUserId } = await fillEveryTable(database, '34');
  await inOrganization(database, organizationId, (trx) =>
    trx.updateTable('user').set({ status: 'deleted' }).where('id', '=', otherUserId).execute(),
  );
  const data = await loadDirectoryData(database, organizationId);
  t.equal(data?.users.find((user) => user.id === otherUserId)?.status, 'deleted');
});

test('members of a queue come by priority, then in the order of the list', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId, userId, otherUserId, queueId } = await fillEveryTable(database, '35');
  const [third = ''] = await insertUsers(database, organizationId, 1);
  await inOrganization(database, organizationId, async (trx) => {
    const member = { organization_id: organizationId, queue_id: queueId };
    await trx.deleteFrom('queue_member').execute();
    await trx
      .insertInto('queue_member')
      .values([
        { ...member, user_id: userId, priority: 2, position: 0 },
        { ...member, user_id: otherUserId, priority: 1, position: 2 },
        { ...member, user_id: third, priority: 1, position: 1 },
      ])
      .execute();
  });
  const data = await loadDirectoryData(database, organizationId);
  t.same(data?.queues[0]?.members, [
    { userId: third, priority: 1 },
    { userId: otherUserId, priority: 1 },
    { userId, priority: 2 },
  ]);
});

test('more users than a page holds are all read once, with their hours', async (t) => {
  const { database } = await sharedDatabase();
  const { organizationId } = await fillEveryTable(database, '36');
  const ids = await insertUsers(database, organizationId, 10_100);
  const data = await loadDirectoryData(database, organizationId);
  t.equal(data?.users.length, 10_102);
  t.equal(new Set(data?.users.map((user) => user.id)).size, 10_102);
  const known = new Map(data?.users.map((user) => [user.id, user]));
  t.ok(ids.every((id) => known.get(id)?.weekly?.[2]?.available === true));
});

test('an organization that does not exist is undefined', async (t) => {
  const { database } = await sharedDatabase();
  t.equal(await loadDirectoryData(database, randomUUID()), undefined);
});

/** Each is available from 09:00 to 17:00 on Wednesdays. */
async function insertUsers(
  database: Database,
  organizationId: string,
  count: number,
): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await inOrganization(database, organizationId, async (trx) => {
    for (let from = 0; from < count; from += 2_000) {
      const part = ids.slice(from, from + 2_000);
      const person = { organization_id: organizationId, kind: 'username', status: 'active' } as const;
      await trx
        .insertInto('user')
        .values(
          part.map((id) => ({
            ...person,
            id,
            login: id,
            first_name: 'A',
            last_name: 'B',
            always_available: false,
          })),
        )
        .execute();
      const day = { organization_id: organizationId, weekday: 3, available: true, windows: [540, 1020] };
      await trx
        .insertInto('availability_day')
        .values(part.map((id) => ({ ...day, user_id: id })))
        .execute();
    }
  });
  return ids;
}
