import { type ErrorCode, problem } from '../../services/routing/errors.ts';
import { type Database, inOrganization, type Transaction } from '../../services/storage/database.ts';
import { constraintOf, isUnavailable } from '../../services/storage/database-error.ts';
import { type ActivityRecord, type Change, changeOrganization } from '../../services/storage/unit-of-work.ts';
import type { AdminContext, AdminRequest, Answer } from './context.ts';
import { findKeptAnswer, keepAnswer } from './idempotency.ts';
import { queueOutsideNotices } from './outside-notice.ts';
import { rehearsedIn } from './rehearsal.ts';
import { findUserRights } from './user-permissions.ts';

/**
 * The one way in which the administration changes something: a transaction that holds the organization's row, with
 * the activity, the version, the outbox row and the answer kept for repeats; after the commit this replica's directory
 * is brought up to it, so that the very next call sees the change.
 */
export async function change<T>(
  context: AdminContext,
  request: AdminRequest,
  work: (trx: Transaction, log: Change) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  const rehearsal = rehearsedIn();
  if (rehearsal !== undefined) return guarded(() => work(rehearsal, unrecorded));
  const { actor, requestId } = request;
  const { organizationId } = actor;
  let hasMailed = false;
  const { result, version } = await guarded(() =>
    changeOrganization(
      context.database,
      { organizationId, actor: { type: actor.type, id: actor.id }, requestId, newId: context.newId },
      async (trx, log) => {
        await checkActorUnchanged(trx, request);
        const kept = await findKeptAnswer<T>(trx, request);
        if (kept !== undefined) {
          log.skip();
          return kept;
        }
        const recorded: ActivityRecord[] = [];
        const answer = await work(trx, noting(log, recorded));
        hasMailed = await queueOutsideNotices(trx, context, request, recorded);
        await keepAnswer(trx, request, answer);
        return answer;
      },
    ),
  );
  await context.directories.advance(organizationId, version);
  if (hasMailed) context.kickMail();
  return result;
}

/** The log, which also keeps in hand what is written to it. */
export function noting(log: Change, recorded: ActivityRecord[]): Change {
  return {
    ...log,
    record: (activity) => {
      recorded.push(activity);
      log.record(activity);
    },
  };
}

/** A rehearsal is no activity. */
const unrecorded: Change = { record: () => undefined, skip: () => undefined };

/** A read of the actor's organization: every statement sees the same instant. */
export function read<T>(
  context: { readonly database: Database },
  request: { readonly actor: { readonly organizationId: string } },
  work: (trx: Transaction) => Promise<T>,
): Promise<T> {
  const rehearsal = rehearsedIn();
  if (rehearsal !== undefined) return guarded(() => work(rehearsal));
  return guarded(() =>
    inOrganization(context.database, request.actor.organizationId, work, { readOnly: true, snapshot: true }),
  );
}

/** Turns what the database says into what a client can do about it. */
export async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isUnavailable(error)) throw problem('store.unavailable', { cause: error });
    const taken = takenBy[constraintOf(error) ?? ''];
    if (taken === undefined) throw error;
    throw problem(taken.code, {
      cause: error,
      errors: [{ pointer: taken.pointer, code: 'taken', message: 'is already in use' }],
    });
  }
}

const takenBy: Readonly<Record<string, { readonly code: ErrorCode; readonly pointer: string }>> = {
  organization_slug_key: { code: 'organization.slug-taken', pointer: '/slug' },
  user_login_key: { code: 'user.login-taken', pointer: '/login' },
  user_email_key: { code: 'user.login-taken', pointer: '/email' },
  extension_pkey: { code: 'extension.taken', pointer: '/extension' },
  number_number_key: { code: 'number.taken', pointer: '/number' },
  queue_name_key: { code: 'queue.name-taken', pointer: '/name' },
  label_name_key: { code: 'label.name-taken', pointer: '/name' },
  user_group_name_key: { code: 'group.name-taken', pointer: '/name' },
  campaign_name_key: { code: 'campaign.name-taken', pointer: '/name' },
  carrier_account_sid_key: { code: 'carrier-account.taken', pointer: '/accountSid' },
  lead_number_pkey: { code: 'lead.number-taken', pointer: '/numbers' },
};

/**
 * The auth hook looked before the organization's row was locked. Two administrators who take each other's role away at
 * the same moment come one after the other, and the second is none any more.
 */
async function checkActorUnchanged(trx: Transaction, { actor }: AdminRequest): Promise<void> {
  if (actor.type !== 'user') return;
  const now = await findUserRights(trx, actor.organizationId, actor.id);
  if (now?.status !== 'active') throw problem('credential.invalid');
  if (now.role !== actor.role || !actor.permissions.isSubsetOf(now.permissions)) {
    throw problem('permission.missing', {
      detail: 'Your role or group was changed a moment ago. Repeat the request.',
    });
  }
}
