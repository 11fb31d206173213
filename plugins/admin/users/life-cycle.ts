import { problem } from '../../../services/routing/errors.ts';
import { change } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag } from '../etag.ts';
import { buildIssues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { buildReferences } from '../references.ts';
import { checkLoops } from '../routing-graph.ts';
import { checkLastAdministrator } from './roles.ts';
import type { User } from './schema.ts';
import { answerUser, getUser } from './service.ts';
import { endSessions, hasPassword, leaveQueues, updateStatus } from './status-store.ts';

/** No more login, no more queues, and calls go to whom they are reassigned to, by rule 8 of routing. */
export function deactivateUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  body: { readonly reassignTo?: string },
): Promise<Answer<User>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getUser(trx, organizationId, id);
    checkEtag(request, record.revision);
    if (record.status !== 'active' && record.status !== 'pending') {
      throw problem('user.status', {
        detail: `The user is ${record.status}; only active and pending ones can be deactivated.`,
      });
    }
    const reassignedTo = body.reassignTo?.toLowerCase() ?? null;
    const issues = buildIssues();
    const facts = await getOrganizationFacts(trx, organizationId);
    const references = buildReferences(trx, request, facts, issues);
    if (reassignedTo === id) issues.add('/reassignTo', 'oneself', 'Choose another user to take the calls.');
    else if (reassignedTo !== null) references.user('/reassignTo', reassignedTo);
    await references.check();
    await checkLastAdministrator(trx, record, undefined);
    await updateStatus(trx, organizationId, id, {
      status: 'inactive',
      reassignedTo,
      instant: request.instant,
    });
    await endSessions(trx, organizationId, id);
    await leaveQueues(trx, organizationId, id);
    const warnings = await checkLoops(trx, organizationId, id);
    log.record({
      action: 'users.deactivate',
      subjectType: 'user',
      subjectId: id,
      before: { status: record.status, queues: record.queues.map((queue) => queue.id) },
      after: { status: 'inactive', reassignedToUserId: reassignedTo, queues: [] },
    });
    return answerUser(trx, request, id, warnings);
  });
}

/** The old credentials work again; somebody who never had a password is pending as before. Queues are assigned anew. */
export function reactivateUser(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<Answer<User>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getUser(trx, organizationId, id);
    checkEtag(request, record.revision);
    if (record.status !== 'inactive') {
      throw problem('user.status', {
        detail: `The user is ${record.status}; only inactive ones can be reactivated.`,
      });
    }
    const status = (await hasPassword(trx, organizationId, id)) ? 'active' : 'pending';
    await updateStatus(trx, organizationId, id, { status, reassignedTo: null, instant: request.instant });
    const warnings = await checkLoops(trx, organizationId, id);
    log.record({
      action: 'users.reactivate',
      subjectType: 'user',
      subjectId: id,
      before: { status: 'inactive', reassignedToUserId: record.reassigned_to_user_id },
      after: { status, reassignedToUserId: null },
    });
    return answerUser(trx, request, id, warnings);
  });
}
