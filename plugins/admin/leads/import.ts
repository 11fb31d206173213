import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { type LeadRow, type ReadRows, type RowError, readLeadRows } from './import-rows.ts';
import { findActiveOwners, findTakenNumbers, insertLeads, type NewLead } from './import-store.ts';
import type { LeadImport } from './schema.ts';

const mostErrors = 1_000;

/** Leads out of a CSV file: all of them or none, or every line that fits. */
export async function importLeads(
  context: AdminContext,
  request: AdminRequest,
  text: string,
  { mode, dry }: { readonly mode: 'all' | 'rows'; readonly dry: boolean },
): Promise<Answer<LeadImport>> {
  const { organizationId } = request.actor;
  const { defaultCountry } = await read(context, request, (trx) => getOrganizationFacts(trx, organizationId));
  // Before the transaction, which holds the organization's row.
  const file = await readLeadRows(text, defaultCountry);
  return change(context, request, async (trx, log) => {
    const { leads, errors } = await checkRows(trx, context, organizationId, file);
    const refused = mode === 'all' && errors.length > 0;
    if (refused && !dry) throw refuseImport(errors);
    const stored = refused ? [] : leads;
    await insertLeads(trx, organizationId, stored);
    if (stored.length === 0) log.skip();
    for (const { id, name, ownerId, numbers } of stored) {
      const after = { id, name, ownerId, numbers };
      log.record({ action: 'leads.create', subjectType: 'lead', subjectId: id, after });
    }
    const report = { total: leads.length + countLines(errors), created: stored.length };
    return { body: { ...report, failed: countLines(errors), errors: errors.slice(0, mostErrors) } };
  });
}

/** Nothing was imported: the errors as a problem document, `/LINE/COLUMN` each. */
function refuseImport(errors: readonly RowError[]): Error {
  const [first] = errors;
  return problem('body.invalid', {
    ...(first === undefined ? {} : { detail: `Line ${first.line}: ${first.message}` }),
    errors: errors.slice(0, mostErrors).map(({ line, column, code, message }) => ({
      pointer: column === '' ? `/${line}` : `/${line}/${column}`,
      code,
      message,
    })),
  });
}

function countLines(errors: readonly RowError[]): number {
  return new Set(errors.map((error) => error.line)).size;
}

async function checkRows(
  trx: Transaction,
  context: AdminContext,
  organizationId: string,
  file: ReadRows,
): Promise<{ readonly leads: readonly NewLead[]; readonly errors: readonly RowError[] }> {
  const owners = await findActiveOwners(trx, organizationId, [...new Set(file.rows.map((row) => row.owner))]);
  const taken = new Set(
    await findTakenNumbers(
      trx,
      organizationId,
      file.rows.flatMap((row) => row.numbers),
    ),
  );
  const errors = [...file.errors];
  const leads: NewLead[] = [];
  for (const row of file.rows) {
    const wrong = checkRow(row, owners, taken);
    for (const number of row.numbers) taken.add(number);
    if (wrong.length > 0) errors.push(...wrong);
    else {
      const { name, numbers, owner } = row;
      leads.push({ id: context.newId(), name, numbers, ownerId: owners.get(owner.toLowerCase()) ?? null });
    }
  }
  return { leads, errors: errors.toSorted((a, b) => a.line - b.line) };
}

function checkRow(
  { line, owner, numbers }: LeadRow,
  owners: ReadonlyMap<string, string>,
  taken: ReadonlySet<string>,
): readonly RowError[] {
  const wrong: RowError[] = [];
  if (owner !== '' && !owners.has(owner.toLowerCase())) {
    const message = 'Use the login, address, extension or id of an active user.';
    wrong.push({ line, column: 'owner', code: 'user.not-found', message });
  }
  for (const number of numbers) {
    if (!taken.has(number)) continue;
    const message = `Another lead has ${number}, here or in this file.`;
    wrong.push({ line, column: 'numbers', code: 'lead.number-taken', message });
  }
  return wrong;
}
