import type { DirectoryStatus } from '../../services/routing/directory/cache.ts';

export type HealthReport = {
  /** `unavailable`: no call can be decided here. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** What is missing, and what that means. */
  readonly degraded: readonly { readonly name: string; readonly because: string }[];
  readonly directories: {
    readonly organizations: number;
    readonly behind: number;
    /** Since the least fresh one was compared with a store; null: never. */
    readonly ageSeconds: number | null;
    readonly sources: DirectoryStatus['sources'];
  };
  /** IANA zone data of the runtime, such as 2026c. */
  readonly timeZoneData: string;
};

export type HealthFacts = {
  readonly directories: DirectoryStatus;
  readonly usesRedis: boolean;
  /** The service is about to end. */
  readonly draining: boolean;
  readonly timeZoneData: string;
  /** Epoch ms. */
  readonly now: number;
};

const staleSeconds = 5;

/** Pure. Ready as long as calls can be decided, on last-known-good data too. */
export function reportHealth(facts: HealthFacts): HealthReport {
  const { directories, now } = facts;
  const { organizations, behind, confirmedAt, sources, reachable } = directories;
  const ageSeconds =
    confirmedAt === null || confirmedAt === 0 ? null : Math.max(0, Math.round((now - confirmedAt) / 1_000));
  const degraded: { name: string; because: string }[] = [];
  const note = (name: string, because: string): void => void degraded.push({ name, because });
  if (facts.draining) note('draining', 'The service is ending; no new calls should come here.');
  if (organizations === 0) note('directories', 'No directory is in hand: no call can be decided.');
  if (!reachable.database) note('database', 'Postgres does not answer: nothing can be changed.');
  if (facts.usesRedis && !reachable.redis) {
    note('redis', 'Redis does not answer: changes arrive by Postgres, repeats are known in process only.');
  }
  if (organizations > 0 && (ageSeconds === null || ageSeconds > staleSeconds)) {
    note('directory-age', `Directories were last confirmed ${describe(ageSeconds)}.`);
  }
  const unavailable = organizations === 0 || facts.draining;
  return {
    status: unavailable ? 'unavailable' : degraded.length > 0 ? 'degraded' : 'ok',
    degraded,
    directories: { organizations, behind, ageSeconds, sources },
    timeZoneData: facts.timeZoneData,
  };
}

function describe(ageSeconds: number | null): string {
  return ageSeconds === null ? 'before this process started' : `${ageSeconds} seconds ago`;
}
