import { type ExpressionBuilder, type ExpressionWrapper, type Selectable, type SqlBool, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Tables, VoicemailTable } from '../../../services/storage/tables.ts';
import type { Place } from '../paging.ts';

export type VoicemailRow = Pick<
  Selectable<VoicemailTable>,
  | 'id'
  | 'carrier'
  | 'recording_id'
  | 'call_id'
  | 'mailbox_type'
  | 'mailbox_id'
  | 'from_kind'
  | 'from_value'
  | 'account_sid'
  | 'sound_url'
  | 'duration_seconds'
  | 'received_at'
  | 'read_at'
  | 'read_by'
  | 'archived_at'
> & { readonly mailbox_name: string | null };

/** Whose boxes: everybody's, or a user's own and those of their queues. */
export type Reach = 'all' | { readonly userId: string };

export type VoicemailFilter = {
  readonly reach: Reach;
  readonly mailbox: { readonly type: string; readonly id: string } | undefined;
  readonly read: boolean | undefined;
  readonly archived: boolean;
  readonly after: Place | undefined;
  readonly limit: number;
};

/** The newest first; one more than `limit` where there are more. */
export function listVoicemails(
  trx: Transaction,
  organizationId: string,
  { reach, mailbox, read, archived, after, limit }: VoicemailFilter,
): Promise<readonly VoicemailRow[]> {
  let query = selectVoicemails(trx, organizationId, reach).where((where) =>
    isIn(where, { mailbox, archived }),
  );
  if (read !== undefined) query = query.where('v.read_at', read ? 'is not' : 'is', null);
  if (after !== undefined) {
    query = query.where(sql<boolean>`(v.received_at, v.id) < (${new Date(after[0])}, ${after[1]}::uuid)`);
  }
  return query
    .orderBy('v.received_at', 'desc')
    .orderBy('v.id', 'desc')
    .limit(limit + 1)
    .execute();
}

/** Those that nobody has read, in the same boxes and of the same state. */
export async function countUnreadIn(
  trx: Transaction,
  organizationId: string,
  { reach, ...boxes }: Pick<VoicemailFilter, 'reach' | 'mailbox' | 'archived'>,
): Promise<number> {
  const { unread } = await keptVoicemails(trx, organizationId, reach)
    .select((count) => count.fn.countAll<string>().as('unread'))
    .where((where) => isIn(where, boxes))
    .where('v.read_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(unread);
}

export function findVoicemail(
  trx: Transaction,
  organizationId: string,
  reach: Reach,
  id: string,
): Promise<VoicemailRow | undefined> {
  return selectVoicemails(trx, organizationId, reach).where('v.id', '=', id).executeTakeFirst();
}

function selectVoicemails(trx: Transaction, organizationId: string, reach: Reach) {
  return keptVoicemails(trx, organizationId, reach)
    .select(['v.id', 'v.carrier', 'v.recording_id', 'v.call_id', 'v.mailbox_type', 'v.mailbox_id'])
    .select(['v.from_kind', 'v.from_value', 'v.account_sid', 'v.sound_url', 'v.duration_seconds'])
    .select(['v.received_at', 'v.read_at', 'v.read_by', 'v.archived_at'])
    .select(
      sql<string | null>`case v.mailbox_type
        when 'user' then (select trim(u.first_name || ' ' || u.last_name) from "user" u
          where u.organization_id = v.organization_id and u.id = v.mailbox_id)
        else (select q.name from queue q where q.organization_id = v.organization_id and q.id = v.mailbox_id)
      end`.as('mailbox_name'),
    );
}

function keptVoicemails(trx: Transaction, organizationId: string, reach: Reach) {
  const query = trx
    .selectFrom('voicemail as v')
    .where('v.organization_id', '=', organizationId)
    .where('v.deleted_at', 'is', null);
  return reach === 'all' ? query : query.where((where) => isOwn(where, organizationId, reach.userId));
}

type Where = ExpressionBuilder<Tables & { v: VoicemailTable }, 'v'>;
type Condition = ExpressionWrapper<Tables & { v: VoicemailTable }, 'v', SqlBool>;

function isIn(where: Where, { mailbox, archived }: Pick<VoicemailFilter, 'mailbox' | 'archived'>): Condition {
  const state = where('v.archived_at', archived ? 'is not' : 'is', null);
  if (mailbox === undefined) return where.and([state]);
  const { id, type } = mailbox;
  return where.and([state, where('v.mailbox_id', '=', id), sql<boolean>`v.mailbox_type = ${type}`]);
}

function isOwn(where: Where, organizationId: string, userId: string): Condition {
  const queues = where
    .selectFrom('queue_member')
    .select('queue_id')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId);
  return where.or([
    where.and([where('v.mailbox_type', '=', 'user'), where('v.mailbox_id', '=', userId)]),
    where.and([where('v.mailbox_type', '=', 'queue'), where('v.mailbox_id', 'in', queues)]),
  ]);
}

/** Since this instant: what is asked for piece by piece is listened to once. */
export async function hasListened(
  trx: Transaction,
  organizationId: string,
  heard: { readonly id: string; readonly actorId: string; readonly since: Date },
): Promise<boolean> {
  const row = await trx
    .selectFrom('activity')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('subject_id', '=', heard.id)
    .where('actor_id', '=', heard.actorId)
    .where('action', '=', listening)
    .where('at', '>', heard.since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export const listening = 'voicemails.listen';

export type VoicemailMarks = Partial<Pick<VoicemailRow, 'read_at' | 'read_by' | 'archived_at'>>;

export async function markVoicemail(
  trx: Transaction,
  organizationId: string,
  id: string,
  marks: VoicemailMarks,
): Promise<void> {
  await trx
    .updateTable('voicemail')
    .set(marks)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** The row stays without what it said about the caller, until the carrier has deleted the sound. */
export async function forgetVoicemail(
  trx: Transaction,
  organizationId: string,
  id: string,
  instant: number,
): Promise<void> {
  const at = new Date(instant);
  await trx
    .updateTable('voicemail')
    .set({ deleted_at: at, next_delete_at: at, from_kind: null, from_value: null, sound_url: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}
