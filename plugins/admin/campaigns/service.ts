import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkEtag, toEtag } from '../etag.ts';
import { mergePatch } from '../merge-patch.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { buildParser } from '../validation.ts';
import { type Campaign, type CampaignQuery, CampaignSettings } from './schema.ts';
import {
  type CampaignRow,
  deleteCampaign,
  findCampaign,
  insertCampaign,
  listCampaigns,
  renameCampaign,
} from './store.ts';

const parse = buildParser(CampaignSettings);

export function listCampaignPage(
  context: AdminContext,
  request: AdminRequest,
  query: CampaignQuery,
): Promise<Page<Campaign>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('campaigns', query.after);
  return read(context, request, async (trx) => {
    const rows = await listCampaigns(trx, request.actor.organizationId, limit, after);
    return toPage(rows, limit, 'campaigns', (row) => ['', row.id], toCampaign);
  });
}

export function readCampaign(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<Answer<Campaign>> {
  return read(context, request, async (trx) => toAnswer(await getCampaign(trx, request, id)));
}

export function createCampaign(
  context: AdminContext,
  request: AdminRequest,
  body: CampaignSettings,
): Promise<Answer<Campaign>> {
  return change(context, request, async (trx, log) => {
    const id = context.newId();
    const after = { name: body.name.trim() };
    await insertCampaign(trx, request.actor.organizationId, { id, ...after });
    log.skip();
    log.record({ action: 'campaigns.create', subjectType: 'campaign', subjectId: id, after });
    return toAnswer(await getCampaign(trx, request, id));
  });
}

export function patchCampaign(
  context: AdminContext,
  request: AdminRequest,
  id: string,
  patch: Readonly<Record<string, unknown>>,
): Promise<Answer<Campaign>> {
  return change(context, request, async (trx, log) => {
    const row = await getCampaign(trx, request, id);
    checkEtag(request, row.revision);
    const previous: CampaignSettings = { name: row.name };
    const settings = parse(mergePatch(previous, patch));
    const changed = changedFields(previous, { name: settings.name.trim() });
    log.skip();
    if (changed === undefined) return toAnswer(row);
    await renameCampaign(trx, request.actor.organizationId, id, settings.name.trim(), request.instant);
    log.record({ action: 'campaigns.change', subjectType: 'campaign', subjectId: id, ...changed });
    return toAnswer(await getCampaign(trx, request, id));
  });
}

export async function removeCampaign(
  context: AdminContext,
  request: AdminRequest,
  id: string,
): Promise<void> {
  await change(context, request, async (trx, log) => {
    const row = await getCampaign(trx, request, id);
    checkEtag(request, row.revision);
    await deleteCampaign(trx, request.actor.organizationId, id);
    log.skip();
    log.record({
      action: 'campaigns.delete',
      subjectType: 'campaign',
      subjectId: id,
      before: { name: row.name },
    });
    return { body: null };
  });
}

async function getCampaign(trx: Transaction, { actor }: AdminRequest, id: string): Promise<CampaignRow> {
  const row = await findCampaign(trx, actor.organizationId, id);
  if (row === undefined) throw problem('campaign.not-found');
  return row;
}

function toCampaign({ id, name }: CampaignRow): Campaign {
  return { id, name };
}

function toAnswer(row: CampaignRow): Answer<Campaign> {
  return { body: toCampaign(row), etag: toEtag(row.revision) };
}
