import { problem } from '../../services/routing/errors.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { AdminRequest, Answer } from './context.ts';

/**
 * Idempotency-Key on POST: the answer is kept for 24 hours in the transaction of the change, so that either both are
 * there or neither. Two repeats at the same moment wait for each other at the organization's row.
 */
const keptForMs = 24 * 3_600_000;

type Kept = { readonly request_hash: string; readonly body: string | null };

export async function findKeptAnswer<T>(
  trx: Transaction,
  request: AdminRequest,
): Promise<Answer<T> | undefined> {
  const { actor, idempotency } = request;
  if (idempotency === undefined) return undefined;
  const kept = await findKept(trx, actor.organizationId, actorKey(actor), idempotency.key, request.instant);
  return kept === undefined ? undefined : repeatAnswer<T>(kept, idempotency.requestHash);
}

export function findKept(
  trx: Transaction,
  organizationId: string,
  actor: string,
  key: string,
  instant: number,
): Promise<Kept | undefined> {
  return trx
    .selectFrom('idempotency_key')
    .select(['request_hash', 'body'])
    .where('organization_id', '=', organizationId)
    .where('actor', '=', actor)
    .where('key', '=', key)
    .where('created_at', '>', new Date(instant - keptForMs))
    .executeTakeFirst();
}

/** The kept answer; throws where it cannot be given again. */
export function repeatAnswer<T>(kept: Kept, requestHash: string): Answer<T> {
  if (kept.request_hash !== requestHash) throw problem('idempotency.mismatch');
  if (kept.body === null) throw problem('idempotency.secret-shown');
  const answer: Answer<T> = JSON.parse(kept.body);
  return answer;
}

export async function keepAnswer(
  trx: Transaction,
  request: AdminRequest,
  answer: Answer<unknown>,
): Promise<void> {
  const { actor, idempotency } = request;
  if (idempotency === undefined) return;
  await insertKept(trx, actor.organizationId, actorKey(actor), idempotency, answer, request.instant);
}

export async function insertKept(
  trx: Transaction,
  organizationId: string,
  actor: string,
  idempotency: NonNullable<AdminRequest['idempotency']>,
  answer: Answer<unknown>,
  instant: number,
): Promise<void> {
  const row = {
    request_hash: idempotency.requestHash,
    status: 200,
    body: answer.secret === true ? null : JSON.stringify({ body: answer.body, etag: answer.etag }),
    created_at: new Date(instant),
  };
  await trx
    .insertInto('idempotency_key')
    .values({ organization_id: organizationId, actor, key: idempotency.key, ...row })
    // One that is past its 24 hours and was not swept yet.
    .onConflict((conflict) => conflict.constraint('idempotency_key_pkey').doUpdateSet(row))
    .execute();
}

function actorKey(actor: { readonly type: string; readonly id: string }): string {
  return `${actor.type}:${actor.id}`;
}
