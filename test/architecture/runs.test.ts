import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { filesOf } from '../support/run-together.ts';

const tests = join(import.meta.dirname, '..');

/** The globs of one run, as its file has them. */
function patternsOf(run: string): readonly string[] {
  const text = readFileSync(join(tests, run), 'utf8');
  const [, asked = ''] = text.split('runTogether(');
  return [...asked.matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern ?? '');
}

test('every test file is run once', async (t) => {
  const runs = globSync('runs/*.test.ts', { cwd: tests });
  const started = runs.flatMap((run) => filesOf(patternsOf(run)));
  const all = globSync('**/*.test.ts', { cwd: tests }).filter((file) => !file.startsWith('runs/'));
  t.strictSame(started.toSorted(), all.toSorted());
});
