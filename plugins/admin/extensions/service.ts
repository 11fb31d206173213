import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { findNextExtension } from '../extension-pool.ts';
import { defaultLimit, parseCursor, toPage } from '../paging.ts';
import type { ExtensionEntry, ExtensionPage, ExtensionQuery } from './schema.ts';
import { type ExtensionRow, listExtensions } from './store.ts';

export function listExtensionPage(
  context: AdminContext,
  request: AdminRequest,
  query: ExtensionQuery,
): Promise<ExtensionPage> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('extensions', query.after);
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const rows = await listExtensions(trx, organizationId, limit, after);
    const page = toPage(rows, limit, 'extensions', (row) => [row.extension, ownerId(row)], toEntry);
    return {
      data: [...page.data],
      nextCursor: page.nextCursor,
      nextFree: await findNextExtension(trx, organizationId),
    };
  });
}

function ownerId(row: ExtensionRow): string {
  return row.user_id ?? row.queue_id ?? '';
}

function toEntry(row: ExtensionRow): ExtensionEntry {
  const id = ownerId(row);
  const owner: ExtensionEntry['owner'] =
    row.queue_id === null
      ? { type: 'user', id, name: `${row.first_name} ${row.last_name}` }
      : { type: 'queue', id, name: row.queue_name ?? '' };
  return { extension: row.extension, owner };
}
