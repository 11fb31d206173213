import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import type { Checklist, ChecklistItem, ChecklistItemCreate, ChecklistItemQuery } from './schema.ts';
import {
  countItems,
  deleteItem,
  deleteTick,
  findProgress,
  type ItemRow,
  insertItem,
  insertTick,
  listItems,
  listTickedItems,
  type Progress,
  type TickedItem,
} from './store.ts';

/** More is no checklist. */
const mostItems = 100;

export function readChecklist(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
): Promise<Answer<Checklist>> {
  return read(context, request, (trx) => answerChecklist(trx, request.actor.organizationId, userId));
}

export function listItemPage(
  context: AdminContext,
  request: AdminRequest,
  query: ChecklistItemQuery,
): Promise<Page<ChecklistItem>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('checklist-items', query.after);
  return read(context, request, async (trx) => {
    const rows = await listItems(trx, request.actor.organizationId, limit, after);
    return toPage(rows, limit, 'checklist-items', (row) => ['', row.id], toItem);
  });
}

export function createItem(
  context: AdminContext,
  request: AdminRequest,
  body: ChecklistItemCreate,
): Promise<Answer<ChecklistItem>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    if ((await countItems(trx, organizationId)) >= mostItems) {
      throw problem('body.invalid', {
        detail: `A checklist has at most ${mostItems} items: delete one first.`,
      });
    }
    const row: ItemRow = {
      id: context.newId(),
      name: body.name.trim(),
      description: (body.description ?? '').trim(),
      created_at: new Date(request.instant),
    };
    await insertItem(trx, organizationId, row);
    const item = toItem(row);
    log.skip();
    log.record({
      action: 'checklist-items.create',
      subjectType: 'checklist-item',
      subjectId: row.id,
      after: item,
    });
    return { body: item };
  });
}

export async function removeItem(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  await change(context, request, async (trx, log) => {
    const row = await deleteItem(trx, request.actor.organizationId, id);
    if (row === undefined) throw problem('checklist-item.not-found');
    log.skip();
    const before = toItem(row);
    log.record({ action: 'checklist-items.delete', subjectType: 'checklist-item', subjectId: id, before });
    return { body: null };
  });
}

/** Ticks an item for a user, or takes the tick back. Said twice, it is as said once. */
export function setTick(
  context: AdminContext,
  request: AdminRequest,
  place: { readonly id: string; readonly itemId: string },
  done: boolean,
): Promise<Answer<Checklist>> {
  return change(context, request, async (trx, log) => {
    const { organizationId, type, id: actorId } = request.actor;
    const { id: userId, itemId } = place;
    const { body } = await answerChecklist(trx, organizationId, userId);
    const item = body.items.find((one) => one.kind === 'ticked' && one.id === itemId);
    if (item === undefined) throw problem('checklist-item.not-found');
    const by = type === 'user' ? actorId : null;
    const changed = done
      ? await insertTick(trx, organizationId, { itemId, userId, by, at: request.instant })
      : await deleteTick(trx, organizationId, itemId, userId);
    log.skip();
    if (changed) {
      const action = done ? 'users.checklist.tick' : 'users.checklist.untick';
      log.record({ action, subjectType: 'user', subjectId: userId, after: { itemId, done } });
    }
    return answerChecklist(trx, organizationId, userId);
  });
}

async function answerChecklist(
  trx: Transaction,
  organizationId: string,
  userId: string,
): Promise<Answer<Checklist>> {
  const progress = await findProgress(trx, organizationId, userId);
  if (progress === undefined) throw problem('user.not-found');
  const ticked = await listTickedItems(trx, organizationId, userId);
  const items = [...compute(progress), ...ticked.map(toTicked)];
  const done = items.filter((item) => item.done).length;
  return { body: { userId, done, total: items.length, items } };
}

type Item = Checklist['items'][number];

function compute(progress: Progress): readonly Item[] {
  const named = progress.first_name.trim() !== '' && progress.last_name.trim() !== '';
  return [
    item(
      'profile',
      'Profile',
      'Has a name and at least one device that rings.',
      named && progress.has_device,
    ),
    item('extension', 'Extension', 'Has an extension of their own.', progress.has_extension),
    item('availability', 'Availability', 'Has hours of their own.', !progress.always_available),
    item('queue', 'Queue', 'Is in at least one queue.', progress.has_queue),
    item('first-login', 'First login', 'Has logged in once.', progress.last_login_at !== null),
  ];
}

function item(id: string, name: string, description: string, done: boolean): Item {
  return { kind: 'computed', id, name, description, done, tickedBy: null, tickedAt: null };
}

function toTicked(row: TickedItem): Item {
  const { id, name, description, ticked_by: tickedBy, ticked_at: at } = row;
  const tickedAt = at === null ? null : formatInstant(at);
  return { kind: 'ticked', id, name, description, done: at !== null, tickedBy, tickedAt };
}

function toItem(row: ItemRow): ChecklistItem {
  const { id, name, description, created_at } = row;
  return { id, name, description, createdAt: formatInstant(created_at) };
}
