import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The sources as a graph of imports, and what of it breaks the table "Who may import what". Works on a map of texts,
 * so that it can be shown a tree with a mistake in it.
 */

/** Path from the repository's root, with slashes, to the text. */
export type Sources = ReadonlyMap<string, string>;

export type Import = {
  readonly file: string;
  /** A path from the root for a relative import, else the name of the package. */
  readonly target: string;
  readonly relative: boolean;
  readonly typeOnly: boolean;
};

const root = path.join(import.meta.dirname, '..', '..');

export async function readSources(folders: readonly string[]): Promise<Sources> {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const full = path.join(entry.parentPath, entry.name);
      const file = path.relative(root, full).replaceAll(path.sep, '/');
      const foreign = /(^|\/)(node_modules|dist)\//.test(file);
      if (entry.isFile() && /\.tsx?$/.test(file) && !foreign) sources.set(file, await readFile(full, 'utf8'));
    }
  }
  return sources;
}

/** Comments, strings and templates; of a template what stands in `${}` is code. */
const NOT_CODE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** The text without what is not code; strings are kept where asked for, because specifiers are strings. */
function codeOf(text: string, strings: 'kept' | 'dropped'): string {
  return text.replaceAll(NOT_CODE, (found) => {
    if (found.startsWith('/')) return ' ';
    if (found.startsWith('`')) return [...found.matchAll(/\$\{([^}]*)\}/g)].map((part) => part[1]).join(' ');
    return strings === 'kept' ? found : "''";
  });
}

const STATEMENT =
  /(?:^|[;}\n])\s*(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;

export function listImports(sources: Sources): readonly Import[] {
  const imports: Import[] = [];
  for (const [file, text] of sources) {
    for (const [, type, statically, dynamically] of codeOf(text, 'kept').matchAll(STATEMENT)) {
      const specifier = statically ?? dynamically ?? '';
      const relative = specifier.startsWith('.');
      const target = relative ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
      imports.push({ file, target, relative, typeOnly: type !== undefined });
    }
  }
  return imports;
}

type Rule = {
  readonly name: string;
  readonly applies: (file: string) => boolean;
  readonly allows: (found: Import) => boolean;
};

const within = (folder: string) => (file: string) => file.startsWith(`${folder}/`);
const folderOf = (file: string): string => path.posix.dirname(file);
const isPackage = (found: Import, ...names: readonly string[]): boolean =>
  !found.relative && names.some((name) => found.target === name || found.target.startsWith(`${name}/`));
const isWeb = (found: Import): boolean => isPackage(found, 'fastify', 'fastify-plugin', '@fastify');
const isSql = (found: Import): boolean => isPackage(found, 'kysely', 'pg', 'ioredis');
const inDomain = within('services/routing/domain');
const inStorage = within('services/storage');
const inPlugins = within('plugins');

/** Shared words of the composition root's neighbourhood: errors, ports and the like lie beside the folders. */
const besideRouting = (file: string): boolean => /^services\/routing\/[\w-]+\.ts$/.test(file);
/** The composition root: server.ts starts service.ts, whose serving.ts makes the parts.ts that app.ts puts together. */
const isRoot = (file: string): boolean => /^services\/routing\/(app|server)\.ts$/.test(file);
const isOfRoot = (file: string): boolean =>
  /^services\/routing\/(app|parts|server|service|serving)\.ts$/.test(file);

/** A folder of another resource or carrier; what lies directly above both is shared. */
function otherResource(found: Import): boolean {
  if (!found.relative || !inPlugins(found.target)) return false;
  const [own, other] = [folderOf(found.file), folderOf(found.target)];
  return own !== other && !other.startsWith(`${own}/`) && !own.startsWith(`${other}/`);
}

export const RULES: readonly Rule[] = [
  {
    name: 'services/routing/domain imports nothing but itself, libphonenumber-js/max in e164.ts alone',
    applies: inDomain,
    allows: (found) =>
      found.relative
        ? inDomain(found.target)
        : found.target === 'libphonenumber-js/max' && found.file.endsWith('/e164.ts'),
  },
  {
    name: 'services/routing/{directory,calls} know neither fastify nor carriers: domain, ports and storage only',
    applies: (file) => /^services\/routing\/(directory|calls)\//.test(file),
    allows: (found) =>
      found.relative
        ? /^services\/(routing\/(domain|directory|calls)|storage)\//.test(found.target) ||
          besideRouting(found.target)
        : !isWeb(found),
  },
  {
    name: 'services/storage knows neither fastify nor plugins, and of the domain the types alone',
    applies: inStorage,
    allows: (found) =>
      !isWeb(found) && !inPlugins(found.target) && (found.typeOnly || !inDomain(found.target)),
  },
  {
    name: 'a routes.ts knows neither kysely nor storage nor the folder of another resource',
    applies: (file) => inPlugins(file) && file.endsWith('/routes.ts'),
    allows: (found) => !isSql(found) && !inStorage(found.target) && !otherResource(found),
  },
  {
    name: 'a routes.ts has fastify for its types',
    applies: (file) => inPlugins(file) && file.endsWith('/routes.ts'),
    allows: (found) => found.target !== 'fastify' || found.typeOnly,
  },
  {
    name: 'a service.ts does not know fastify, and of another resource no more than types',
    applies: (file) => /^plugins\/admin\/[\w-]+\/service\.ts$/.test(file),
    allows: (found) => !isWeb(found) && (found.typeOnly || !otherResource(found)),
  },
  {
    name: 'a store.ts has kysely and storage: no fastify, no service',
    applies: (file) => /^plugins\/admin\/[\w-]+\/store\.ts$/.test(file),
    allows: (found) => !isWeb(found) && !/\/service\.ts$/.test(found.target),
  },
  {
    name: 'nobody imports the composition root: it stands above all',
    applies: (file) => within('services')(file) || inPlugins(file),
    allows: (found) => !isRoot(found.target) || isOfRoot(found.file),
  },
];

/** What a pure module has no use for; `Temporal` is for local-time.ts. */
const IMPURE =
  /(?<![\w.$])(Date|process|setTimeout|setInterval|setImmediate|queueMicrotask|performance|globalThis|fetch|crypto|console|require|Temporal|Math\.random)\b(?!\s*:)/g;

/** Every sentence names a file and the rule that it breaks. */
export function brokenRules(sources: Sources): readonly string[] {
  const broken = listImports(sources).flatMap((found) =>
    RULES.filter((rule) => rule.applies(found.file) && !rule.allows(found)).map(
      (rule) => `${found.file} imports ${found.target}: ${rule.name}`,
    ),
  );
  const impure = [...sources].filter(([file]) => inDomain(file)).flatMap(impureWords);
  return [...broken, ...impure, ...cycles(sources)];
}

function impureWords([file, text]: readonly [string, string]): readonly string[] {
  const words = new Set([...codeOf(text, 'dropped').matchAll(IMPURE)].map((found) => found[1] ?? ''));
  if (file.endsWith('/local-time.ts')) words.delete('Temporal');
  return [...words].map((word) => `${file} uses ${word}: services/routing/domain is pure`);
}

/** Circles of imports, types included, each told once from where it was found. */
function cycles(sources: Sources): readonly string[] {
  const edges = new Map<string, string[]>();
  for (const { file, target, relative } of listImports(sources)) {
    if (relative && sources.has(target)) edges.set(file, [...(edges.get(file) ?? []), target]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) {
      found.push(`${[...way.slice(start), file].join(' -> ')}: no cycles`);
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return found;
}
