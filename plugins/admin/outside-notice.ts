import { sql } from 'kysely';
import { insertMail } from '../../services/mail/queue.ts';
import { renderMail } from '../../services/mail/templates.ts';
import { mailTexts } from '../../services/mail/texts.ts';
import type { Transaction } from '../../services/storage/database.ts';
import { isUnavailable } from '../../services/storage/database-error.ts';
import type { ActivityRecord } from '../../services/storage/unit-of-work.ts';
import type { Actor } from './access.ts';
import type { AdminContext } from './context.ts';
import { newOutsideNumbers } from './outside-numbers.ts';

/**
 * Toll fraud begins with a forward that nobody notices: whoever answers for the organization is told of each change
 * that lets calls go to an outside number, and so is the user whose calls they are.
 */

type Ports = Pick<AdminContext, 'newId' | 'box' | 'reportError'>;
type By = { readonly actor: Pick<Actor, 'type' | 'id' | 'organizationId'>; readonly instant: number };

/** Whose calls go where from now on. */
type Forward = { readonly subjectType: string; readonly subjectId: string; readonly number: string };

/** A change that opens a thousand forwards says the first ones; the activity log has the rest. */
const mostNamed = 20;
const mostAdministrators = 50;

/**
 * One mail for everybody concerned, in the transaction of the change. A mail that cannot be made is never the reason
 * that the change fails. True: mail waits.
 */
export async function queueOutsideNotices(
  trx: Transaction,
  context: Ports,
  by: By,
  recorded: readonly ActivityRecord[],
): Promise<boolean> {
  const seen = recorded.flatMap((activity) => {
    const { subjectType, subjectId } = activity;
    if (subjectId === null) return [];
    return newOutsideNumbers(activity).map((number) => ({ subjectType, subjectId, number }));
  });
  if (seen.length === 0) return false;
  await sql`savepoint outside_notice`.execute(trx);
  try {
    const queued = await writeNotices(trx, context, by, seen);
    await sql`release savepoint outside_notice`.execute(trx);
    return queued > 0;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    await sql`rollback to savepoint outside_notice`.execute(trx);
    context.reportError(error, 'the mail about an outside forward could not be made');
    return false;
  }
}

async function writeNotices(
  trx: Transaction,
  context: Ports,
  by: By,
  seen: readonly Forward[],
): Promise<number> {
  const { organizationId } = by.actor;
  const own = await findOwnNumbers(trx, organizationId, seen);
  const forwards = seen.filter(({ number }) => !own.has(number));
  if (forwards.length === 0) return 0;
  const organization = await trx
    .selectFrom('organization')
    .select(['name', 'language'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  const names = await findNames(trx, organizationId, forwards);
  const recipients = await listRecipients(trx, organizationId, forwards);
  const words = mailTexts[organization.language].outside;
  const actor = `${words[by.actor.type]} ${await findActorName(trx, by.actor)}`.trim();
  for (const person of recipients) {
    const theirs = person.isAdministrator ? forwards : forwards.filter((one) => one.subjectId === person.id);
    const list = theirs
      .slice(0, mostNamed)
      .map(({ subjectId, number }) => `${names.get(subjectId) ?? organization.name} → ${number}`);
    const more = theirs.length - list.length;
    const values = {
      name: person.name,
      login: person.login,
      address: person.email,
      organization: organization.name,
      actor,
      forwards: `${list.join('; ')}${more === 0 ? '' : `; + ${more}`}`,
    };
    await insertMail(trx, context.box, organizationId, {
      id: context.newId(),
      kind: 'outside-forward',
      recipient: person.email,
      content: renderMail('outside-forward', organization.language, values),
      instant: by.instant,
    });
  }
  return recipients.length;
}

async function findOwnNumbers(
  trx: Transaction,
  organizationId: string,
  seen: readonly Forward[],
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(seen.map(({ number }) => number))];
  const { rows } = await sql<{ number: string }>`
    select number from number where organization_id = ${organizationId} and number = any(${wanted}::text[])`.execute(
    trx,
  );
  return new Set(rows.map(({ number }) => number));
}

/** Of users, queues and numbers; the organization is named by its own. */
async function findNames(
  trx: Transaction,
  organizationId: string,
  forwards: readonly Forward[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(forwards.map(({ subjectId }) => subjectId))];
  const { rows } = await sql<{ id: string; name: string }>`
    select id, btrim(first_name || ' ' || last_name) as name from "user"
      where organization_id = ${organizationId} and id = any(${ids}::uuid[])
    union all select id, name from queue where organization_id = ${organizationId} and id = any(${ids}::uuid[])
    union all select id, btrim(number || ' ' || name) from number
      where organization_id = ${organizationId} and id = any(${ids}::uuid[])`.execute(trx);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

async function findActorName(trx: Transaction, { type, id, organizationId }: By['actor']): Promise<string> {
  const { rows } =
    type === 'user'
      ? await sql<{ name: string }>`
          select btrim(first_name || ' ' || last_name) || ' (' || login || ')' as name from "user"
          where organization_id = ${organizationId} and id = ${id}`.execute(trx)
      : await sql<{ name: string }>`
          select name from api_key where organization_id = ${organizationId} and id = ${id}`.execute(trx);
  return rows[0]?.name ?? '';
}

type Recipient = {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly email: string;
  readonly isAdministrator: boolean;
};

/** Nobody who has not confirmed the address: it may be somebody else's. */
async function listRecipients(
  trx: Transaction,
  organizationId: string,
  forwards: readonly Forward[],
): Promise<readonly Recipient[]> {
  const concerned = forwards.filter((one) => one.subjectType === 'user').map((one) => one.subjectId);
  const { rows } = await sql<Recipient>`
    select id, first_name as name, login, email, role = 'administrator' and status = 'active' as "isAdministrator"
    from "user" where organization_id = ${organizationId} and email is not null
      and (status = 'active' and role = 'administrator'
        or status in ('active', 'inactive') and id = any(${[...new Set(concerned)]}::uuid[]))
    order by role = 'administrator' desc, id limit ${mostAdministrators + mostNamed}`.execute(trx);
  return rows;
}
