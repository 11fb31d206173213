import { existsSync, readFileSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import { covers, observed } from '../support/covers.ts';
import { elsewhere, requirements } from '../support/requirements.ts';

/** Every titled test, and the keys of those that are held to what their requirement asks. */
type Titles = {
  readonly titled: readonly { readonly id: string; readonly file: string }[];
  readonly held: readonly string[];
};

async function readTitles(): Promise<Titles> {
  const root = new URL('..', import.meta.url);
  const titled: { id: string; file: string }[] = [];
  const held: string[] = [];
  for await (const file of glob('**/*.test.ts', { cwd: root.pathname })) {
    const text = await readFile(new URL(file, root), 'utf8');
    for (const [, , id = ''] of text.matchAll(
      /\b(?:test|check)\(\s*(?:t,\s*)?(['"`])([A-E]\d+(?:\.\d+)?) /g,
    )) {
      titled.push({ id, file });
    }
    const covering = /\btest\(\s*(['"`])([A-E]\d+(?:\.\d+)?) (?:(?!\1).)*\1,\s*covers\(\s*'([^']+)',/g;
    for (const [, , id = '', key = ''] of text.matchAll(covering))
      if (key.split('/')[0] === id) held.push(key);
  }
  return { titled, held };
}

test('every requirement has a test that is titled with its id and asks the surface named for it', async (t) => {
  const { titled, held } = await readTitles();
  // What such a test asks, and that it looks at the answers, it proves itself: test/support/covers.ts.
  const wanted = Object.entries(requirements).flatMap(([id, parts]) =>
    parts.map((_, part) => (part === 0 ? id : `${id}/${part}`)),
  );
  t.same(held.toSorted(), wanted.toSorted());
  const unknown = titled.filter(({ id }) => !Object.hasOwn(requirements, id) && !elsewhere.includes(id));
  t.same(
    unknown.map(({ id, file }) => `${id} in ${file}`),
    [],
    'no test is titled with an id that there is not',
  );
});

test('a test that has the title and asks nothing does not pass for one that covers it', async (t) => {
  const verdict = async (id: string, run: (t: Test) => Promise<void>): Promise<boolean> => {
    const said: unknown[] = [];
    const say = (value: unknown) => said.push(value) > 0;
    const stub = Object.assign(Object.create(t), { name: `${id} is true`, ok: say, equal: say });
    await covers(id, run)(stub);
    return said.every((value) => value === true);
  };
  const answer = () => observed({ status: 200, body: { id: 'x' } }, 'GET /health-report');
  t.equal(await verdict('B13', async () => undefined), false, 'nothing was asked');
  t.equal(await verdict('B13', async () => void answer()), false, 'nobody looked at the answer');
  t.equal(await verdict('B13', async () => void answer().body), false, 'nothing was asserted afterwards');
  t.equal(
    await verdict('B13', async (one) => {
      one.ok(true);
      void answer().status;
    }),
    false,
    'what was asserted came before',
  );
  t.equal(
    await verdict('B13', async (one) => {
      const { status } = answer();
      one.ok(status === 200);
    }),
    true,
  );
});

const list = new URL('../../../shared/requirements.md', import.meta.url);
test('the list is that of the requirements', { skip: !existsSync(list) }, async (t) => {
  const rows = readFileSync(list, 'utf8').matchAll(/^\| ([A-E]\d+(?:\.\d+)?) \|.*\| ([^|]+) \|$/gm);
  const visible = [...rows].flatMap(([, id = '', where = '']) =>
    /REST|SMTP|call time/.test(where) && id !== 'B10' ? [id] : [],
  );
  t.same(Object.keys(requirements), visible);
});
