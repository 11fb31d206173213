import { Problem, problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import type { Change } from '../../../services/storage/unit-of-work.ts';
import { change, guarded } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { findNextExtension, setExtension } from '../extension-pool.ts';
import { buildIssues } from '../issues.ts';
import { mergePatch, withNulls } from '../merge-patch.ts';
import { queueInvitation } from '../notices.ts';
import { getOrganizationFacts } from '../organization-facts.ts';
import { checkLoops } from '../routing-graph.ts';
import type { Warning } from '../schemas.ts';
import { resolveLabels, writeLabels } from '../user-labels.ts';
import { writeWords } from '../user-words.ts';
import { type User, UserSettings } from './schema.ts';
import { getUser, toAnswer, type UserNow } from './service.ts';
import { defaultSettings, toSettings } from './settings.ts';
import { checkSettings, readSettings } from './settings-check.ts';
import { insertUser, type NewUser, type UserColumns } from './write-store.ts';

type Body = Readonly<Record<string, unknown>>;

export type CreateUser = Body & {
  readonly kind: 'email' | 'username';
  readonly login?: string;
  readonly email?: string;
};

/** `passwordHash` was made before the transaction, which holds the organization's row. */
export function createUser(
  context: AdminContext,
  request: AdminRequest,
  body: CreateUser,
  passwordHash: string | null,
): Promise<Answer<User>> {
  return change(context, request, async (trx, log) => {
    return toAnswer(request, await createWithin(trx, log, context, request, body, passwordHash));
  });
}

/** The same inside a change that is under way, for one of many users. */
export async function createWithin(
  trx: Transaction,
  log: Change,
  context: AdminContext,
  request: AdminRequest,
  body: CreateUser,
  passwordHash: string | null,
): Promise<UserNow> {
  const { organizationId } = request.actor;
  const facts = await getOrganizationFacts(trx, organizationId);
  const id = context.newId();
  const { kind, password, ...wanted } = body;
  const login = kind === 'email' ? wanted.email : wanted.login;
  const extension = await findNextExtension(trx, organizationId);
  const chosen = typeof wanted.extension === 'string' ? wanted.extension : extension;
  const defaults = defaultSettings(chosen, facts.sipDomain);
  const parsed = readSettings(withNulls(mergePatch(defaults, { ...wanted, login }), UserSettings));
  const issues = buildIssues();
  const settings = await resolveLabels(trx, organizationId, parsed, issues);
  const columns = await checkSettings(trx, request, facts, { id, settings, previous: undefined }, issues);
  const status = kind === 'email' ? 'pending' : 'active';
  const warnings = await storeUser(
    trx,
    { organizationId, id, kind, status, passwordHash },
    columns,
    settings,
  );
  if (kind === 'email' && columns.email !== null) {
    await queueInvitation(
      trx,
      context,
      { organizationId, userId: id, instant: request.instant },
      columns.email,
    );
  }
  const record = await getUser(trx, organizationId, id);
  log.record({ action: 'users.create', subjectType: 'user', subjectId: id, after: toSettings(record) });
  return { record, facts, warnings };
}

/** Row, extension and words of a new user; also for the first administrator of an organization. */
export async function storeUser(
  trx: Transaction,
  user: NewUser,
  columns: UserColumns,
  settings: UserSettings,
): Promise<readonly Warning[]> {
  await insertNamed(trx, user, columns);
  await setExtension(trx, user.organizationId, { userId: user.id }, settings.extension);
  await writeWords(trx, user.organizationId, user.id, settings);
  await writeLabels(trx, user.organizationId, user.id, settings);
  return checkLoops(trx, user.organizationId, user.id);
}

/** Whoever is invited has no login but the address: that is what is taken. */
async function insertNamed(trx: Transaction, user: NewUser, columns: UserColumns): Promise<void> {
  try {
    await guarded(() => insertUser(trx, user, columns));
  } catch (error) {
    if (user.kind !== 'email' || !(error instanceof Problem) || error.code !== 'user.login-taken')
      throw error;
    const errors = [{ pointer: '/email', code: 'taken', message: 'is already in use' }];
    throw problem('user.login-taken', { cause: error, errors });
  }
}
