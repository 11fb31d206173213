import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { isId } from '../reference-lookups.ts';
import { buildReferences } from '../references.ts';
import { buildParser } from '../validation.ts';
import { eraseLeadTraces } from './erase-store.ts';
import { type Lead, type LeadQuery, LeadSettings } from './schema.ts';
import {
  findLead,
  insertLead,
  type LeadColumns,
  type LeadRecord,
  listLeads,
  deleteLead as removeLead,
  updateLead,
} from './store.ts';

const parse = buildParser(LeadSettings);

type Body = Readonly<Record<string, unknown>>;

export function listLeadPage(
  context: AdminContext,
  request: AdminRequest,
  query: LeadQuery,
): Promise<Page<Lead>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('leads', query.after);
  const owner = parseOwner(query.owner);
  return read(context, request, async (trx) => {
    const rows = await listLeads(trx, request.actor.organizationId, {
      owner,
      ...parseText(query.q),
      limit,
      after,
    });
    return toPage(rows, limit, 'leads', (row) => ['', row.id], toLead);
  });
}

export function readLead(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<Lead>> {
  return read(context, request, (trx) => answerLead(trx, request.actor.organizationId, id));
}

export function createLead(context: AdminContext, request: AdminRequest, body: Body): Promise<Answer<Lead>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const merged = mergePatch({ ownerId: null, numbers: [] }, body);
    const settings = parse(withNulls(merged, LeadSettings));
    const columns = await checkSettings(trx, request, settings, null);
    const id = context.newId();
    await insertLead(trx, organizationId, id, columns);
    const answer = await answerLead(trx, organizationId, id);
    log.record({ action: 'leads.create', subjectType: 'lead', subjectId: id, after: answer.body });
    return answer;
  });
}

export function patchLead(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Body,
): Promise<Answer<Lead>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getLead(trx, organizationId, id);
    checkEtag(request, record.revision);
    const previous = toSettings(record);
    const settings = parse(withNulls(mergePatch(previous, patch), LeadSettings));
    const columns = await checkSettings(trx, request, settings, record.owner_id);
    const changed = changedFields(previous, { ...columns, numbers: [...columns.numbers].sort() });
    if (changed === undefined) log.skip();
    else {
      await updateLead(trx, organizationId, id, columns, request.instant);
      log.record({ action: 'leads.change', subjectType: 'lead', subjectId: id, ...changed });
    }
    return answerLead(trx, organizationId, id);
  });
}

/** The caller is a stranger from now on. */
export async function deleteLead(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getLead(trx, organizationId, id);
    checkEtag(request, record.revision);
    await removeLead(trx, organizationId, id);
    await eraseLeadTraces(trx, organizationId, id);
    // The name and the numbers go with the lead.
    const before = { ownerId: record.owner_id };
    log.record({ action: 'leads.delete', subjectType: 'lead', subjectId: id, before });
    return { body: null };
  });
}

/** "+1 (415) 555" and "0177" are parts of a number, everything else is a name. */
function parseText(q = ''): { readonly words: readonly string[]; readonly digits: string | undefined } {
  const digits = q.replace(/[\s().+/-]/g, '');
  if (/^\d{3,}$/.test(digits)) return { words: [], digits };
  return {
    words: q
      .toLowerCase()
      .normalize('NFC')
      .split(/\s+/)
      .filter((word) => word !== ''),
    digits: undefined,
  };
}

function parseOwner(owner: string | undefined): string | null | undefined {
  if (owner === undefined) return undefined;
  if (owner === 'none') return null;
  if (isId(owner)) return owner.toLowerCase();
  const message = 'Use the id of a user, or none.';
  throw problem('query.invalid', {
    detail: `/owner: ${message}`,
    errors: [{ pointer: '/owner', code: 'id', message }],
  });
}

async function getLead(trx: Transaction, organizationId: string, id: string): Promise<LeadRecord> {
  const record = await findLead(trx, organizationId, id);
  if (record === undefined) throw problem('lead.not-found');
  return record;
}

async function answerLead(trx: Transaction, organizationId: string, id: string): Promise<Answer<Lead>> {
  const record = await getLead(trx, organizationId, id);
  return { body: toLead(record), etag: toEtag(record.revision) };
}

function toSettings(record: LeadRecord): LeadSettings {
  return { name: record.name, ownerId: record.owner_id, numbers: [...record.numbers] };
}

function toLead(record: LeadRecord): Lead {
  return { id: record.id, ...toSettings(record) };
}

async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  settings: LeadSettings,
  knownOwner: string | null,
): Promise<LeadColumns> {
  const issues = buildIssues();
  const facts = await getOrganizationFacts(trx, request.actor.organizationId);
  const references = buildReferences(trx, request, facts, issues);
  const ownerId = settings.ownerId?.toLowerCase() ?? null;
  if (ownerId !== null && ownerId !== knownOwner) references.user('/ownerId', ownerId);
  const numbers = parseNumbers(issues, settings.numbers, facts.defaultCountry);
  await references.check();
  return { name: settings.name.trim(), ownerId, numbers };
}

/** Two spellings of one number are one number. */
function parseNumbers(issues: Issues, numbers: readonly string[], country: string): readonly string[] {
  const parsed = numbers.map((text, index) => {
    const number = parseNumber(text, country);
    if (number === undefined) {
      issues.add(`/numbers/${index}`, 'number', 'Use a complete number such as +14155550123.');
    }
    return number ?? '';
  });
  return [...new Set(parsed)];
}
