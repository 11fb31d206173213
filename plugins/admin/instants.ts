import type { Issues } from './issues.ts';

/** Epoch ms to RFC 3339 in UTC, without milliseconds where there are none: "2026-11-21T17:00:00Z". */
export function formatInstant(instant: number | Date): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

/** Epoch ms; reports what is no instant, such as 23:59:60, and gives 0 for it. */
export function parseInstant(issues: Issues, pointer: string, text: string): number {
  const isForm = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/.test(text);
  const instant = isForm ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instant) && instant >= 0) return instant;
  issues.add(pointer, 'instant', 'Use an instant in RFC 3339, such as 2026-12-24T17:00:00Z.');
  return 0;
}
