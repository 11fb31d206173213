import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { can } from '../access.ts';
import { type CallSight, seesCall } from '../call-sight.ts';
import { findCallSight } from '../call-sight-store.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { parseInstant } from '../instants.ts';
import { buildIssues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { missing } from '../refusals.ts';
import { idsInHistory, readDecision, readTimeline } from './history.ts';
import { type CallFacts, callerOf, partiesOf, toCall, toMessage } from './render.ts';
import type { Call, CallDetail, CallQuery } from './schema.ts';
import type { CallFilter } from './search-store.ts';
import {
  type CallPartyRow,
  type CallRow,
  findCall,
  listCallerLeads,
  listCalls,
  listMessages,
  listNames,
  listParties,
} from './store.ts';

const order = 'calls';
const cursorForm = { key: /^\d{1,15}$/, id: /^[A-Za-z0-9._:@~-]{1,150}$/ };

/** The calls that the actor may see; the newest first. */
export function listCallPage(
  context: AdminContext,
  request: AdminRequest,
  query: CallQuery,
): Promise<Page<Call>> {
  const { limit = defaultLimit } = query;
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const sight = await getSight(trx, request);
    const filter = { ...(await parseFilter(trx, organizationId, query)), limit };
    const rows = await listCalls(trx, organizationId, sight, filter);
    const facts = await readFacts(trx, request, sight, rows.slice(0, limit));
    const placeOf = (row: CallRow) => [String(row.started_at.getTime()), row.id] as const;
    return toPage(rows, limit, order, placeOf, (row) => toCall(row, facts));
  });
}

/** One call with its reasons and all that happened. What the actor may not see is not there. */
export function answerCall(context: AdminContext, request: AdminRequest, id: string): Promise<CallDetail> {
  const { organizationId } = request.actor;
  return read(context, request, async (trx) => {
    const sight = await getSight(trx, request);
    const row = await findCall(trx, organizationId, id);
    if (row === undefined) throw problem('call.not-found');
    const parties = (await listParties(trx, organizationId, [id])).get(id) ?? [];
    if (!seesCall(sight, partiesOf(row, parties))) throw problem('call.not-found');
    const facts = await readFacts(trx, request, sight, [row], idsInHistory(row.decision, row.timeline));
    const shown = { sight, names: facts.names, caller: callerOf(row, parties, sight).text };
    return {
      ...toCall(row, facts),
      ...readDecision(row.decision, shown),
      timeline: readTimeline(row.timeline, shown),
      voicemails: (await listMessages(trx, organizationId, id)).map(toMessage),
    };
  });
}

async function getSight(trx: Transaction, { actor }: AdminRequest): Promise<CallSight> {
  const sight = await findCallSight(trx, actor);
  if (sight === undefined) throw missing('calls.read');
  return sight;
}

async function parseFilter(
  trx: Transaction,
  organizationId: string,
  query: CallQuery,
): Promise<Omit<CallFilter, 'limit'>> {
  const issues = buildIssues('query.invalid');
  const instant = (name: 'from' | 'to') => {
    const text = query[name];
    return text === undefined ? undefined : new Date(parseInstant(issues, `/${name}`, text));
  };
  const [from, to] = [instant('from'), instant('to')];
  let number: readonly string[] | undefined;
  if (query.number !== undefined) {
    const { defaultCountry } = await getOrganizationFacts(trx, organizationId);
    number = spellings(query.number, defaultCountry);
    if (number.length === 0) {
      issues.add('/number', 'number', 'Use a telephone number in any usual spelling, or an extension.');
    }
  }
  issues.refuse();
  const after = parseCursor(order, query.after, cursorForm);
  return {
    from,
    to,
    number,
    user: query.user?.toLowerCase(),
    queue: query.queue?.toLowerCase(),
    outcome: query.outcome,
    after: after === undefined ? undefined : { startedAt: new Date(Number(after[0])), id: after[1] },
  };
}

/** `214` may be an extension, a short code, or the end of nothing; a number is kept in E.164. */
function spellings(text: string, defaultCountry: string): readonly string[] {
  const plain = text.trim();
  const parsed = parseNumber(plain, defaultCountry);
  const isShort = /^[0-9*#]{2,8}$/.test(plain);
  return [...new Set([...(isShort ? [plain] : []), ...(parsed === undefined ? [] : [parsed])])];
}

/** What the rows of a page are shown with, read at once. */
async function readFacts(
  trx: Transaction,
  { actor }: AdminRequest,
  sight: CallSight,
  rows: readonly CallRow[],
  named: { readonly users: readonly string[]; readonly leads: readonly string[] } = noOne,
): Promise<CallFacts> {
  const { organizationId } = actor;
  const parties = await listParties(
    trx,
    organizationId,
    rows.map((row) => row.id),
  );
  const users = [...parties.values()].flat().map((party: CallPartyRow) => party.user_id);
  const given = (ids: readonly (string | null)[]) => ids.filter((id) => id !== null);
  const names = await listNames(trx, organizationId, {
    users: [...users, ...given(rows.flatMap((row) => [row.user_id, row.answered_by])), ...named.users],
    queues: given(rows.map((row) => row.queue_id)),
    leads: named.leads,
  });
  const leads = await listCallerLeads(
    trx,
    organizationId,
    given(rows.map((row) => (row.from_kind === 'number' ? row.from_value : null))),
  );
  return { sight, parties, names, leads, seesLeads: can(actor, 'leads.read') };
}

const noOne = { users: [], leads: [] };
