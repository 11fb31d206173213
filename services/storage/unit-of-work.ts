import { sql } from 'kysely';
import { type Database, inOrganization, type Transaction } from './database.ts';
import { splitPersonal } from './personal-values.ts';
import type { ActorType } from './tables.ts';

export type Actor = { readonly type: ActorType; readonly id: string | null };

export type ChangeContext = {
  readonly organizationId: string;
  readonly actor: Actor;
  readonly requestId: string;
  readonly newId: () => string;
};

export type ActivityRecord = {
  /** users.create, numbers.target.set … */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string | null;
  /** Changed fields only, as the API shows them; secrets never come here. What is personal is kept apart (personal-values.ts). */
  readonly before?: unknown;
  readonly after?: unknown;
};

export type Change = {
  /** One row of the activity log, kept if and only if the change is. */
  record(activity: ActivityRecord): void;
  /** Nothing changed that routing can see: no new version, nobody is told. What was recorded is kept. */
  skip(): void;
};

/**
 * Every change of an organization: one transaction with its rows, its activity, the organization's new version and
 * the outbox row that tells the others. All of it or nothing.
 *
 * The organization's row is locked first, so changes of one organization come one after another: two administrators
 * who take each other's rights away at the same moment, or the last two administrators who leave, are seen in turn.
 * `for no key update`: whoever only refers to the row, such as a refused login's activity, does not wait.
 */
export function changeOrganization<T>(
  database: Database,
  context: ChangeContext,
  run: (trx: Transaction, change: Change) => Promise<T>,
): Promise<{ readonly result: T; readonly version: number }> {
  const { organizationId } = context;
  return inOrganization(database, organizationId, async (trx) => {
    const locked = await trx
      .selectFrom('organization')
      .select('version')
      .where('id', '=', organizationId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (locked === undefined) throw new Error(`there is no organization ${organizationId}`);
    const activities: ActivityRecord[] = [];
    let skipped = false;
    const change: Change = {
      record: (activity) => {
        activities.push(activity);
      },
      skip: () => {
        skipped = true;
      },
    };
    const result = await run(trx, change);
    await insertActivities(trx, context, activities);
    return { result, version: skipped ? locked.version : await raiseVersion(trx, organizationId) };
  });
}

/** Also for a new organization, whose row did not exist when its transaction began. */
export async function insertActivities(
  trx: Transaction,
  context: ChangeContext,
  activities: readonly ActivityRecord[],
): Promise<void> {
  const split = activities.map((activity) => ({ id: context.newId(), activity, ...splitPersonal(activity) }));
  const rows = split.map(({ id, activity, lasting }) => ({
    id,
    action: activity.action,
    subject_type: activity.subjectType,
    subject_id: activity.subjectId,
    ...lasting,
  }));
  const personalRows = split.flatMap(({ id, personal }) =>
    personal === undefined ? [] : { id, subject_id: personal.subjectId, ...personal },
  );
  const { organizationId, actor, requestId } = context;
  // One document for many rows: a bulk change may record 50,000, and a statement holds 65,535 parameters at most.
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const batch = JSON.stringify(rows.slice(from, from + rowsAtOnce));
    await sql`
      insert into activity (organization_id, id, actor_type, actor_id, action, subject_type, subject_id, before, after, request_id)
        select ${organizationId}::uuid, r.id, ${actor.type}::text, ${actor.id}::uuid, r.action, r.subject_type,
            r.subject_id, r.before, r.after, ${requestId}::text
          from json_to_recordset(${batch}::json)
            as r(id uuid, action text, subject_type text, subject_id uuid, before jsonb, after jsonb)`.execute(
      trx,
    );
  }
  for (let from = 0; from < personalRows.length; from += rowsAtOnce) {
    const batch = JSON.stringify(personalRows.slice(from, from + rowsAtOnce));
    await sql`
      insert into activity_personal (organization_id, activity_id, subject_id, before, after)
        select ${organizationId}::uuid, r.id, r.subject_id, r.before, r.after
          from json_to_recordset(${batch}::json) as r(id uuid, subject_id uuid, before jsonb, after jsonb)`.execute(
      trx,
    );
  }
}

const rowsAtOnce = 5_000;

/** The new version, and the outbox row with it: its trigger tells the replicas at commit, and the relay Redis. */
export async function raiseVersion(trx: Transaction, organizationId: string): Promise<number> {
  const { version } = await trx
    .updateTable('organization')
    .set({ version: sql<number>`version + 1` })
    .where('id', '=', organizationId)
    .returning('version')
    .executeTakeFirstOrThrow();
  await trx.insertInto('outbox').values({ organization_id: organizationId, version }).execute();
  return version;
}
