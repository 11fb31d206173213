import type { TraceEntry } from '../domain/trace.ts';
import type { DirectoryEntry } from '../ports.ts';

/** The poll comes every second and is given a second; after more than this the stores are silent. */
const staleMs = 5_000;

/** The trace entry of a decision by a directory that no store has confirmed for a while; undefined: it is fresh. */
export function staleNote(entry: DirectoryEntry, instant: number): TraceEntry | undefined {
  const age = instant - entry.confirmedAt;
  if (age <= staleMs) return undefined;
  const { organization, version } = entry.directory;
  const since = entry.confirmedAt === 0 ? 'since this process started' : `for ${describeAge(age)}`;
  return {
    rule: 'directory.stale',
    subject: { type: 'organization', id: organization.id, name: organization.name },
    outcome: 'applied',
    because: `No store has answered ${since}: this was decided by the last known directory, version ${version}.`,
  };
}

function describeAge(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
