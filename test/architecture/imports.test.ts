import { test } from 'tap';
import { brokenRules, listImports, readSources } from '../support/source-imports.ts';

/** The table "Who may import what" of the house, and: no cycles. */

test('every source keeps to who may import what, and no imports go round in a circle', async (t) => {
  const sources = await readSources(['services', 'plugins']);
  t.strictSame(brokenRules(sources), []);
  t.ok(sources.size > 60, `${sources.size} files were read`);
  t.ok(listImports(sources).length > 250, 'their imports were found');
  t.ok(
    [...sources.keys()].every((file) => !file.includes('\\')),
    'paths are the same everywhere',
  );
});

/** A file that breaks a rule, and the sentence that says so. */
function check(title: string, file: string, text: string, sentence: string | undefined): void {
  test(title, async (t) => {
    const others: ReadonlyArray<readonly [string, string]> = [
      ['services/routing/domain/call.ts', ''],
      ['services/storage/database.ts', ''],
    ];
    const broken = brokenRules(new Map([...others, [file, text]]));
    if (sentence === undefined) t.strictSame(broken, []);
    else t.ok(broken.includes(sentence), sentence, { broken });
  });
}

const domain = 'services/routing/domain/wrong.ts';
const pure = 'services/routing/domain is pure';
const onlyItself =
  'services/routing/domain imports nothing but itself, libphonenumber-js/max in e164.ts alone';

check(
  'a package in the domain is found',
  domain,
  "import { x } from 'lru-cache';",
  `${domain} imports lru-cache: ${onlyItself}`,
);
check(
  'a node module in the domain is found',
  domain,
  "import * as fs from 'node:fs';",
  `${domain} imports node:fs: ${onlyItself}`,
);
check(
  'libphonenumber elsewhere is found',
  domain,
  "import { parse } from 'libphonenumber-js/max';",
  `${domain} imports libphonenumber-js/max: ${onlyItself}`,
);
check(
  'libphonenumber in e164.ts is right',
  'services/routing/domain/e164.ts',
  "import {\n  a,\n  type B,\n} from 'libphonenumber-js/max';",
  undefined,
);
check(
  'a way out of the domain is found',
  domain,
  "import { x } from '../ports.ts';",
  `${domain} imports services/routing/ports.ts: ${onlyItself}`,
);
check(
  'also as a type',
  domain,
  "import type { X } from '../../storage/database.ts';",
  `${domain} imports services/storage/database.ts: ${onlyItself}`,
);
check(
  'also over several lines',
  domain,
  "import {\n  one,\n  two,\n} from '../ports.ts';",
  `${domain} imports services/routing/ports.ts: ${onlyItself}`,
);
check(
  'also when it is re-exported',
  domain,
  "export { x } from '../ports.ts';",
  `${domain} imports services/routing/ports.ts: ${onlyItself}`,
);
check(
  'also when it is imported late',
  domain,
  "const x = await import('node:fs');",
  `${domain} imports node:fs: ${onlyItself}`,
);
check(
  'also for its side effects',
  domain,
  "import '../server.ts';",
  `${domain} imports services/routing/server.ts: ${onlyItself}`,
);
check('the domain may import itself', domain, "import type { Call } from './call.ts';", undefined);
check('a clock in the domain is found', domain, 'const now = Date.now();', `${domain} uses Date: ${pure}`);
check(
  'also inside a template',
  domain,
  ['const now = `at $', '{Date.now()}`;'].join(''),
  `${domain} uses Date: ${pure}`,
);
check(
  'randomness in the domain is found',
  domain,
  'const x = Math.random();',
  `${domain} uses Math.random: ${pure}`,
);
check(
  'a timer in the domain is found',
  domain,
  'setTimeout(() => {}, 1);',
  `${domain} uses setTimeout: ${pure}`,
);
check(
  'the process in the domain is found',
  domain,
  'const x = process.env.X;',
  `${domain} uses process: ${pure}`,
);
check(
  'Temporal in the domain is found',
  domain,
  'Temporal.Now.instant();',
  `${domain} uses Temporal: ${pure}`,
);
check(
  'Temporal in local-time.ts is right',
  'services/routing/domain/local-time.ts',
  'Temporal.Instant.from(x);',
  undefined,
);
check(
  'words in comments and texts are no code',
  domain,
  "// Date\n/* process */ const x = 'Date'; const y = `Date`; // it's",
  undefined,
);
check(
  'names that hold such a word are others',
  domain,
  'formatDate(1); x.Date; const dateOf = 1; parseDate(1);',
  undefined,
);

const calls = 'services/routing/calls/wrong.ts';
const noCarriers =
  'services/routing/{directory,calls} know neither fastify nor carriers: domain, ports and storage only';
check(
  'fastify beside the calls is found',
  calls,
  "import Fastify from 'fastify';",
  `${calls} imports fastify: ${noCarriers}`,
);
check(
  'a carrier beside the calls is found',
  calls,
  "import { x } from '../../../plugins/twilio/xml.ts';",
  `${calls} imports plugins/twilio/xml.ts: ${noCarriers}`,
);
check(
  'the calls may import the domain, the ports and storage',
  calls,
  "import type { Call } from '../domain/call.ts';\nimport { p } from '../ports.ts';\nimport { d } from '../../storage/database.ts';",
  undefined,
);

const storage = 'services/storage/wrong.ts';
const noPlugins = 'services/storage knows neither fastify nor plugins, and of the domain the types alone';
check(
  'fastify in storage is found',
  storage,
  "import type { X } from '@fastify/helmet';",
  `${storage} imports @fastify/helmet: ${noPlugins}`,
);
check(
  'a plugin in storage is found',
  storage,
  "import type { X } from '../../plugins/admin/access.ts';",
  `${storage} imports plugins/admin/access.ts: ${noPlugins}`,
);
check(
  'a function of the domain in storage is found',
  storage,
  "import { c } from '../routing/domain/call.ts';",
  `${storage} imports services/routing/domain/call.ts: ${noPlugins}`,
);
check(
  'a type of the domain in storage is right',
  storage,
  "import type { C } from '../routing/domain/call.ts';\nimport { Kysely } from 'kysely';",
  undefined,
);

const routes = 'plugins/admin/users/routes.ts';
const noSql = 'a routes.ts knows neither kysely nor storage nor the folder of another resource';
check(
  'kysely in routes is found',
  routes,
  "import { sql } from 'kysely';",
  `${routes} imports kysely: ${noSql}`,
);
check(
  'storage in routes is found',
  routes,
  "import { d } from '../../../services/storage/database.ts';",
  `${routes} imports services/storage/database.ts: ${noSql}`,
);
check(
  'another resource in routes is found',
  routes,
  "import { q } from '../queues/service.ts';",
  `${routes} imports plugins/admin/queues/service.ts: ${noSql}`,
);
check(
  'fastify itself in routes is found',
  routes,
  "import Fastify from 'fastify';",
  `${routes} imports fastify: a routes.ts has fastify for its types`,
);
check(
  'routes may import their own folder and what is shared',
  routes,
  "import type { F } from 'fastify';\nimport { s } from './service.ts';\nimport { c } from '../schemas.ts';",
  undefined,
);

const service = 'plugins/admin/users/service.ts';
check(
  'fastify in a service is found',
  service,
  "import type { R } from 'fastify';",
  `${service} imports fastify: a service.ts does not know fastify, and of another resource no more than types`,
);
check(
  'another resource in a service is found',
  service,
  "import { q } from '../queues/store.ts';",
  `${service} imports plugins/admin/queues/store.ts: a service.ts does not know fastify, and of another resource no more than types`,
);

const store = 'plugins/admin/users/store.ts';
const onlyKysely = 'a store.ts has kysely and storage: no fastify, no service';
check(
  'a service in a store is found',
  store,
  "import { s } from './service.ts';",
  `${store} imports plugins/admin/users/service.ts: ${onlyKysely}`,
);
check(
  'fastify in a store is found',
  store,
  "import type { R } from 'fastify';",
  `${store} imports fastify: ${onlyKysely}`,
);
check(
  'kysely and storage in a store are right',
  store,
  "import { sql } from 'kysely';\nimport type { T } from '../../../services/storage/database.ts';",
  undefined,
);

check(
  "the composition root as somebody's import is found",
  service,
  "import { buildApp } from '../../../services/routing/app.ts';",
  `${service} imports services/routing/app.ts: nobody imports the composition root: it stands above all`,
);

test('a circle of three is found and told', async (t) => {
  const broken = brokenRules(
    new Map([
      ['services/routing/domain/one.ts', "import { two } from './two.ts';"],
      ['services/routing/domain/two.ts', "import type { Three } from './three.ts';"],
      ['services/routing/domain/three.ts', "export { one } from './one.ts';"],
    ]),
  );
  const [one, two, three] = ['one', 'two', 'three'].map((name) => `services/routing/domain/${name}.ts`);
  t.strictSame(broken, [`${one} -> ${two} -> ${three} -> ${one}: no cycles`]);
});
