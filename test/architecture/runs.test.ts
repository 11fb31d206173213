import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { parse } from 'yaml';
import { alone, filesOf } from '../support/run-together.ts';

const tests = join(import.meta.dirname, '..');

/** The globs of one run, as its file has them. */
function patternsOf(run: string): readonly string[] {
  const text = readFileSync(join(tests, run), 'utf8');
  const [, asked = ''] = text.split('runTogether(');
  return [...asked.matchAll(/'([^']+)'/g)].map(([, pattern]) => pattern ?? '');
}

test('every test file is run once, together with others or alone', async (t) => {
  const { include }: { include: string[] } = parse(readFileSync(join(tests, '../.taprc'), 'utf8'));
  const direct = include.flatMap((pattern) => globSync(pattern, { cwd: join(tests, '..') }));
  const started = direct.map((file) => file.replace(/^test\//, ''));
  const together = started
    .filter((file) => file.startsWith('runs/'))
    .flatMap((run) => filesOf(patternsOf(run)));
  const own = started.filter((file) => !file.startsWith('runs/'));
  const all = globSync('**/*.test.ts', { cwd: tests }).filter((file) => !file.startsWith('runs/'));
  t.strictSame([...together, ...own].toSorted(), all.toSorted());
  for (const file of alone) t.ok(own.includes(file), `${file} is run by itself`);
});
