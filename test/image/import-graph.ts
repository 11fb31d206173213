import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { listImports } from '../support/source-imports.ts';

/** What a program needs at run time, from its entries on. */
export type ImportGraph = {
  /** Relative to the repository: `services/routing/server.ts`. */
  readonly files: readonly string[];
  /** `new URL('../../sql/', import.meta.url)`: files that are read, not imported. */
  readonly data: readonly string[];
  /** `@fastify/helmet`, `kysely` */
  readonly packages: readonly string[];
};

export const repository = new URL('../../', import.meta.url);

/** What only the type-checker needs does not count. */
export async function readImportGraph(entries: readonly string[]): Promise<ImportGraph> {
  const files = new Set<string>();
  const data = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!file.endsWith('.ts')) continue;
    const source = await readFile(new URL(file, repository), 'utf8');
    for (const { target, relative, typeOnly } of listImports(new Map([[file, source]]))) {
      if (typeOnly) continue;
      if (relative) waiting.push(target);
      else if (!isBuiltin(target)) packages.add(packageName(target));
    }
    for (const [, target = ''] of source.matchAll(dataUrl)) data.add(resolveFrom(file, target));
  }
  return { files: [...files].sort(), data: [...data].sort(), packages: [...packages].sort() };
}

const dataUrl = /\bnew URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url\s*\)/g;

function resolveFrom(file: string, specifier: string): string {
  return fileURLToPath(new URL(specifier, new URL(file, repository))).slice(fileURLToPath(repository).length);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
