import { sql } from 'kysely';
import type { Transaction } from '../../services/storage/database.ts';
import type { LabelKind } from '../../services/storage/tables.ts';
import type { Issues } from './issues.ts';
import { isId } from './reference-lookups.ts';

/** The labels of a user: ids, in the order of their names. */
export type Labels = {
  readonly skills: readonly string[];
  readonly tags: readonly string[];
  readonly desks: readonly string[];
};

export const labelFields = { skills: 'skill', tags: 'tag', desks: 'desk' } as const;

type LabelField = keyof typeof labelFields;
type LabelRow = {
  readonly id: string;
  readonly kind: LabelKind;
  readonly name_key: string;
  readonly key: string;
};

/** Ids for what a body names: each is an id of a label of that kind, or its name in any case. */
export async function resolveLabels<T extends Labels>(
  trx: Transaction,
  organizationId: string,
  settings: T,
  issues: Issues,
  previous?: Labels,
): Promise<T> {
  const wanted = fields.flatMap((field) => [...settings[field]]);
  if (wanted.length === 0) return settings;
  if (previous !== undefined && fields.every((field) => isSame(settings[field], previous[field])))
    return settings;
  const rows = await findLabels(trx, organizationId, wanted);
  const resolved = { ...settings };
  for (const field of fields) {
    Object.assign(resolved, { [field]: resolveField(field, settings[field], rows, issues) });
  }
  return resolved;
}

const fields: readonly LabelField[] = ['skills', 'tags', 'desks'];

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

function resolveField(
  field: LabelField,
  wanted: readonly string[],
  rows: readonly LabelRow[],
  issues: Issues,
): string[] {
  const found = new Map<string, LabelRow>();
  wanted.forEach((text, index) => {
    const named = rows.filter((row) => row.kind === labelFields[field] && row.key === text);
    const row = named.find((one) => one.id === text.toLowerCase()) ?? named[0];
    if (row !== undefined) found.set(row.id, row);
    else issues.add(`/${field}/${index}`, 'not-found', `Use an id or a name that GET /v1/${field} lists.`);
  });
  const byName = [...found.values()].toSorted((a, b) => (a.name_key < b.name_key ? -1 : 1));
  return byName.map((row) => row.id);
}

/** Every label that one of the texts names; `key` is the text. Lower case as Postgres makes it. */
async function findLabels(
  trx: Transaction,
  organizationId: string,
  texts: readonly string[],
): Promise<readonly LabelRow[]> {
  const { rows } = await sql<LabelRow>`
    select l.id, l.kind, l.name_key, wanted.key from unnest(${[...new Set(texts)]}::text[]) as wanted(key)
      join label l on l.organization_id = ${organizationId}
        and (l.name_key = lower(btrim(wanted.key)) or l.id::text = lower(wanted.key))
      order by l.name_key, l.id`.execute(trx);
  return rows;
}

/** The label that a filter names, by id or name; undefined: nobody can have it. */
export async function findLabelId(
  trx: Transaction,
  organizationId: string,
  kind: LabelKind,
  text: string,
): Promise<string | undefined> {
  const rows = (await findLabels(trx, organizationId, [text])).filter((row) => row.kind === kind);
  return (rows.find((row) => isId(text) && row.id === text.toLowerCase()) ?? rows[0])?.id;
}

export type LabelOfUser = { readonly userId: string; readonly id: string; readonly kind: LabelKind };

/** A document of LabelOfUser, in the order of their names. */
export function labelsOfUsers(organizationId: string, userIds: readonly string[]) {
  return sql<readonly LabelOfUser[]>`
    (select coalesce(json_agg(json_build_object('userId', u.user_id, 'id', l.id, 'kind', l.kind) order by l.name_key, l.id), '[]')
      from user_label u join label l on l.organization_id = u.organization_id and l.id = u.label_id
      where u.organization_id = ${organizationId} and u.user_id = any(${userIds}::uuid[]))`;
}

export function byUser(rows: readonly LabelOfUser[]): ReadonlyMap<string, Labels> {
  return new Map(
    [...Map.groupBy(rows, (row) => row.userId)].map(([userId, labels]) => {
      const of = (kind: LabelKind) => labels.filter((label) => label.kind === kind).map(({ id }) => id);
      return [userId, { skills: of('skill'), tags: of('tag'), desks: of('desk') }] as const;
    }),
  );
}

export const noLabels: Labels = { skills: [], tags: [], desks: [] };

/** Replaces the labels of one user. */
export async function writeLabels(
  trx: Transaction,
  organizationId: string,
  userId: string,
  { skills, tags, desks }: Labels,
): Promise<void> {
  await trx
    .deleteFrom('user_label')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute();
  const ids = [...skills, ...tags, ...desks];
  if (ids.length === 0) return;
  await trx
    .insertInto('user_label')
    .values(ids.map((label_id) => ({ organization_id: organizationId, label_id, user_id: userId })))
    .execute();
}
