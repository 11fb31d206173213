import './untracked-promises.ts';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { comment, test } from 'tap';

const tests = join(import.meta.dirname, '..');

/**
 * Runs test files one after the other in this process. Each that builds the app needs one and a half seconds of its own
 * for the test library, the imports and the schemas; in one process they are paid for once.
 *
 * The numbers of the runs are the order in which they start: the longest first, and those that wait for processes to start,
 * stop and freeze beside those that compute.
 *
 * @param patterns globs below test/
 */
export async function runTogether(...patterns: readonly string[]): Promise<void> {
  // Inside a test, so that what is shared by all is not ended before the last file is read: see replicas.ts.
  await test('the files are read', async (t) => {
    for (const file of filesOf(patterns)) {
      comment(file);
      await import(join(tests, file));
      t.pass(file);
    }
  });
}

/** Below test/, in order. */
export function filesOf(patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: tests }));
  return files.filter((file) => file.endsWith('.test.ts')).toSorted();
}
