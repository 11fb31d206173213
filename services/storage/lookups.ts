import { sql } from 'kysely';
import type { Database, Transaction } from './database.ts';

/**
 * The named functions of sql/0007_lookup.sql: the only reads and writes that need no organization, because they find
 * out which one it is or serve all of them. sql/README.md lists them.
 */

export type OrganizationVersion = { readonly id: string; readonly slug: string; readonly version: number };

/** In the order of creation, so the first is "the first organization". */
export async function listOrganizationVersions(database: Database): Promise<readonly OrganizationVersion[]> {
  const { rows } =
    await sql<OrganizationVersion>`select id, slug, version from list_organization_versions()`.execute(
      database.kysely,
    );
  return rows;
}

/** By slug; without one, the only organization there is. Undefined: none, or several and no slug. */
export async function findOrganizationForLogin(
  database: Database,
  slug: string | null,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from find_organization_for_login(${slug})`.execute(
    database.kysely,
  );
  return rows[0]?.id;
}

/** The session whose token has this hash, whether or not it has expired: that is checked with its row. */
export async function findSession(
  database: Database,
  hash: string,
): Promise<{ readonly organizationId: string; readonly sessionId: string } | undefined> {
  const { rows } = await sql<{ organization_id: string; id: string }>`
    select organization_id, id from find_session(${hash})`.execute(database.kysely);
  const row = rows[0];
  return row === undefined ? undefined : { organizationId: row.organization_id, sessionId: row.id };
}

/**
 * Takes up to `most` outbox rows away, and gives the highest version of each organization among them. In a transaction
 * of the relay's, which commits when the message is out; other relays pass over the rows in the meantime.
 */
export async function takeOutbox(
  trx: Transaction,
  most: number,
): Promise<readonly { readonly organizationId: string; readonly version: number }[]> {
  const { rows } = await sql<{ organization_id: string; version: number }>`
    select organization_id, version from take_outbox(${most})`.execute(trx);
  return rows.map((row) => ({ organizationId: row.organization_id, version: row.version }));
}

/** Deleted users whose days of grace are over. Each is checked again in its organization's own transaction. */
export async function listDueErasures(
  database: Database,
  due: Date,
  most: number,
): Promise<readonly { readonly organizationId: string; readonly userId: string }[]> {
  const { rows } = await sql<{ organization_id: string; user_id: string }>`
    select organization_id, user_id from list_due_erasures(${due}, ${most})`.execute(database.kysely);
  return rows.map((row) => ({ organizationId: row.organization_id, userId: row.user_id }));
}

/** Deletes sessions and kept answers that are past their time, and links and mails of a month ago. */
export async function sweepExpired(database: Database): Promise<void> {
  await sql`select sweep_expired()`.execute(database.kysely);
}

/**
 * Up to `most` mails that are due at `at`, of all organizations. Nobody else gets them before `again`, and whoever took
 * them marks them as sent before that: a mail is sent once or, after a crash between the two, more than once.
 */
export async function takeDueMail(
  database: Database,
  most: number,
  at: Date,
  again: Date,
): Promise<readonly { readonly organizationId: string; readonly id: string }[]> {
  const { rows } = await sql<{ organization_id: string; id: string }>`
    select organization_id, id from take_due_mail(${most}, ${at}, ${again})`.execute(database.kysely);
  return rows.map((row) => ({ organizationId: row.organization_id, id: row.id }));
}

/** The one-time token with this hash, whether or not it was used or has expired: that is checked with its row. */
export async function findOneTimeToken(
  database: Database,
  hash: string,
): Promise<{ readonly organizationId: string; readonly id: string } | undefined> {
  const { rows } = await sql<{ organization_id: string; id: string }>`
    select organization_id, id from find_one_time_token(${hash})`.execute(database.kysely);
  const row = rows[0];
  return row === undefined ? undefined : { organizationId: row.organization_id, id: row.id };
}

/** Jobs that have rows left, the oldest first; each is taken in a transaction of its own organization. */
export async function listOpenJobs(
  database: Database,
  most: number,
): Promise<readonly { readonly organizationId: string; readonly id: string }[]> {
  const { rows } = await sql<{ organization_id: string; id: string }>`
    select organization_id, id from list_open_jobs(${most})`.execute(database.kysely);
  return rows.map((row) => ({ organizationId: row.organization_id, id: row.id }));
}
