import { existsSync, readFileSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'tap';

/**
 * Every requirement that a program can see (REST, SMTP, call time), and what of the public surface its test must ask.
 * What only the console or the websocket shows is not here: B2, B10, D2.6, E2.
 */
const requirements: Readonly<Record<string, readonly string[]>> = {
  A1: ['/users/'],
  A2: ['/reset-password'],
  A3: ['/availability'],
  A4: ['/overrides', '/simulate'],
  A5: ['/deactivate'],
  A6: ['/deactivate', '/reactivate', 'pullBack'],
  A7: ['/reactivate'],
  A8: ['/resend-invitation'],
  A9: ['/me', 'mobile'],
  A10: ['/leads'],
  B1: ['/users'],
  B3: ['/users/'],
  B4: ['emailChange'],
  B5: ['/members'],
  B6: ['role'],
  B7: ['/deactivate'],
  B8: ['/reactivate'],
  B9: ['/password/forgot', '/password/reset'],
  B11: ['/users?'],
  B12: ['/users'],
  B13: ['/health-report'],
  B14: ['/checklist'],
  C1: ['/users', 'parentUserId'],
  C2: ['/numbers?assigned=false', '/target'],
  C3: ['/target'],
  C4: ['email', '/session'],
  C5: ['/users', 'username'],
  C6: ['deletionGraceDays', '/undelete'],
  C7: ['/flow'],
  C8: ['/extensions', 'extension.taken'],
  D1: ['/users?'],
  'D2.1': ['/users/'],
  'D2.2': ['/sessions'],
  'D2.3': ['/reset-password'],
  'D2.4': ['/reset-two-step'],
  'D2.5': ['/activity'],
  'D2.7': ['/users/', 'lead'],
  D3: ['/reset-password', '/deactivate'],
  D4: ['/users/bulk', '/jobs/'],
  E1: ['/groups'],
  E3: ['login'],
  E4: ['/reset-password'],
  E5: ['extension'],
  E6: ['ifUnavailable', '/simulate'],
  E7: ['callerIdFor'],
  E8: ['/groups', 'permissions'],
  E9: ['/mail-accounts/', '/mail'],
};

/** What the console or the websocket shows; its server side may have a test here all the same. */
const elsewhere: readonly string[] = ['B2', 'B10', 'D2.6', 'E2'];

/** What is not finished, and why. Empty: everything above has its test. */
const unfinished: readonly { readonly id: string; readonly why: string }[] = [];

type Titled = { readonly id: string; readonly file: string; readonly text: string };

async function readTitled(): Promise<readonly Titled[]> {
  const root = new URL('..', import.meta.url);
  const found: Titled[] = [];
  for await (const file of glob('**/*.test.ts', { cwd: root.pathname })) {
    if (file.endsWith('requirements.test.ts')) continue;
    const text = await readFile(new URL(file, root), 'utf8');
    const titles = text.matchAll(/\b(?:test|check)\(\s*(?:t,\s*)?(['"`])([A-E]\d+(?:\.\d+)?) /g);
    for (const [, , id = ''] of titles) found.push({ id, file, text });
  }
  return found;
}

test('every requirement has a test that is titled with its id and asks the surface named for it', async (t) => {
  const titled = await readTitled();
  const open = new Map(unfinished.map(({ id, why }) => [id, why]));
  for (const [id, fragments] of Object.entries(requirements)) {
    const tests = titled.filter((one) => one.id === id);
    if (open.has(id)) {
      t.equal(
        tests.length,
        0,
        `${id} is listed as unfinished (${open.get(id)}), and has a test: take it off the list`,
      );
      continue;
    }
    t.ok(tests.length > 0, `${id} has a test`);
    for (const fragment of tests.length === 0 ? [] : fragments) {
      t.ok(
        tests.some(({ text }) => text.includes(fragment)),
        `a test of ${id} asks ${fragment}`,
      );
    }
    for (const { file, text } of tests) t.match(text, /\bt\.(match|equal|same|ok)\(/, `${file} asserts`);
  }
  const unknown = titled.filter(({ id }) => !Object.hasOwn(requirements, id) && !elsewhere.includes(id));
  t.same(
    unknown.map(({ id, file }) => `${id} in ${file}`),
    [],
    'no test is titled with an id that there is not',
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
