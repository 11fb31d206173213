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
    organization_id: context.organizationId,
    id,
    actor_type: context.actor.type,
    actor_id: context.actor.id,
    action: activity.action,
    subject_type: activity.subjectType,
    subject_id: activity.subjectId,
    before: toDocument(lasting.before),
    after: toDocument(lasting.after),
    request_id: context.requestId,
  }));
  const personalRows = split.flatMap(({ id, personal }) =>
    personal === undefined
      ? []
      : {
          organization_id: context.organizationId,
          activity_id: id,
          subject_id: personal.subjectId,
          before: toDocument(personal.before),
          after: toDocument(personal.after),
        },
  );
  // A statement holds 65,535 parameters at most, and a bulk change may record more.
  for (let from = 0; from < rows.length; from += 1_000) {
    await trx
      .insertInto('activity')
      .values(rows.slice(from, from + 1_000))
      .execute();
  }
  for (let from = 0; from < personalRows.length; from += 1_000) {
    await trx
      .insertInto('activity_personal')
      .values(personalRows.slice(from, from + 1_000))
      .execute();
  }
}

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

function toDocument(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
