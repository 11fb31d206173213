import { forwardingRefusal, isExtension, parseNumber } from '../../services/routing/domain/e164.ts';
import type { Target } from '../../services/routing/domain/target.ts';
import { problem } from '../../services/routing/errors.ts';
import type { Transaction } from '../../services/storage/database.ts';
import { can, needsReauthentication } from './access.ts';
import type { AdminRequest } from './context.ts';
import type { Issues } from './issues.ts';
import type { OrganizationFacts } from './organization-facts.ts';
import { missing } from './refusals.ts';
import type { TargetBody } from './schemas.ts';

/**
 * What a body points at: users, queues, and targets with outside numbers. They are noted while the body is read, and
 * looked up all together; only what is new is noted, so that a setting that went stale does not stand in the way of
 * changing another one.
 */
export type References = {
  user(pointer: string, id: string): void;
  queue(pointer: string, id: string): void;
  /** The target in its stored form. `previous`: what was there, which needs no permission again. */
  target(pointer: string, body: TargetBody, previous?: TargetBody | null): Target;
  /** Looks everything up, reports all issues at once, and asks for the right to send calls outside. */
  check(): Promise<void>;
};

/** Member by member: a document comes back from Postgres with its members in another order. */
function isSame(previous: TargetBody | null | undefined, target: Target): boolean {
  const now: TargetBody = target;
  return (['type', 'id', 'number', 'text'] as const).every((name) => previous?.[name] === now[name]);
}

type Noted = { readonly pointer: string; readonly value: string };

export function buildReferences(
  trx: Transaction,
  request: AdminRequest,
  organization: OrganizationFacts,
  issues: Issues,
): References {
  const users: Noted[] = [];
  const queues: Noted[] = [];
  const boxes: Noted[] = [];
  const numbers: Noted[] = [];
  const note = (list: Noted[], pointer: string, value: string): void => {
    list.push({ pointer, value });
  };
  const references: References = {
    user: (pointer, id) => note(users, pointer, id),
    queue: (pointer, id) => note(queues, pointer, id),
    target(pointer, body, previous) {
      const target = parseTarget(issues, pointer, body, organization.defaultCountry);
      if (isSame(previous, target)) return target;
      if (target.type === 'user') note(users, `${pointer}/id`, target.id);
      else if (target.type === 'queue') note(queues, `${pointer}/id`, target.id);
      else if (target.type === 'voicemail') note(boxes, `${pointer}/id`, target.id);
      else if (target.type === 'external') note(numbers, `${pointer}/number`, target.number);
      return target;
    },
    async check() {
      await checkUsers(trx, organization.id, users, issues);
      await checkQueues(trx, organization.id, queues, issues);
      await checkBoxes(trx, organization.id, boxes, issues);
      const outside = await checkNumbers(trx, organization, numbers, issues);
      issues.refuse();
      if (outside) checkForwardRight(request);
    },
  };
  return references;
}

const members: Readonly<Record<Target['type'], { readonly needs?: 'id' | 'number'; readonly may?: 'text' }>> =
  {
    user: { needs: 'id' },
    queue: { needs: 'id' },
    voicemail: { needs: 'id' },
    external: { needs: 'number' },
    menu: { may: 'text' },
    announcement: { may: 'text' },
    hangup: {},
  };

/** A target of its type and nothing else; numbers in E.164, extensions as they are. */
function parseTarget(issues: Issues, pointer: string, body: TargetBody, country: string): Target {
  const { needs, may } = members[body.type];
  for (const name of ['id', 'number', 'text'] as const) {
    if (body[name] !== undefined && name !== needs && name !== may) {
      issues.add(
        `${pointer}/${name}`,
        'contradiction',
        `Leave this out: a target ${body.type} has no ${name}.`,
      );
    }
    if (body[name] === undefined && name === needs) {
      issues.add(`${pointer}/${name}`, 'required', `Add this: a target ${body.type} needs it.`);
    }
  }
  const text = body.text === undefined ? {} : { text: body.text };
  switch (body.type) {
    case 'external':
      return { type: 'external', number: parseOutside(issues, pointer, body.number, country) };
    case 'menu':
    case 'announcement':
      if (body.text?.trim() === '')
        issues.add(`${pointer}/text`, 'length', 'Say something, or leave this out.');
      return { type: body.type, ...text };
    case 'hangup':
      return { type: 'hangup' };
    default:
      return { type: body.type, id: body.id?.toLowerCase() ?? '' };
  }
}

function parseOutside(issues: Issues, pointer: string, number: string | undefined, country: string): string {
  if (number === undefined) return '';
  const text = number.trim();
  if (isExtension(text)) return text;
  const parsed = parseNumber(text, country);
  if (parsed === undefined) {
    issues.add(
      `${pointer}/number`,
      'number',
      'Use a complete number such as +14155550123, or one of your extensions.',
    );
  }
  return parsed ?? '';
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Can be asked for: Postgres refuses a uuid that is none. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

function idsOf(noted: readonly Noted[]): readonly string[] {
  return [...new Set(noted.map(({ value }) => value.toLowerCase()).filter((id) => uuid.test(id)))];
}

/** Another organization's user is one that does not exist: row-level security shows no other. */
async function checkUsers(
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

async function checkQueues(
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
async function checkBoxes(
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
async function checkNumbers(
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

/** Toll fraud by forwarding is a real attack: a permission of its own, and for a session a fresh password. */
export function checkForwardRight(request: AdminRequest): void {
  if (!can(request.actor, 'forward.external')) throw missing('forward.external');
  if (needsReauthentication(request.actor, request.instant)) throw problem('session.reauthenticate');
}
