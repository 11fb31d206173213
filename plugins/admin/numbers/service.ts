import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { buildIssues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts, type OrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { buildReferences } from '../references.ts';
import { checkTargetLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { buildParser } from '../validation.ts';
import { type DirectNumber, type NumberQuery, NumberSettings } from './schema.ts';
import { defaultSettings, parseSettings, toNumber, toSettings } from './settings.ts';
import {
  deleteNumber,
  findNumber,
  insertNumber,
  listNumbers,
  type NumberColumns,
  type NumberRecord,
  updateNumber,
  writeCallerIds,
} from './store.ts';

const parse = buildParser(NumberSettings);

type Body = Readonly<Record<string, unknown>>;

export function listNumberPage(
  context: AdminContext,
  request: AdminRequest,
  query: NumberQuery,
): Promise<Page<DirectNumber>> {
  const { limit = defaultLimit, q, assigned, target } = query;
  const after = parseCursor('numbers', query.after);
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const facts = await getOrganizationFacts(trx, organizationId);
    const records = await listNumbers(trx, organizationId, { q, assigned, target, limit, after });
    return toPage(
      records,
      limit,
      'numbers',
      (record) => [record.number, record.id],
      (record) => toNumber(record, facts),
    );
  });
}

export function readNumber(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<Answer<DirectNumber>> {
  return read(context, request, (trx) => answerNumber(trx, request.actor.organizationId, id, []));
}

export function createNumber(
  context: AdminContext,
  request: AdminRequest,
  body: Body & { readonly number: string },
): Promise<Answer<DirectNumber>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const facts = await getOrganizationFacts(trx, organizationId);
    const { number: spelled, ...wanted } = body;
    const settings = parse(withNulls(mergePatch(defaultSettings, wanted), NumberSettings));
    const number = parseNumber(spelled, facts.defaultCountry);
    const columns = await checkSettings(trx, request, facts, settings, undefined, number);
    const id = context.newId();
    await insertNumber(trx, organizationId, id, number ?? '', columns);
    await writeCallerIds(trx, organizationId, id, settings.callerIdFor);
    const warnings = await checkTargetLoops(trx, organizationId, columns.target);
    const answer = await answerNumber(trx, organizationId, id, warnings);
    const { warnings: _, ...after } = answer.body;
    log.record({ action: 'numbers.create', subjectType: 'number', subjectId: id, after });
    return answer;
  });
}

export function patchNumber(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Body,
  action = 'numbers.change',
): Promise<Answer<DirectNumber>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getNumber(trx, organizationId, id);
    checkEtag(request, record.revision);
    const facts = await getOrganizationFacts(trx, organizationId);
    const previous = toSettings(record);
    const settings = parse(withNulls(mergePatch(previous, patch), NumberSettings));
    const columns = await checkSettings(trx, request, facts, settings, previous, record.number);
    if (changedFields(previous, settings) === undefined) {
      log.skip();
      return answerNumber(trx, organizationId, id, []);
    }
    await updateNumber(trx, organizationId, id, columns, request.instant);
    if (changedFields({ ids: previous.callerIdFor }, { ids: settings.callerIdFor }) !== undefined) {
      await writeCallerIds(trx, organizationId, id, settings.callerIdFor);
    }
    const isMoved = changedFields({ target: previous.target }, { target: settings.target }) !== undefined;
    const warnings = isMoved ? await checkTargetLoops(trx, organizationId, columns.target) : [];
    const changed = changedFields(previous, toSettings(await getNumber(trx, organizationId, id)));
    if (changed !== undefined) {
      log.record({ action, subjectType: 'number', subjectId: id, ...changed });
    }
    return answerNumber(trx, organizationId, id, warnings);
  });
}

/** The whole target, not merged into the former one. */
export function putTarget(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  target: Body | null,
): Promise<Answer<DirectNumber>> {
  // A merge patch cannot say "replace": what the new target does not have is taken away by name.
  const none = { id: null, number: null, text: null };
  const patch = { target: target === null ? null : { ...none, ...target } };
  const action = target === null ? 'numbers.target.remove' : 'numbers.target.set';
  return patchNumber(context, request, id, patch, action);
}

export async function removeNumber(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getNumber(trx, organizationId, id);
    checkEtag(request, record.revision);
    await writeCallerIds(trx, organizationId, id, []);
    await deleteNumber(trx, organizationId, id);
    const before = { number: record.number, ...toSettings(record) };
    log.record({ action: 'numbers.delete', subjectType: 'number', subjectId: id, before });
    return { body: null };
  });
}

async function getNumber(trx: Transaction, organizationId: string, id: string): Promise<NumberRecord> {
  const record = await findNumber(trx, organizationId, id);
  if (record === undefined) throw problem('number.not-found');
  return record;
}

async function answerNumber(
  trx: Transaction,
  organizationId: string,
  id: string,
  warnings: readonly Warning[],
): Promise<Answer<DirectNumber>> {
  const facts = await getOrganizationFacts(trx, organizationId);
  const record = await getNumber(trx, organizationId, id);
  const number = toNumber(record, facts);
  const body = warnings.length === 0 ? number : { ...number, warnings: [...warnings] };
  return { body, etag: toEtag(record.revision) };
}

async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  facts: OrganizationFacts,
  settings: NumberSettings,
  previous: NumberSettings | undefined,
  number: string | undefined,
): Promise<NumberColumns> {
  const issues = buildIssues();
  if (number === undefined) {
    issues.add('/number', 'number', 'Use a complete number such as +14155550100.');
  }
  const references = buildReferences(trx, request, facts, issues);
  const columns = parseSettings(settings, previous, facts.defaultCountry, issues, references);
  for (const [pointer, target] of [
    ['/target/number', columns.target],
    ['/override/target/number', columns.override?.target],
  ] as const) {
    if (target?.type === 'external' && target.number === number) {
      issues.add(pointer, 'oneself', 'Choose another target: the number would lead to itself.');
    }
  }
  await references.check();
  return columns;
}
