import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { appendLiveEvents } from '../../../services/storage/live-events.ts';
import type { Sound } from '../../../services/voicemail/sounds.ts';
import { toVoicemailChanged } from '../../../services/voicemail/told.ts';
import type { Actor, Permission } from '../access.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { missing } from '../refusals.ts';
import { rehearsedIn } from '../rehearsal.ts';
import type { Voicemail, VoicemailPatch, VoicemailQuery } from './schema.ts';
import {
  countUnreadIn,
  findVoicemail,
  forgetVoicemail,
  hasListened,
  listening,
  listVoicemails,
  markVoicemail,
  type Reach,
  type VoicemailMarks,
  type VoicemailRow,
} from './store.ts';

/** Everybody hears their own box and those of their queues; all boxes are for who has the permission. */
function reachOf(actor: Actor, all: Permission, own: Permission): Reach {
  if (actor.permissions.has(all)) return 'all';
  if (actor.type === 'user' && actor.permissions.has(own)) return { userId: actor.id };
  throw missing(all);
}

const readable = (actor: Actor) => reachOf(actor, 'voicemails.read', 'profile.read');
const changeable = (actor: Actor) => reachOf(actor, 'voicemails.write', 'profile.write');

const order = 'voicemails';

export function listVoicemailPage(
  context: AdminContext,
  request: AdminRequest,
  query: VoicemailQuery,
): Promise<Page<Voicemail> & { readonly meta: { readonly unread: number } }> {
  const { limit = defaultLimit, archived = false } = query;
  const after = parseCursor(order, query.after);
  if (after !== undefined && Number.isNaN(Date.parse(after[0]))) throw problem('query.invalid');
  const [type = '', id = ''] = query.mailbox?.split(':') ?? [];
  const filter = {
    reach: readable(request.actor),
    mailbox: query.mailbox === undefined ? undefined : { type, id },
    read: query.read,
    archived,
    after,
    limit,
  };
  return read(context, request, async (trx) => {
    const rows = await listVoicemails(trx, request.actor.organizationId, filter);
    const unread = await countUnreadIn(trx, request.actor.organizationId, filter);
    const page = toPage(rows, limit, order, (row) => [row.received_at.toISOString(), row.id], toVoicemail);
    return { ...page, meta: { unread } };
  });
}

export function readVoicemail(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<Answer<Voicemail>> {
  return read(context, request, async (trx) => ({
    body: toVoicemail(await getVoicemail(trx, request, readable(request.actor), id)),
  }));
}

export function patchVoicemail(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: VoicemailPatch,
): Promise<Answer<Voicemail>> {
  return change(context, request, async (trx, log) => {
    const { actor, instant } = request;
    const row = await getVoicemail(trx, request, readable(actor), id);
    // Who may listen to a message and not file it learns why.
    await getChangeable(trx, request, id);
    const marks = toMarks(row, patch, actor.type === 'user' ? actor.id : null, new Date(instant));
    const before = toVoicemail(row);
    const after = toVoicemail({ ...row, ...marks });
    const changed = changedFields(
      { read: before.read, archived: before.archived },
      { read: after.read, archived: after.archived },
    );
    log.skip();
    if (changed !== undefined) {
      await markVoicemail(trx, actor.organizationId, id, marks);
      log.record({ action: 'voicemails.change', subjectType: 'voicemail', subjectId: id, ...changed });
      await tellBox(trx, request, after, false);
    }
    return { body: after };
  });
}

function toMarks(
  row: VoicemailRow,
  { read: isRead, archived }: VoicemailPatch,
  by: string | null,
  now: Date,
): VoicemailMarks {
  const heard = isRead ? { read_at: row.read_at ?? now, read_by: row.read_by ?? by } : unread;
  return {
    ...(isRead === undefined ? {} : heard),
    ...(archived === undefined ? {} : { archived_at: archived ? (row.archived_at ?? now) : null }),
  };
}

const unread = { read_at: null, read_by: null };

export async function removeVoicemail(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getVoicemail(trx, request, readable(request.actor), id);
    await getChangeable(trx, request, id);
    await forgetVoicemail(trx, organizationId, id, request.instant);
    log.skip();
    const removed = toVoicemail(row);
    const { mailbox, receivedAt, durationSeconds } = removed;
    const before = { mailbox: `${mailbox.type}:${mailbox.id}`, receivedAt, durationSeconds };
    log.record({ action: 'voicemails.delete', subjectType: 'voicemail', subjectId: id, before });
    await tellBox(trx, request, removed, true);
    return { body: null };
  });
  context.kickVoicemail();
}

/** Whoever watches the box hears of it, and how many unread ones there are now. */
async function tellBox(
  trx: Transaction,
  { actor, instant }: AdminRequest,
  { id, callId, mailbox, read: isRead, archived }: Voicemail,
  deleted: boolean,
): Promise<void> {
  // Would keep the stream of events waiting until the rehearsal is over.
  if (rehearsedIn() !== undefined) return;
  const news = {
    ...{ id, callId, read: isRead, archived, deleted },
    mailbox: { type: mailbox.type, id: mailbox.id },
  };
  const event = await toVoicemailChanged(trx, actor.organizationId, news, instant);
  await appendLiveEvents(trx, actor.organizationId, [event]);
}

/** The sound, from the carrier; nobody's browser learns its address or the credentials. */
export async function openSound(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  range: string | undefined,
): Promise<Sound> {
  const { organizationId } = request.actor;
  const row = await read(context, request, (trx) => getVoicemail(trx, request, readable(request.actor), id));
  if (row.account_sid === null || context.sounds === null) throw problem('voicemail.no-sound');
  const place = { accountSid: row.account_sid, recordingSid: row.recording_id };
  const opened = await context.sounds.open(organizationId, place, range);
  if (opened.ok) {
    try {
      await noteListening(context, request, row);
    } catch (error) {
      opened.sound.body.destroy();
      throw error;
    }
    return opened.sound;
  }
  throw problem(failures[opened.failure]);
}

/** A player asks for a message in pieces, and again when it is wound back. */
const oneListeningMs = 10 * 60_000;

/** Who listens to what is left for others, a shared box among them, is in the log. One's own box is one's own. */
async function noteListening(
  context: AdminContext,
  request: AdminRequest,
  { id, mailbox_type: type, mailbox_id: owner }: VoicemailRow,
): Promise<void> {
  const { actor, instant } = request;
  if (actor.type === 'user' && type === 'user' && owner === actor.id) return;
  const heard = { id, actorId: actor.id, since: new Date(instant - oneListeningMs) };
  const known = await read(context, request, (trx) => hasListened(trx, actor.organizationId, heard));
  if (known) return;
  await change(context, request, async (_trx, log) => {
    log.skip();
    const after = { mailbox: `${type}:${owner}` };
    log.record({ action: listening, subjectType: 'voicemail', subjectId: id, after });
    return { body: null };
  });
}

const failures = {
  gone: 'voicemail.no-sound',
  'not-configured': 'carrier.not-configured',
  refused: 'carrier.refused',
  unreachable: 'carrier.unreachable',
} as const;

async function getVoicemail(
  trx: Transaction,
  { actor }: AdminRequest,
  reach: Reach,
  id: string,
): Promise<VoicemailRow> {
  const row = await findVoicemail(trx, actor.organizationId, reach, id);
  if (row === undefined) throw problem('voicemail.not-found');
  return row;
}

async function getChangeable(trx: Transaction, { actor }: AdminRequest, id: string): Promise<void> {
  const row = await findVoicemail(trx, actor.organizationId, changeable(actor), id);
  if (row === undefined) throw missing('voicemails.write');
}

function toVoicemail(row: VoicemailRow): Voicemail {
  const { from_kind: kind } = row;
  return {
    id: row.id,
    callId: row.call_id,
    mailbox: { type: row.mailbox_type, id: row.mailbox_id, name: row.mailbox_name },
    from: isKind(kind) ? { kind, value: row.from_value } : null,
    receivedAt: formatInstant(row.received_at),
    durationSeconds: row.duration_seconds,
    read: row.read_at !== null,
    readAt: row.read_at === null ? null : formatInstant(row.read_at),
    readBy: row.read_by,
    archived: row.archived_at !== null,
    hasSound: row.account_sid !== null,
    url: row.sound_url,
  };
}

const kinds = ['number', 'extension', 'anonymous', 'short', 'address'] as const;

function isKind(kind: string | null): kind is (typeof kinds)[number] {
  return kinds.some((one) => one === kind);
}
