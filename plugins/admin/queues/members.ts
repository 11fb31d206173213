import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { buildIssues } from '../issues.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { buildReferences } from '../references.ts';
import type { Warning } from '../schemas.ts';
import type { Members, MembersPut } from './schema.ts';
import { getQueue } from './service.ts';
import { listMembers, type MemberRow, writeMembers } from './store.ts';

export function readMembers(
  context: AdminContext,
  request: AdminRequest,
  queueId: string,
): Promise<Answer<Members>> {
  return read(context, request, (trx) => answerMembers(trx, request.actor.organizationId, queueId, false));
}

export function putMembers(
  context: AdminContext,
  request: AdminRequest,
  queueId: string,
  body: MembersPut,
): Promise<Answer<Members>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const queue = await getQueue(trx, organizationId, queueId);
    checkEtag(request, queue.revision);
    const before = await listMembers(trx, organizationId, queueId);
    const members = body.members.map(({ userId, priority = 1 }) => ({
      userId: userId.toLowerCase(),
      priority,
    }));
    await checkMembers(trx, request, members, before);
    await writeMembers(trx, organizationId, queueId, members, request.instant);
    log.record({
      action: 'queues.members.set',
      subjectType: 'queue',
      subjectId: queueId,
      before: { members: before.map(toMember) },
      after: { members },
    });
    return answerMembers(trx, organizationId, queueId, true);
  });
}

async function checkMembers(
  trx: Transaction,
  request: AdminRequest,
  members: readonly { readonly userId: string }[],
  before: readonly MemberRow[],
): Promise<void> {
  const issues = buildIssues();
  const facts = await getOrganizationFacts(trx, request.actor.organizationId);
  const references = buildReferences(trx, request, facts, issues);
  const known = new Set(before.map((row) => row.user_id));
  const seen = new Set<string>();
  members.forEach(({ userId }, index) => {
    const pointer = `/members/${index}/userId`;
    if (seen.has(userId)) issues.add(pointer, 'duplicate', 'Send every user once.');
    seen.add(userId);
    if (!known.has(userId)) references.user(pointer, userId);
  });
  await references.check();
}

async function answerMembers(
  trx: Transaction,
  organizationId: string,
  queueId: string,
  warn: boolean,
): Promise<Answer<Members>> {
  const { revision } = await getQueue(trx, organizationId, queueId);
  const rows = await listMembers(trx, organizationId, queueId);
  const warnings = warn ? warningsOf(rows) : [];
  const body = { members: rows.map(toMember), ...(warnings.length === 0 ? {} : { warnings }) };
  return { body, etag: toEtag(revision) };
}

function toMember(row: MemberRow): Members['members'][number] {
  return { userId: row.user_id, priority: row.priority };
}

function warningsOf(rows: readonly MemberRow[]): Warning[] {
  return rows.flatMap((row, index) =>
    row.status === 'active'
      ? []
      : [
          {
            code: 'queue.member-not-active',
            pointer: `/members/${index}/userId`,
            message: `This user is ${row.status} and is not rung.`,
          },
        ],
  );
}
