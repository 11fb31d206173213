import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { wordsOf } from '../plugins/admin/user-words.ts';
import { buildNewId } from '../services/routing/ids.ts';
import { type Database, inOrganization, type Transaction } from '../services/storage/database.ts';
import { type Person, personOf, spread } from './people.ts';

/** The rows of a large office, written past the routes: what the lists are asked about. */

export type OfficeSize = {
  readonly users: number;
  readonly numbers: number;
  readonly activities: number;
  readonly calls: number;
};

export type LargeOffice = {
  readonly size: OfficeSize;
  readonly users: readonly string[];
  /** Skills, tags and desks by kind: the first of each kind on half of all, the last on one in 5,000. */
  readonly labels: Readonly<Record<'skill' | 'tag' | 'desk', readonly string[]>>;
  /** The first is the top of the tree. */
  readonly groups: readonly string[];
  /** The first has a fifth of all as members, the others twenty each. */
  readonly queues: readonly string[];
};

/** Rows of one statement. */
const batch = 1_000;
const firstInstant = Date.parse('2026-01-01T00:00:00Z');

export async function fillOffice(
  database: Database,
  organizationId: string,
  size: OfficeSize,
): Promise<LargeOffice> {
  const ids = buildNewId({ now: () => firstInstant }, randomBytes);
  const newIds = (count: number) => Array.from({ length: count }, ids);
  const office: LargeOffice = {
    size,
    users: newIds(size.users),
    labels: { skill: newIds(40), tag: newIds(60), desk: newIds(30) },
    groups: newIds(300),
    queues: newIds(200),
  };
  const write = (count: number, run: (trx: Transaction, indexes: readonly number[]) => Promise<unknown>) =>
    inBatches(database, organizationId, count, run);
  await write(1, (trx) => insertGroups(trx, organizationId, office));
  await write(1, (trx) => insertLabels(trx, organizationId, office));
  await write(1, (trx) => insertQueues(trx, organizationId, office));
  await write(size.users, async (trx, indexes) => {
    await insertUsers(trx, organizationId, office, indexes, indexes.map(personOf));
  });
  // Foreign keys are checked by plans that were made while there was nobody.
  await vacuum(database);
  await write(size.users, async (trx, indexes) => {
    const people = indexes.map(personOf);
    const userIds = indexes.map((index) => office.users[index] ?? '');
    await insertWords(trx, organizationId, userIds, people);
    await insertBelongings(trx, organizationId, office, indexes);
  });
  await write(size.numbers, (trx, indexes) => insertNumbers(trx, organizationId, office, indexes, ids));
  const log = (first: number, count: number) =>
    write(count, (trx, places) => {
      const indexes = places.map((place) => first + place);
      return insertActivities(trx, organizationId, office, indexes);
    });
  await log(0, Math.min(batch, size.activities));
  await vacuum(database);
  await log(batch, size.activities - batch);
  await vacuum(database);
  return office;
}

async function inBatches(
  database: Database,
  organizationId: string,
  count: number,
  run: (trx: Transaction, indexes: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += batch) {
    const indexes = Array.from({ length: Math.min(batch, count - from) }, (_, place) => from + place);
    await inOrganization(database, organizationId, (trx) => run(trx, indexes));
  }
}

async function insertGroups(trx: Transaction, organizationId: string, { groups }: LargeOffice) {
  const parents = groups.map((_, index) => (index === 0 ? null : groups[Math.floor((index - 1) / 6)]));
  await sql`insert into user_group (organization_id, id, name, parent_group_id)
    select ${organizationId}::uuid, id, 'Group ' || place, parent
    from unnest(${groups}::uuid[], ${parents}::uuid[]) with ordinality as g(id, parent, place)`.execute(trx);
}

async function insertLabels(trx: Transaction, organizationId: string, { labels }: LargeOffice) {
  for (const [kind, ids] of Object.entries(labels)) {
    await sql`insert into label (organization_id, id, kind, name)
      select ${organizationId}::uuid, id, ${kind}, ${kind} || ' ' || place
      from unnest(${ids}::uuid[]) with ordinality as l(id, place)`.execute(trx);
  }
}

async function insertQueues(trx: Transaction, organizationId: string, { queues }: LargeOffice) {
  await sql`insert into queue (organization_id, id, name)
    select ${organizationId}::uuid, id, 'Queue ' || place
    from unnest(${queues}::uuid[]) with ordinality as q(id, place)`.execute(trx);
}

async function insertUsers(
  trx: Transaction,
  organizationId: string,
  office: LargeOffice,
  indexes: readonly number[],
  people: readonly Person[],
) {
  const ids = indexes.map((index) => office.users[index]);
  const roles = indexes.map((index) =>
    index % 1_000 === 1 ? 'administrator' : index % 25 === 2 ? 'manager' : 'agent',
  );
  const statuses = indexes.map((index) =>
    index % 100 === 3 ? 'deleted' : index % 25 === 4 ? 'inactive' : index % 20 === 5 ? 'pending' : 'active',
  );
  const groups = indexes.map((index) => office.groups[spread(index, 3) % office.groups.length]);
  await sql`insert into "user" (organization_id, id, kind, login, email, first_name, last_name, role, status, group_id)
    select ${organizationId}::uuid, id, 'username', login, email, first_name, last_name, role, status, group_id
    from unnest(${ids}::uuid[], ${people.map((one) => one.login)}::text[], ${people.map((one) => one.email)}::text[],
      ${people.map((one) => one.firstName)}::text[], ${people.map((one) => one.lastName)}::text[],
      ${roles}::text[], ${statuses}::text[], ${groups}::uuid[])
      as u(id, login, email, first_name, last_name, role, status, group_id)`.execute(trx);
  await sql`insert into extension (organization_id, extension, user_id)
    select ${organizationId}::uuid, * from unnest(${people.map((one) => one.extension)}::text[], ${ids}::uuid[])`.execute(
    trx,
  );
}

async function insertWords(
  trx: Transaction,
  organizationId: string,
  userIds: readonly string[],
  people: readonly Person[],
) {
  const rows = people.flatMap((person, index) =>
    wordsOf(person).map((word) => [userIds[index] ?? '', word] as const),
  );
  await sql`insert into user_word (organization_id, user_id, word)
    select ${organizationId}::uuid, * from unnest(${rows.map(([id]) => id)}::uuid[],
      ${rows.map(([, word]) => word)}::text[])`.execute(trx);
}

/** Labels and queues. */
async function insertBelongings(
  trx: Transaction,
  organizationId: string,
  { users, labels, queues }: LargeOffice,
  indexes: readonly number[],
) {
  const labelled = indexes.flatMap((index) =>
    Object.values(labels).flatMap((ids) =>
      labelsOf(index, ids.length).map((place) => [users[index] ?? '', ids[place] ?? ''] as const),
    ),
  );
  await sql`insert into user_label (organization_id, user_id, label_id)
    select ${organizationId}::uuid, * from unnest(${labelled.map(([id]) => id)}::uuid[],
      ${labelled.map(([, label]) => label)}::uuid[])`.execute(trx);
  const members = indexes.flatMap((index) => {
    const small = 1 + (index % 25 === 6 ? Math.floor(index / 25) % (queues.length - 1) : -1);
    return [index % 5 === 0 ? 0 : -1, small > 0 ? small : -1]
      .filter((place) => place >= 0)
      .map((place) => [queues[place] ?? '', users[index] ?? '', index] as const);
  });
  await sql`insert into queue_member (organization_id, queue_id, user_id, position)
    select ${organizationId}::uuid, * from unnest(${members.map(([queue]) => queue)}::uuid[],
      ${members.map(([, user]) => user)}::uuid[], ${members.map(([, , place]) => place)}::integer[])`.execute(
    trx,
  );
}

/** The first on every second user, the last on one in 5,000, one of the others on each. */
function labelsOf(index: number, count: number): readonly number[] {
  const some = 1 + (spread(index, 4) % (count - 2));
  return [...(index % 2 === 0 ? [0] : []), some, ...(index % 5_000 === 7 ? [count - 1] : [])];
}

async function insertNumbers(
  trx: Transaction,
  organizationId: string,
  { users }: LargeOffice,
  indexes: readonly number[],
  newId: () => string,
) {
  const targets = indexes.map((index) =>
    index % 3 === 0 ? null : JSON.stringify({ type: 'user', id: users[spread(index, 5) % users.length] }),
  );
  const names = indexes.map((index) => {
    const { lastName, firstName } = personOf(index);
    return index % 4 === 0 ? '' : `${firstName} ${lastName}, ${index % 2 === 0 ? 'direct' : 'Büro'}`;
  });
  await sql`insert into number (organization_id, id, number, name, target)
    select ${organizationId}::uuid, * from unnest(${indexes.map(newId)}::uuid[],
      ${indexes.map((index) => `+1${2_025_550_000 + index}`)}::text[], ${names}::text[], ${targets}::jsonb[])`.execute(
    trx,
  );
}

/** One a minute: 300,000 are seven months. */
export function instantOf(activity: number): number {
  return firstInstant + activity * 60_000;
}

const actions = ['users.change', 'users.create', 'session.open', 'numbers.target.set', 'queues.members.set'];

/** Rare ones: one in 10,000. Half of all rows have personal values aside. */
async function insertActivities(
  trx: Transaction,
  organizationId: string,
  { users }: LargeOffice,
  indexes: readonly number[],
) {
  const ids = indexes.map((index) => buildNewId({ now: () => instantOf(index) }, randomBytes)());
  const kinds = indexes.map((index) =>
    index % 10_000 === 11 ? 'organization.change' : actions[spread(index, 6) % actions.length],
  );
  const actors = indexes.map((index) => users[spread(index, 7) % 50]);
  const subjects = indexes.map((index) => users[spread(index, 8) % users.length]);
  const times = indexes.map((index) => new Date(instantOf(index)));
  const after = indexes.map((index) => JSON.stringify({ ringSeconds: index % 300, note: `entry ${index}` }));
  await sql`insert into activity (organization_id, id, at, actor_type, actor_id, action, subject_type, subject_id, after, request_id)
    select ${organizationId}::uuid, id, at, 'user', actor, action, 'user', subject, doc, 'req-' || place
    from unnest(${ids}::uuid[], ${times}::timestamptz[], ${actors}::uuid[], ${kinds}::text[], ${subjects}::uuid[],
      ${after}::jsonb[], ${indexes}::integer[]) as a(id, at, actor, action, subject, doc, place)`.execute(
    trx,
  );
  const personal = indexes.flatMap((index, place) => (index % 2 === 0 ? [place] : []));
  const documents = personal.map((place) =>
    JSON.stringify({ lastName: personOf(indexes[place] ?? 0).lastName }),
  );
  await sql`insert into activity_personal (organization_id, activity_id, subject_id, after)
    select ${organizationId}::uuid, * from unnest(${personal.map((place) => ids[place])}::uuid[],
      ${personal.map((place) => subjects[place])}::uuid[], ${documents}::jsonb[])`.execute(trx);
}

/** What autovacuum does within a minute; the plain role owns its tables. */
async function vacuum(database: Database): Promise<void> {
  const large = sql`"user", user_word, user_label, queue_member, extension, number, activity, activity_personal`;
  await sql`vacuum (analyze) ${large}, label, user_group, queue`.execute(database.kysely);
}
