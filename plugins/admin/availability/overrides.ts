import type { WeekdayData } from '../../../services/routing/domain/directory-data.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { checkDates, parseDayHours, toDayHours } from '../hours.ts';
import { toWeekdayData } from '../hours-rows.ts';
import { buildIssues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { buildReferences } from '../references.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { buildParser } from '../validation.ts';
import { type Override, type OverrideQuery, OverrideSettings } from './schema.ts';
import { getHours, noteFallback } from './service.ts';
import {
  deleteOverride,
  findOverride,
  insertOverride,
  listOverrides,
  type OverrideColumns,
  type OverrideRow,
  updateOverride,
} from './store.ts';
import { overrideWarnings } from './warnings.ts';

const parse = buildParser(OverrideSettings);

export function listOverridePage(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  query: OverrideQuery,
): Promise<Page<Override>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('overrides', query.after);
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    await getHours(trx, organizationId, userId);
    const rows = await listOverrides(trx, organizationId, userId, limit, after);
    return toPage(rows, limit, 'overrides', (row) => [row.from_date, row.id], toOverride);
  });
}

export function createOverride(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  body: OverrideSettings,
): Promise<Answer<Override>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const user = await getHours(trx, organizationId, userId);
    if (user.status === 'deleted') throw problem('user.not-found');
    const columns = await checkOverride(trx, request, userId, body, null);
    const id = context.newId();
    await insertOverride(trx, organizationId, userId, id, columns);
    const warnings = await warningsOf(trx, organizationId, userId, columns, user.fallback_user_id);
    const answer = await answerOverride(trx, organizationId, userId, id, warnings);
    const { warnings: _, ...after } = answer.body;
    log.record({ action: 'overrides.create', subjectType: 'user', subjectId: userId, after });
    return answer;
  });
}

export function patchOverride(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  id: string,
  patch: Readonly<Record<string, unknown>>,
): Promise<Answer<Override>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const user = await getHours(trx, organizationId, userId);
    const row = await getOverride(trx, organizationId, userId, id);
    checkEtag(request, row.revision);
    const previous = toSettings(row);
    const merged = parse(withNulls(mergePatch(previous, patch), OverrideSettings));
    const known = row.available ? null : row.fallback_user_id;
    const columns = await checkOverride(trx, request, userId, merged, known);
    const changed = changedFields(previous, settingsOf(columns));
    if (changed === undefined) {
      log.skip();
      return answerOverride(trx, organizationId, userId, id, []);
    }
    await updateOverride(trx, organizationId, userId, id, columns, request.instant);
    const warnings = await warningsOf(trx, organizationId, userId, columns, user.fallback_user_id);
    log.record({ action: 'overrides.change', subjectType: 'user', subjectId: userId, ...changed });
    return answerOverride(trx, organizationId, userId, id, warnings);
  });
}

export async function removeOverride(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  id: string,
): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    await getHours(trx, organizationId, userId);
    const row = await getOverride(trx, organizationId, userId, id);
    checkEtag(request, row.revision);
    await deleteOverride(trx, organizationId, userId, id);
    // Without the day that it opened, the week may lead round for ever.
    await checkLoops(trx, organizationId, userId);
    log.record({
      action: 'overrides.delete',
      subjectType: 'user',
      subjectId: userId,
      before: toOverride(row),
    });
    return { body: null };
  });
}

async function getOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
): Promise<OverrideRow> {
  const row = await findOverride(trx, organizationId, userId, id);
  if (row === undefined) throw problem('override.not-found');
  return row;
}

async function answerOverride(
  trx: Transaction,
  organizationId: string,
  userId: string,
  id: string,
  warnings: readonly Warning[],
): Promise<Answer<Override>> {
  const row = await getOverride(trx, organizationId, userId, id);
  const override = toOverride(row);
  const body = warnings.length === 0 ? override : { ...override, warnings: [...warnings] };
  return { body, etag: toEtag(row.revision) };
}

async function checkOverride(
  trx: Transaction,
  request: AdminRequest,
  userId: string,
  body: OverrideSettings,
  knownFallback: string | null,
): Promise<OverrideColumns> {
  const issues = buildIssues();
  const facts = await getOrganizationFacts(trx, request.actor.organizationId);
  const references = buildReferences(trx, request, facts, issues);
  const { from, to = from, note = '', ...day } = body;
  checkDates(issues, '', from, to);
  const hours: WeekdayData = parseDayHours(issues, '', day);
  if (!hours.available) noteFallback(hours.fallbackUserId, knownFallback, '', userId, issues, references);
  await references.check();
  return { from, to, hours, note };
}

async function warningsOf(
  trx: Transaction,
  organizationId: string,
  userId: string,
  columns: OverrideColumns,
  general: string | null,
): Promise<readonly Warning[]> {
  return [
    ...(await checkLoops(trx, organizationId, userId)),
    ...(await overrideWarnings(trx, organizationId, columns, general)),
  ];
}

function settingsOf({ from, to, hours, note }: OverrideColumns): OverrideSettings {
  return { from, to, ...toDayHours(hours), note };
}

function toSettings(row: OverrideRow): OverrideSettings {
  return settingsOf({ from: row.from_date, to: row.to_date, hours: toWeekdayData(row), note: row.note });
}

function toOverride(row: OverrideRow): Override {
  const { from_date: from, to_date: to, note } = row;
  return { id: row.id, from, to, ...toDayHours(toWeekdayData(row)), note };
}
