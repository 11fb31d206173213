import type { Directory } from '../../../services/routing/domain/directory.ts';
import { problem } from '../../../services/routing/errors.ts';
import { read } from '../change.ts';
import type { AdminContext, AdminRequest } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { searchGaps } from './gaps.ts';
import { type HealthReport, mostNamed } from './schema.ts';
import {
  findAgentsInNoQueue,
  findIdle,
  findNeverLoggedIn,
  findPending,
  findWithoutTarget,
  type PersonRow,
} from './store.ts';

const dayMs = 86_400_000;
const idleMs = 30 * dayMs;

export async function reportHealth(context: AdminContext, request: AdminRequest): Promise<HealthReport> {
  const { organizationId } = request.actor;
  const now = request.instant;
  const rows = await read(context, request, async (trx) => ({
    inNoQueue: await findAgentsInNoQueue(trx, organizationId),
    never: await findNeverLoggedIn(trx, organizationId),
    idle: await findIdle(trx, organizationId, new Date(now - idleMs)),
    pending: await findPending(trx, organizationId),
    numbers: await findWithoutTarget(trx, organizationId),
  }));
  const entry = await context.directories.load(organizationId);
  if (entry === undefined) throw problem('store.unavailable');
  const { inNoQueue, never, idle, pending, numbers } = rows;
  return {
    at: formatInstant(now),
    activeAgentsInNoQueue: { count: inNoQueue.count, data: inNoQueue.rows.map(toPerson) },
    neverLoggedIn: {
      count: never.count,
      data: never.rows.map((row) => ({ ...toPerson(row), ...sinceOf(row) })),
    },
    idle: {
      count: idle.count,
      data: idle.rows.map((row) => ({ ...toPerson(row), lastSeenAt: formatInstant(row.seen_at ?? 0) })),
    },
    pendingInvitations: {
      count: pending.count,
      data: pending.rows.map((row) => ({ ...toPerson(row), email: row.email, ...sinceOf(row) })),
    },
    numbersWithoutTarget: {
      count: numbers.count,
      data: numbers.rows.map(({ id, number, name }) => ({ id, number, name })),
    },
    hoursWithoutCover: await findGaps(entry.directory, now),
  };
}

function toPerson({ id, name }: PersonRow) {
  return { id, name };
}

function sinceOf(row: PersonRow) {
  return { createdAt: formatInstant(row.created_at) };
}

async function findGaps(directory: Directory, now: number): Promise<HealthReport['hoursWithoutCover']> {
  const { from, to, total, checked, found } = await searchGaps(directory, now);
  const data: HealthReport['hoursWithoutCover']['data'] = [];
  let gapMs = 0;
  for (const { number: one, gaps } of found) {
    const { id, number, name } = one;
    for (const gap of gaps) {
      gapMs += gap.to - gap.from;
      if (data.length < mostNamed) {
        data.push({ id, number, name, from: formatInstant(gap.from), to: formatInstant(gap.to) });
      }
    }
  }
  const count = Math.ceil(gapMs / 3_600_000);
  return { from: formatInstant(from), to: formatInstant(to), count, checked, total, data };
}
