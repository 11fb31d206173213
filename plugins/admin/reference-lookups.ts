import { forwardingRefusal, isExtension } from '../../services/routing/domain/e164.ts';
import type { Transaction } from '../../services/storage/database.ts';
import type { Issues } from './issues.ts';
import type { OrganizationFacts } from './organization-facts.ts';

/** Something that a body points at, and where in the body. */
export type Noted = { readonly pointer: string; readonly value: string };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Can be asked for: Postgres refuses a uuid that is none. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

function idsOf(noted: readonly Noted[]): readonly string[] {
  return [...new Set(noted.map(({ value }) => value.toLowerCase()).filter((id) => uuid.test(id)))];
}

/** Another organization's user is one that does not exist: row-level security shows no other. */
export async function checkUsers(
  trx: Transaction,
  organizationId: string,
  noted: readonly Noted[],
  issues: Issues,
): Promise<void> {
  const statuses = await findUserStatuses(trx, organizationId, idsOf(noted));
  for (const { pointer, value } of noted) {
    const status = statuses.get(value.toLowerCase());
    if (status === undefined) {
      issues.add(
        pointer,
        'user.not-found',
        'Choose a user of this organization: there is none with this id.',
      );
    } else if (status === 'deleted') {
      issues.add(pointer, 'user.deleted', 'Choose another user: this one was deleted.');
    }
  }
}

async function findUserStatuses(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom('user')
    .select(['id', 'status'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row.status]));
}

async function findQueueIds(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await trx
    .selectFrom('queue')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  return new Set(rows.map((row) => row.id));
}

export async function checkQueues(
  trx: Transaction,
  organizationId: string,
  noted: readonly Noted[],
  issues: Issues,
): Promise<void> {
  const known = await findQueueIds(trx, organizationId, idsOf(noted));
  for (const { pointer, value } of noted) {
    if (known.has(value.toLowerCase())) continue;
    issues.add(
      pointer,
      'queue.not-found',
      'Choose a queue of this organization: there is none with this id.',
    );
  }
}

/** A voicemail box belongs to a user or to a queue. */
export async function checkBoxes(
  trx: Transaction,
  organizationId: string,
  noted: readonly Noted[],
  issues: Issues,
): Promise<void> {
  const ids = idsOf(noted);
  const statuses = await findUserStatuses(trx, organizationId, ids);
  const queues = await findQueueIds(trx, organizationId, ids);
  for (const { pointer, value } of noted) {
    const status = statuses.get(value.toLowerCase());
    if (queues.has(value.toLowerCase()) || (status !== undefined && status !== 'deleted')) continue;
    issues.add(
      pointer,
      'mailbox.not-found',
      'Choose a user or a queue of this organization as owner of the box.',
    );
  }
}

/** True where one of the numbers is outside: not one of our numbers or extensions. */
export async function checkNumbers(
  trx: Transaction,
  organization: OrganizationFacts,
  noted: readonly Noted[],
  issues: Issues,
): Promise<boolean> {
  const real = noted.filter(({ value }) => value !== '');
  if (real.length === 0) return false;
  const own = await findOwn(
    trx,
    organization.id,
    real.map(({ value }) => value),
  );
  let outside = false;
  for (const { pointer, value } of real) {
    if (own.has(value)) continue;
    outside = true;
    const refusal = isExtension(value)
      ? `${value} is none of your extensions, and short codes are never forwarded to`
      : forwardingRefusal(value, organization.forwarding);
    if (refusal !== undefined) issues.add(pointer, 'forward.refused', `Choose another number: ${refusal}.`);
  }
  return outside;
}

/**
 * The same for devices that are telephones. One's own number is none: the carrier would bring the call back to us as a
 * new one, round and round. True where there is any.
 */
export async function checkPhones(
  trx: Transaction,
  organization: OrganizationFacts,
  noted: readonly Noted[],
  issues: Issues,
): Promise<boolean> {
  const real = noted.filter(({ value }) => value !== '');
  if (real.length === 0) return false;
  const own = await findOwn(
    trx,
    organization.id,
    real.map(({ value }) => value),
  );
  for (const { pointer, value } of real) {
    const refusal =
      own.has(value) || isExtension(value)
        ? `${value} is inside the organization, and a device of kind phone is a telephone outside`
        : forwardingRefusal(value, organization.forwarding);
    if (refusal !== undefined) issues.add(pointer, 'forward.refused', `Choose another number: ${refusal}.`);
  }
  return true;
}

async function findOwn(
  trx: Transaction,
  organizationId: string,
  values: readonly string[],
): Promise<ReadonlySet<string>> {
  const extensions = await trx
    .selectFrom('extension')
    .select('extension as value')
    .where('organization_id', '=', organizationId)
    .where('extension', 'in', values)
    .execute();
  const numbers = await trx
    .selectFrom('number')
    .select('number as value')
    .where('organization_id', '=', organizationId)
    .where('number', 'in', values)
    .execute();
  return new Set([...extensions, ...numbers].map((row) => row.value));
}
