import {
  findCertainLoop,
  type OwnTarget,
  possibleEdges,
  possibleLoops,
  type RoutingQueue,
  type RoutingUser,
} from '../../services/routing/domain/loops.ts';
import type { Target } from '../../services/routing/domain/target.ts';
import { problem } from '../../services/routing/errors.ts';
import type { Transaction } from '../../services/storage/database.ts';
import { listOverrideData, listWeekData } from './hours-rows.ts';
import type { Warning } from './schemas.ts';

/** More users and queues than this along one way are not followed: an office has chains of a few. */
const mostPlaces = 2_000;

/**
 * Refuses a change after which the calls of a user (or queue) would go round for ever, and reports circles that are not
 * certain. Called inside the transaction of the change, after its rows are written: the lock on the organization's row
 * makes sure that nobody closes the other half of the circle at the same moment.
 */
export async function checkLoops(
  trx: Transaction,
  organizationId: string,
  startId: string,
): Promise<readonly Warning[]> {
  const { places, own } = await loadGraph(trx, organizationId, startId);
  const names = (path: readonly string[]): string =>
    path.map((id) => places.get(id)?.name ?? 'somebody').join(' → ');
  const certain = findCertainLoop(places, startId, own);
  if (certain !== undefined) {
    throw problem('routing.loop', {
      detail: `Every call would go round in a circle: ${names(certain)}. Change one of these steps.`,
      extra: { path: certain },
    });
  }
  return possibleLoops(places, startId, own).map((path) => ({
    code: 'routing.possible-loop',
    message: `At times calls can go round in a circle: ${names(path)}. They then end at the voicemail box or the last resort.`,
    path: [...path],
  }));
}

/** The same for a target that a number leads to: the circle may close through one of our own numbers. */
export async function checkTargetLoops(
  trx: Transaction,
  organizationId: string,
  target: Target | null,
): Promise<readonly Warning[]> {
  const owned = new Map<string, Target | null>();
  if (target?.type === 'external') await loadOwned(trx, organizationId, [target.number], owned);
  const followed = target === null ? null : followOwn(owned, target);
  const isPlace = followed?.type === 'user' || followed?.type === 'queue';
  return isPlace && followed.id !== undefined ? checkLoops(trx, organizationId, followed.id) : [];
}

type Place = RoutingUser | RoutingQueue;

/** Breadth first from one user or queue, by everything that can lead on. */
async function loadGraph(
  trx: Transaction,
  organizationId: string,
  start: string,
): Promise<{ readonly places: ReadonlyMap<string, Place>; readonly own: OwnTarget }> {
  const places = new Map<string, Place>();
  const owned = new Map<string, Target | null>();
  const own: OwnTarget = (target) => followOwn(owned, target);
  let frontier: readonly string[] = [start];
  while (frontier.length > 0 && places.size < mostPlaces) {
    const users = await loadUsers(trx, organizationId, frontier);
    const others = frontier.filter((id) => !users.some((user) => user.id === id));
    const queues = others.length === 0 ? [] : await loadQueues(trx, organizationId, others);
    for (const place of [...users, ...queues]) places.set(place.id, place);
    await loadOwned(
      trx,
      organizationId,
      [...users.flatMap(externalNumbers), ...queues.flatMap(ownNumber)],
      owned,
    );
    const next = [...users, ...queues].flatMap((place) => possibleEdges(place, own));
    frontier = [...new Set(next)].filter((id) => !places.has(id));
  }
  return { places, own };
}

async function loadQueues(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly RoutingQueue[]> {
  const rows = await trx
    .selectFrom('queue')
    .select(['id', 'name', 'no_agent_target'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, noAgentTarget: row.no_agent_target }));
}

function ownNumber({ noAgentTarget }: RoutingQueue): readonly string[] {
  return noAgentTarget?.type === 'external' ? [noAgentTarget.number] : [];
}

async function loadUsers(
  trx: Transaction,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly RoutingUser[]> {
  const rows = await trx
    .selectFrom('user')
    .select([
      'id',
      'first_name',
      'last_name',
      'status',
      'fallback_user_id',
      'reassigned_to_user_id',
      'if_unavailable',
      'forward_all',
      'always_available',
    ])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
  const weeks = await listWeekData(trx, organizationId, ids);
  const overrides = await listOverrideData(trx, organizationId, ids);
  return rows.map((row) => ({
    id: row.id,
    name: `${row.first_name} ${row.last_name}`,
    status: row.status,
    fallbackUserId: row.fallback_user_id,
    reassignedToUserId: row.reassigned_to_user_id,
    ifUnavailable: row.if_unavailable,
    forwardAll: row.forward_all,
    weekly: row.always_available ? null : (weeks.get(row.id) ?? null),
    overrides: overrides.get(row.id) ?? [],
  }));
}

function externalNumbers(user: RoutingUser): readonly string[] {
  const rules = [user.ifUnavailable, ...Object.values(user.ifUnavailable.causes ?? {})];
  const targets = [user.forwardAll, ...rules.map((rule) => rule.target)];
  return targets.flatMap((target) => (target?.type === 'external' ? [target.number] : []));
}

/** What our own numbers and extensions lead to; a number may lead to another one. */
async function loadOwned(
  trx: Transaction,
  organizationId: string,
  wanted: readonly string[],
  owned: Map<string, Target | null>,
): Promise<void> {
  const values = wanted.filter((value) => !owned.has(value));
  if (values.length === 0) return;
  for (const value of values) owned.set(value, null);
  const extensions = await trx
    .selectFrom('extension')
    .select(['extension', 'user_id', 'queue_id'])
    .where('organization_id', '=', organizationId)
    .where('extension', 'in', values)
    .execute();
  for (const row of extensions) {
    if (row.user_id !== null) owned.set(row.extension, { type: 'user', id: row.user_id });
    if (row.queue_id !== null) owned.set(row.extension, { type: 'queue', id: row.queue_id });
  }
  const numbers = await trx
    .selectFrom('number')
    .select(['number', 'target'])
    .where('organization_id', '=', organizationId)
    .where('number', 'in', values)
    .execute();
  for (const row of numbers) owned.set(row.number, row.target);
  const further = numbers.flatMap((row) => (row.target?.type === 'external' ? [row.target.number] : []));
  await loadOwned(trx, organizationId, further, owned);
}

function followOwn(owned: ReadonlyMap<string, Target | null>, target: Target): Target | null {
  let current: Target | null = target;
  // Numbers that lead to each other end here as they end at call time.
  for (let hops = 0; hops < 8 && current?.type === 'external'; hops += 1) {
    current = owned.get(current.number) ?? null;
  }
  return current?.type === 'external' ? null : current;
}
