import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { needsReauthentication } from '../access.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import type { Place } from '../paging.ts';
import { toCsvLine } from './csv.ts';
import { columns } from './csv-columns.ts';
import { parseConditions } from './list.ts';
import type { UserFilters } from './schema.ts';
import { toSettings } from './settings.ts';
import { listReferenceNames, listUsers, type UserRecord } from './store.ts';

const rowsAtOnce = 200;

/** The users whom a list with these filters shows, a page at a time, so that calls are answered in between. */
export async function* exportUsers(
  context: AdminContext,
  request: AdminRequest,
  query: UserFilters,
): AsyncGenerator<string> {
  yield toCsvLine(columns.map((column) => column.name));
  const { organizationId } = request.actor;
  let after: Place | undefined;
  for (;;) {
    const place = after;
    const page = await read(context, request, async (trx) => {
      const conditions = await parseConditions(trx, organizationId, query);
      const options = { sort: 'name', after: place, limit: rowsAtOnce } as const;
      const found = await listUsers(trx, organizationId, { ...conditions, ...options });
      const records = found.slice(0, rowsAtOnce);
      return { records, more: found.length > rowsAtOnce, lines: await toLines(trx, organizationId, records) };
    });
    yield page.lines.join('');
    const last = page.records.at(-1);
    if (!page.more || last === undefined) return;
    after = [last.name_key, last.id];
  }
}

/** Everybody's data at once is a sensitive act. */
export function checkExport({ actor, instant }: AdminRequest): void {
  if (needsReauthentication(actor, instant)) throw problem('session.reauthenticate');
}

async function toLines(
  trx: Transaction,
  organizationId: string,
  records: readonly UserRecord[],
): Promise<readonly string[]> {
  const users = records.flatMap((record) => [record.parent_user_id, record.fallback_user_id]);
  const labels = records.flatMap((record) => [...record.skills, ...record.tags, ...record.desks]);
  const ids = users.filter((id) => id !== null);
  const names = await listReferenceNames(trx, organizationId, ids, labels);
  const nameOf = (id: string) => names.get(id) ?? id;
  return records.map((record) => {
    const { id, kind, status } = record;
    const row = { id, kind, status, settings: toSettings(record), nameOf };
    return toCsvLine(columns.map((column) => column.toCell(row)));
  });
}
