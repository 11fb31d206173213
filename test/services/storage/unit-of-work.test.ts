import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { type Database, inOrganization } from '../../../services/storage/database.ts';
import { constraintOf, isUnavailable } from '../../../services/storage/database-error.ts';
import { takeOutbox } from '../../../services/storage/lookups.ts';
import { type ChangeContext, changeOrganization } from '../../../services/storage/unit-of-work.ts';
import { sharedDatabase } from '../../support/shared-service.ts';
import { type Filled, fillEveryTable } from './every-table.ts';
import { emptyOutbox } from './outbox.ts';

test('a change is kept with its activity, a new version and a message for the other replicas', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '11');
  const { result, version } = await changeOrganization(database, contextOf(filled), async (trx, change) => {
    await trx.updateTable('user').set({ last_name: 'Vega' }).where('id', '=', filled.userId).execute();
    change.record({
      action: 'users.update',
      subjectType: 'user',
      subjectId: filled.userId,
      before: { lastName: 'Ruiz' },
      after: { lastName: 'Vega' },
    });
    return 'done';
  });
  t.equal(result, 'done');
  t.equal(version, 2);
  t.equal(await readVersion(database, filled), 2);
  t.same(await takeAll(database), [{ organizationId: filled.organizationId, version: 2 }]);
  t.same(await takeAll(database), [], 'it is taken once');
  const [activity] = await readActivity(database, filled, 'users.update');
  t.match(activity, { before: {}, after: {}, request_id: 'request-1' });
  const [personal] = await inOrganization(database, filled.organizationId, (trx) =>
    trx
      .selectFrom('activity_personal')
      .selectAll()
      .where('activity_id', '=', activity?.id ?? '')
      .execute(),
  );
  t.match(personal, {
    subject_id: filled.userId,
    before: { lastName: 'Ruiz' },
    after: { lastName: 'Vega' },
  });
});

test('a change that fails leaves nothing', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '12');
  const failing = changeOrganization(database, contextOf(filled), async (trx, change) => {
    await trx.updateTable('user').set({ last_name: 'Vega' }).where('id', '=', filled.userId).execute();
    change.record({ action: 'users.update', subjectType: 'user', subjectId: filled.userId });
    throw new Error('on purpose');
  });
  await t.rejects(failing, { message: 'on purpose' });
  t.equal(await readVersion(database, filled), 1);
  t.same(await takeAll(database), []);
  t.same(await readActivity(database, filled, 'users.update'), []);
});

test('a skipped change keeps what was recorded, and tells nobody', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '13');
  const { version } = await changeOrganization(database, contextOf(filled), async (_trx, change) => {
    change.record({ action: 'session.refused', subjectType: 'user', subjectId: filled.userId });
    change.skip();
  });
  t.equal(version, 1);
  t.same(await takeAll(database), []);
  t.equal((await readActivity(database, filled, 'session.refused')).length, 1);
});

test('two changes of one organization at the same moment see each other, and get two versions', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '14');
  // Each leaves one administrator behind, as long as there is another one.
  const leave = (userId: string) =>
    changeOrganization(database, contextOf(filled), async (trx, change) => {
      const left = await trx.selectFrom('user').select('id').where('status', '=', 'active').execute();
      if (left.length < 2) {
        change.skip();
        return false;
      }
      await trx.updateTable('user').set({ status: 'inactive' }).where('id', '=', userId).execute();
      return true;
    });
  const answers = await Promise.all([leave(filled.userId), leave(filled.otherUserId)]);
  t.same(answers.map((answer) => answer.result).sort(), [false, true]);
  t.equal(await readVersion(database, filled), 2);
});

test('a hundred changes by ten administrators are a hundred versions, one after another', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '15');
  const versions: number[] = [];
  const administrator = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) {
      const { version } = await changeOrganization(database, contextOf(filled), async () => undefined);
      versions.push(version);
    }
  };
  await Promise.all(Array.from({ length: 10 }, administrator));
  t.same(
    versions.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index + 2),
  );
});

test('more activity than one statement can hold is kept', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '16');
  await changeOrganization(database, contextOf(filled), async (_trx, change) => {
    for (let index = 0; index < 7_000; index += 1) {
      change.record({ action: 'users.delete', subjectType: 'user', subjectId: null, after: { index } });
    }
  });
  t.equal((await readActivity(database, filled, 'users.delete')).length, 7_000);
});

test('a refused row names its constraint, and that is not the database being away', async (t) => {
  const { database } = await sharedDatabase();
  const filled = await start(database, '17');
  const check = async (
    title: string,
    constraint: string,
    row: { readonly login: string; readonly role?: string },
  ) => {
    const error = await changeOrganization(database, contextOf(filled), (trx) =>
      trx
        .insertInto('user')
        .values({
          organization_id: filled.organizationId,
          id: randomUUID(),
          kind: row.login.includes('@') ? 'email' : 'username',
          status: 'active',
          first_name: 'Ana',
          last_name: 'Ruiz',
          ...row,
          role: 'agent',
        })
        .execute(),
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    t.equal(constraintOf(error), constraint, title);
    t.notOk(isUnavailable(error), title);
  };
  await check('a login differs by more than its case', 'user_login_key', { login: 'ANA' });
  await check('a user with an e-mail login has an address', 'user_email_check', { login: 'a@example.com' });
  t.equal(constraintOf(new Error('else')), undefined);
});

async function start(database: Database, digits: string): Promise<Filled> {
  const filled = await fillEveryTable(database, digits);
  await emptyOutbox(database);
  return filled;
}

function contextOf({ organizationId }: Filled): ChangeContext {
  return { organizationId, actor: { type: 'system', id: null }, requestId: 'request-1', newId: randomUUID };
}

function takeAll(database: Database): Promise<unknown> {
  return database.kysely.transaction().execute((trx) => takeOutbox(trx, 100));
}

function readVersion(database: Database, { organizationId }: Filled): Promise<number> {
  return inOrganization(database, organizationId, async (trx) => {
    const row = await trx.selectFrom('organization').select('version').executeTakeFirstOrThrow();
    return row.version;
  });
}

function readActivity(database: Database, { organizationId }: Filled, action: string) {
  return inOrganization(database, organizationId, (trx) =>
    trx.selectFrom('activity').selectAll().where('action', '=', action).execute(),
  );
}
