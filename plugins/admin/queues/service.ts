import type { WaitingData } from '../../../services/routing/domain/directory-data.ts';
import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { checkExtension, findNextExtension, setExtension } from '../extension-pool.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { isId } from '../reference-lookups.ts';
import { buildReferences, type References } from '../references.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { buildParser } from '../validation.ts';
import { type Queue, type QueueQuery, QueueSettings } from './schema.ts';
import {
  deleteQueue,
  findQueue,
  insertQueue,
  isPartOf,
  listQueues,
  listUses,
  lowerNames,
  type QueueColumns,
  type QueueRecord,
  updateQueue,
} from './store.ts';

const parse = buildParser(QueueSettings);

type Body = Readonly<Record<string, unknown>>;

export function listQueuePage(
  context: AdminContext,
  request: AdminRequest,
  query: QueueQuery,
): Promise<Page<Queue>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('queues', query.after);
  return read(context, request, async (trx) => {
    const rows = await listQueues(trx, request.actor.organizationId, limit, after);
    const lowered = await lowerNames(trx, rows);
    return toPage(rows, limit, 'queues', (row) => [lowered.get(row.name) ?? '', row.id], toQueue);
  });
}

export function readQueue(context: AdminContext, request: AdminRequest, id: string): Promise<Answer<Queue>> {
  return read(context, request, (trx) => answerQueue(trx, request.actor.organizationId, id));
}

export function createQueue(
  context: AdminContext,
  request: AdminRequest,
  body: Body,
): Promise<Answer<Queue>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const id = context.newId();
    const defaults = {
      kind: 'queue',
      parentQueueId: null,
      extension: await findNextExtension(trx, organizationId),
      strategy: 'all',
      ringSeconds: 20,
      noAgentTarget: null,
      waiting: null,
    };
    const settings = parse(withNulls(mergePatch(defaults, body), QueueSettings));
    const columns = await checkSettings(trx, request, id, settings, undefined);
    await insertQueue(trx, organizationId, id, columns);
    await setExtension(trx, organizationId, { queueId: id }, settings.extension);
    const answer = await answerQueue(trx, organizationId, id);
    log.record({ action: 'queues.create', subjectType: 'queue', subjectId: id, after: answer.body });
    return withWarnings(answer, await checkLoops(trx, organizationId, id));
  });
}

export function patchQueue(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Body,
): Promise<Answer<Queue>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getQueue(trx, organizationId, id);
    checkEtag(request, record.revision);
    const previous = toSettings(record);
    const settings = parse(withNulls(mergePatch(previous, patch), QueueSettings));
    const columns = await checkSettings(trx, request, id, settings, previous);
    if (changedFields(previous, settings) === undefined) {
      log.skip();
      return answerQueue(trx, organizationId, id);
    }
    await updateQueue(trx, organizationId, id, columns, request.instant);
    if (settings.extension !== previous.extension) {
      await setExtension(trx, organizationId, { queueId: id }, settings.extension);
    }
    const changed = changedFields(previous, toSettings(await getQueue(trx, organizationId, id)));
    if (changed !== undefined) {
      log.record({ action: 'queues.change', subjectType: 'queue', subjectId: id, ...changed });
    }
    const leads = ({ noAgentTarget, extension }: QueueSettings) => ({ noAgentTarget, extension });
    // Only then can a circle close; a new name is no occasion to speak of an old one.
    const isMoved = changedFields(leads(previous), leads(settings)) !== undefined;
    const warnings = isMoved ? await checkLoops(trx, organizationId, id) : [];
    return withWarnings(await answerQueue(trx, organizationId, id), warnings);
  });
}

/** Only when nothing leads to it any more: a call must not find out. */
export async function removeQueue(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const record = await getQueue(trx, organizationId, id);
    checkEtag(request, record.revision);
    const uses = await listUses(trx, organizationId, id);
    if (uses.length > 0) {
      throw problem('queue.in-use', {
        detail: `Still pointing at the queue: ${uses.join(', ')}. Point them to another target first.`,
      });
    }
    await deleteQueue(trx, organizationId, id);
    log.record({ action: 'queues.delete', subjectType: 'queue', subjectId: id, before: toSettings(record) });
    return { body: null };
  });
}

export async function getQueue(trx: Transaction, organizationId: string, id: string): Promise<QueueRecord> {
  const record = await findQueue(trx, organizationId, id);
  if (record === undefined) throw problem('queue.not-found');
  return record;
}

async function answerQueue(trx: Transaction, organizationId: string, id: string): Promise<Answer<Queue>> {
  const record = await getQueue(trx, organizationId, id);
  return { body: toQueue(record), etag: toEtag(record.revision) };
}

function withWarnings(answer: Answer<Queue>, warnings: readonly Warning[]): Answer<Queue> {
  return warnings.length === 0 ? answer : { ...answer, body: { ...answer.body, warnings: [...warnings] } };
}

function toSettings(record: QueueRecord): QueueSettings {
  return {
    name: record.name,
    kind: record.kind,
    parentQueueId: record.parent_queue_id,
    extension: record.extension ?? '',
    strategy: record.strategy,
    ringSeconds: record.ring_seconds,
    noAgentTarget: record.no_agent_target,
    waiting: record.waiting,
  };
}

function toQueue(record: QueueRecord): Queue {
  const { parentQueueId, ...settings } = toSettings(record);
  return {
    id: record.id,
    ...settings,
    ...(parentQueueId === null ? {} : { parentQueueId }),
    extension: record.extension,
  };
}

async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  id: string,
  settings: QueueSettings,
  previous: QueueSettings | undefined,
): Promise<QueueColumns> {
  const { organizationId } = request.actor;
  const issues = buildIssues();
  const facts = await getOrganizationFacts(trx, organizationId);
  const references = buildReferences(trx, request, facts, issues);
  checkExtension(issues, '/extension', settings.extension);
  await checkParent(trx, organizationId, id, settings, issues);
  const { noAgentTarget: target, parentQueueId } = settings;
  checkNotOneself(issues, '/noAgentTarget/id', target, id);
  checkNotOneself(issues, '/waiting/overflow/id', settings.waiting?.overflow, id);
  const noAgentTarget =
    target === null ? null : references.target('/noAgentTarget', target, previous?.noAgentTarget);
  const waiting = parseWaiting(settings.waiting, previous?.waiting, references);
  await references.check();
  return {
    name: settings.name.trim(),
    kind: settings.kind,
    parent_queue_id: parentQueueId,
    strategy: settings.strategy,
    ring_seconds: settings.ringSeconds,
    no_agent_target: noAgentTarget,
    waiting,
  };
}

function checkNotOneself(
  issues: Issues,
  pointer: string,
  target: QueueSettings['noAgentTarget'] | undefined,
  id: string,
): void {
  if (target?.type === 'queue' && target.id?.toLowerCase() === id) {
    issues.add(pointer, 'oneself', 'Choose another target: the queue would lead to itself.');
  }
}

function parseWaiting(
  settings: QueueSettings['waiting'],
  previous: QueueSettings['waiting'] | undefined,
  references: References,
): WaitingData | null {
  if (settings === null) return null;
  const { maxWaitSeconds, maxWaiting = 50, priority = 50, overflow = null } = settings;
  const target =
    overflow === null ? null : references.target('/waiting/overflow', overflow, previous?.overflow);
  return { maxWaitSeconds, maxWaiting, priority, overflow: target };
}

/** Departments form a tree. */
async function checkParent(
  trx: Transaction,
  organizationId: string,
  id: string,
  { kind, parentQueueId }: QueueSettings,
  issues: Issues,
): Promise<void> {
  if (parentQueueId === null) return;
  const pointer = '/parentQueueId';
  if (kind !== 'department') {
    issues.add(pointer, 'contradiction', 'Leave this out: only a department is a part of another.');
    return;
  }
  const parent = isId(parentQueueId) ? await findQueue(trx, organizationId, parentQueueId) : undefined;
  if (parent === undefined) {
    issues.add(pointer, 'queue.not-found', 'Choose a department of this organization.');
  } else if (parent.kind !== 'department') {
    issues.add(pointer, 'contradiction', 'Choose a department: a queue has no parts.');
  } else if (await isPartOf(trx, organizationId, parentQueueId, id)) {
    issues.add(pointer, 'circle', 'Choose another department: this one is a part of the department itself.');
  }
}
