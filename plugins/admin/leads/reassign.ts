import type { Transaction } from '../../../services/storage/database.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { isId } from '../reference-lookups.ts';
import { buildReferences } from '../references.ts';
import type { LeadsReassigned, ReassignLeads } from './schema.ts';
import { findOwners, isActiveUser, setOwner } from './store.ts';

/** All leads of `from`, or those of `ids`, go to `to`. All of them or none. */
export function reassignLeads(
  context: AdminContext,
  request: AdminRequest,
  body: ReassignLeads,
): Promise<Answer<LeadsReassigned>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const from = body.from?.toLowerCase() ?? null;
    const to = body.to?.toLowerCase() ?? null;
    const ids = body.ids === undefined ? undefined : [...new Set(body.ids.map((id) => id.toLowerCase()))];
    await checkReassignment(trx, request, { from, to, ids });
    const moved = from === to ? [] : await setOwner(trx, organizationId, { from, to, ids }, request.instant);
    if (moved.length === 0) log.skip();
    for (const lead of moved) {
      const change = { before: { ownerId: from }, after: { ownerId: to } };
      log.record({ action: 'leads.reassign', subjectType: 'lead', subjectId: lead.id, ...change });
    }
    return { body: { from, to, leads: { count: moved.length, items: moved.slice(0, 100) } } };
  });
}

type Reassignment = {
  readonly from: string | null;
  readonly to: string | null;
  readonly ids: readonly string[] | undefined;
};

async function checkReassignment(
  trx: Transaction,
  request: AdminRequest,
  { from, to, ids }: Reassignment,
): Promise<void> {
  const { organizationId } = request.actor;
  const issues = buildIssues();
  const references = buildReferences(trx, request, await getOrganizationFacts(trx, organizationId), issues);
  if (from !== null) references.user('/from', from);
  if (to !== null) references.user('/to', to);
  if (ids !== undefined) await checkLeads(trx, organizationId, from, ids, issues);
  await references.check();
  if (to !== null && !(await isActiveUser(trx, organizationId, to))) {
    issues.add('/to', 'user.not-active', 'Choose an active user, so that no lead waits.');
  }
  issues.refuse();
}

/** A lead that went elsewhere since the list was shown is not taken away from there. */
async function checkLeads(
  trx: Transaction,
  organizationId: string,
  from: string | null,
  ids: readonly string[],
  issues: Issues,
): Promise<void> {
  const owners = await findOwners(trx, organizationId, ids.filter(isId));
  for (const [index, id] of ids.entries()) {
    const owner = owners.get(id);
    if (owner === undefined) {
      issues.add(
        `/ids/${index}`,
        'lead.not-found',
        'Choose a lead of this organization: there is none with this id.',
      );
    } else if (owner !== from) {
      issues.add(
        `/ids/${index}`,
        'lead.other-owner',
        'Leave this out: the lead is not with `from` (any more).',
      );
    }
  }
}
