import type { Transaction } from '../../../services/storage/database.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminRequest } from '../context.ts';
import type { Issues } from '../issues.ts';
import type { OrganizationFacts } from '../organization-facts.ts';
import { isId } from '../reference-lookups.ts';
import { buildReferences } from '../references.ts';
import { checkNotAbove } from '../user-permissions.ts';
import { buildParser } from '../validation.ts';
import { checkGroup, checkGroupGrant, checkRoleGrant } from './roles.ts';
import { UserSettings } from './schema.ts';
import { parseSettings } from './settings.ts';
import { isBelow, type UserColumns } from './write-store.ts';

/** Settings that a body was merged into, by their schema. */
export const readSettings = buildParser(UserSettings);

/** What makes a user who they are to the system, and what they may do. */
function changesRights(before: UserSettings, after: UserSettings): boolean {
  const rights = ({ login, email, role, groupId }: UserSettings) => ({ login, email, role, groupId });
  return changedFields(rights(before), rights(after)) !== undefined;
}

type Check = {
  readonly id: string;
  readonly settings: UserSettings;
  readonly previous: UserSettings | undefined;
};

/** What the schema cannot say: references, rights and circles; all issues at once. */
export async function checkSettings(
  trx: Transaction,
  request: AdminRequest,
  facts: OrganizationFacts,
  { id, settings, previous }: Check,
  issues: Issues,
): Promise<UserColumns> {
  const references = buildReferences(trx, request, facts, issues);
  const columns = parseSettings(settings, id, previous, issues, references);
  await checkParent(trx, facts.id, id, settings.parentUserId, issues);
  const granted = await checkGroup(trx, facts.id, settings.groupId, previous?.groupId ?? null, issues);
  await references.check();
  checkGroupGrant(request, granted);
  if (previous !== undefined && changesRights(previous, settings))
    await checkNotAbove(trx, request.actor, id);
  if (settings.role !== (previous?.role ?? 'agent')) checkRoleGrant(request, settings.role);
  return columns;
}

async function checkParent(
  trx: Transaction,
  organizationId: string,
  id: string,
  parentId: string | null,
  issues: Issues,
): Promise<void> {
  if (parentId === null || parentId === id || !isId(parentId)) return;
  if (await isBelow(trx, organizationId, parentId, id)) {
    issues.add('/parentUserId', 'circle', 'Choose another user: this one is below the user itself.');
  }
}
