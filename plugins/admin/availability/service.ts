import type { WeekData } from '../../../services/routing/domain/directory-data.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { checkZone, parseWeek, toWeek, weekdayNames } from '../hours.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { buildReferences, type References } from '../references.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import type { Availability, AvailabilityPut } from './schema.ts';
import { findHours, findWeek, type HoursRow, writeHours } from './store.ts';
import { weekWarnings } from './warnings.ts';

export async function getHours(trx: Transaction, organizationId: string, userId: string): Promise<HoursRow> {
  const row = await findHours(trx, organizationId, userId);
  if (row === undefined) throw problem('user.not-found');
  return row;
}

export function readAvailability(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
): Promise<Answer<Availability>> {
  return read(context, request, (trx) => answerAvailability(trx, request.actor.organizationId, userId, []));
}

/** Replaces the week; the zone only where it is sent. */
export function putAvailability(
  context: AdminContext,
  request: AdminRequest,
  userId: string,
  body: AvailabilityPut,
): Promise<Answer<Availability>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getHours(trx, organizationId, userId);
    if (row.status === 'deleted') throw problem('user.not-found');
    checkEtag(request, row.revision);
    const before = await answerAvailability(trx, organizationId, userId, []);
    const issues = buildIssues();
    const facts = await getOrganizationFacts(trx, organizationId);
    const references = buildReferences(trx, request, facts, issues);
    checkZone(issues, '/timeZone', body.timeZone);
    const weekly = body.weekly === null ? null : parseWeek(issues, '/weekly', body.weekly);
    const previous = await findWeek(trx, organizationId, userId);
    noteFallbacks(weekly, previous, userId, issues, references);
    await references.check();
    const timeZone = body.timeZone === undefined ? row.time_zone : body.timeZone;
    await writeHours(trx, organizationId, userId, { timeZone, weekly, instant: request.instant });
    const warnings = [
      ...(await checkLoops(trx, organizationId, userId)),
      ...(await weekWarnings(trx, organizationId, weekly, row.fallback_user_id)),
    ];
    const answer = await answerAvailability(trx, organizationId, userId, warnings);
    const changed = changedFields(before.body, { ...answer.body, warnings: undefined });
    if (changed !== undefined) {
      log.record({ action: 'availability.set', subjectType: 'user', subjectId: userId, ...changed });
    }
    return answer;
  });
}

async function answerAvailability(
  trx: Transaction,
  organizationId: string,
  userId: string,
  warnings: readonly Warning[],
): Promise<Answer<Availability>> {
  const row = await getHours(trx, organizationId, userId);
  const { timeZone } = await getOrganizationFacts(trx, organizationId);
  const week = await findWeek(trx, organizationId, userId);
  const body = {
    timeZone: row.time_zone ?? timeZone,
    weekly: row.always_available ? null : toWeek(week ?? []),
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
  };
  return { body, etag: toEtag(row.revision) };
}

function noteFallbacks(
  weekly: WeekData | null,
  previous: WeekData | undefined,
  userId: string,
  issues: Issues,
  references: References,
): void {
  (weekly ?? []).forEach((day, index) => {
    if (day === null || day.available) return;
    const before = previous?.[index];
    const known = before?.available === false ? before.fallbackUserId : null;
    noteFallback(day.fallbackUserId, known, `/weekly/${weekdayNames[index]}`, userId, issues, references);
  });
}

/** A fallback user that is new is looked up; nobody is their own. */
export function noteFallback(
  id: string | null,
  known: string | null,
  pointer: string,
  userId: string,
  issues: Issues,
  references: References,
): void {
  if (id === null || id === known) return;
  if (id.toLowerCase() === userId) {
    issues.add(`${pointer}/fallbackUserId`, 'oneself', 'Choose another user: nobody is their own fallback.');
  } else references.user(`${pointer}/fallbackUserId`, id);
}
