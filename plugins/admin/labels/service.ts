import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { LabelKind } from '../../../services/storage/tables.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import type { Label, LabelBody, LabelPatch, LabelQuery } from './schema.ts';
import { deleteLabel, findLabel, insertLabel, type LabelRow, listLabels, renameLabel } from './store.ts';

/** Skills, tags and desks: one thing under three names. Calls do not see them, so no directory is made anew. */
export function listLabelPage(
  context: AdminContext,
  request: AdminRequest,
  kind: LabelKind,
  query: LabelQuery,
): Promise<Page<Label>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor(kind, query.after);
  return read(context, request, async (trx) => {
    const rows = await listLabels(trx, request.actor.organizationId, kind, limit, after);
    return toPage(rows, limit, kind, (row) => [row.name_key, row.id], toLabel);
  });
}

export function readLabel(
  context: AdminContext,
  request: AdminRequest,
  kind: LabelKind,
  id: string,
): Promise<Answer<Label>> {
  return read(context, request, (trx) => answerLabel(trx, request.actor.organizationId, kind, id));
}

export function createLabel(
  context: AdminContext,
  request: AdminRequest,
  kind: LabelKind,
  body: LabelBody,
): Promise<Answer<Label>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const id = context.newId();
    await insertLabel(trx, organizationId, { id, kind, name: body.name.trim() });
    const answer = await answerLabel(trx, organizationId, kind, id);
    log.skip();
    log.record({ action: `${kind}s.create`, subjectType: kind, subjectId: id, after: answer.body });
    return answer;
  });
}

export function patchLabel(
  context: AdminContext,
  request: AdminRequest,
  kind: LabelKind,
  id: string,
  patch: LabelPatch,
): Promise<Answer<Label>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getLabel(trx, organizationId, kind, id);
    checkEtag(request, row.revision);
    const name = patch.name?.trim() ?? row.name;
    log.skip();
    if (name !== row.name) {
      await renameLabel(trx, organizationId, id, name, request.instant);
      const subject = { subjectType: kind, subjectId: id };
      log.record({ action: `${kind}s.change`, ...subject, before: { name: row.name }, after: { name } });
    }
    return answerLabel(trx, organizationId, kind, id);
  });
}

export async function removeLabel(
  context: AdminContext,
  request: AdminRequest,
  kind: LabelKind,
  id: string,
): Promise<void> {
  await change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const row = await getLabel(trx, organizationId, kind, id);
    checkEtag(request, row.revision);
    await deleteLabel(trx, organizationId, id);
    log.skip();
    log.record({ action: `${kind}s.delete`, subjectType: kind, subjectId: id, before: toLabel(row) });
    return { body: null };
  });
}

async function getLabel(
  trx: Transaction,
  organizationId: string,
  kind: LabelKind,
  id: string,
): Promise<LabelRow> {
  const row = await findLabel(trx, organizationId, kind, id);
  if (row === undefined) throw problem('label.not-found');
  return row;
}

async function answerLabel(
  trx: Transaction,
  organizationId: string,
  kind: LabelKind,
  id: string,
): Promise<Answer<Label>> {
  const row = await getLabel(trx, organizationId, kind, id);
  return { body: toLabel(row), etag: toEtag(row.revision) };
}

function toLabel({ id, name }: LabelRow): Label {
  return { id, name };
}
