import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import {
  everyPermission,
  findUngrantable,
  isPermission,
  keyPermissions,
  needsReauthentication,
} from '../access.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant, parseInstant } from '../instants.ts';
import { buildIssues, type Issues } from '../issues.ts';
import { defaultLimit, type Page, parseCursor, toPage } from '../paging.ts';
import { missing } from '../refusals.ts';
import { hashToken } from '../session-lookup.ts';
import type { ApiKey, ApiKeyCreate, ApiKeyQuery, ApiKeyWithSecret } from './schema.ts';
import { type ApiKeyRow, deleteApiKey, insertApiKey, listApiKeys } from './store.ts';

export function listApiKeyPage(
  context: AdminContext,
  request: AdminRequest,
  query: ApiKeyQuery,
): Promise<Page<ApiKey>> {
  const { limit = defaultLimit } = query;
  const after = parseCursor('api-keys', query.after);
  return read(context, request, async (trx) => {
    const rows = await listApiKeys(trx, request.actor.organizationId, limit, after);
    return toPage(rows, limit, 'api-keys', (row) => ['', row.id], toApiKey);
  });
}

export function createApiKey(
  context: AdminContext,
  request: AdminRequest,
  body: ApiKeyCreate,
): Promise<Answer<ApiKeyWithSecret>> {
  const issues = buildIssues();
  const granted = parsePermissions(issues, body.permissions);
  const expiresAt = parseExpiry(issues, body.expiresAt ?? null, request.instant);
  issues.refuse();
  const { actor } = request;
  const above = findUngrantable(actor, keyPermissions(granted));
  if (above !== undefined) throw missing(above);
  if (needsReauthentication(actor, request.instant)) throw problem('session.reauthenticate');
  return change(context, request, async (trx, log) => {
    const key = await storeApiKey(trx, context, actor.organizationId, {
      name: body.name.trim(),
      permissions: granted,
      expiresAt,
      createdBy: actor.type === 'user' ? actor.id : null,
      createdAt: request.instant,
    });
    const { secret, ...shown } = key;
    log.record({ action: 'api-keys.create', subjectType: 'api-key', subjectId: key.id, after: shown });
    return { body: { ...shown, secret }, secret: true };
  });
}

/** Makes the key and stores its hash; also for a new organization. */
export async function storeApiKey(
  trx: Transaction,
  context: Pick<AdminContext, 'newId' | 'newToken'>,
  organizationId: string,
  wanted: {
    readonly name: string;
    readonly permissions: readonly string[];
    readonly expiresAt: number | null;
    readonly createdBy: string | null;
    readonly createdAt: number;
  },
): Promise<ApiKeyWithSecret> {
  const id = context.newId();
  const secret = `lf_${context.newToken()}`;
  await insertApiKey(trx, organizationId, { id, hash: hashToken(secret), ...wanted });
  return {
    id,
    name: wanted.name,
    permissions: [...wanted.permissions],
    expiresAt: wanted.expiresAt === null ? null : formatInstant(wanted.expiresAt),
    createdAt: formatInstant(wanted.createdAt),
    secret,
  };
}

export async function removeApiKey(context: AdminContext, request: AdminRequest, id: string): Promise<void> {
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
  await change(context, request, async (trx, log) => {
    const row = await deleteApiKey(trx, request.actor.organizationId, id);
    if (row === undefined) throw problem('api-key.not-found');
    log.record({ action: 'api-keys.delete', subjectType: 'api-key', subjectId: id, before: toApiKey(row) });
    return { body: null };
  });
}

/** Every permission by one name, and nothing beside it: the list would say less than the key may do. */
function parsePermissions(issues: Issues, names: readonly string[]): readonly string[] {
  if (names.includes(everyPermission)) return [everyPermission];
  names.forEach((name, index) => {
    if (!isPermission(name))
      issues.add(`/permissions/${index}`, 'permission', 'Use the name of a permission.');
  });
  return names.filter(isPermission);
}

function parseExpiry(issues: Issues, text: string | null, now: number): number | null {
  if (text === null) return null;
  const instant = parseInstant(issues, '/expiresAt', text);
  if (instant !== 0 && instant <= now) issues.add('/expiresAt', 'past', 'Use an instant in the future.');
  return instant;
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    permissions: [...row.permissions],
    expiresAt: row.expires_at === null ? null : formatInstant(row.expires_at),
    createdAt: formatInstant(row.created_at),
  };
}
