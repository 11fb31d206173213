import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';

/** What a cluster would be sent. */
export type Manifests = {
  readonly documents: readonly unknown[];
  /** 'kustomize': as it builds them. 'files': it is missing, so patches and changes of names are not applied. */
  readonly from: 'kustomize' | 'files';
};

export const kubernetesFolder = new URL('../../k8s/', import.meta.url);

const run = promisify(execFile);
let found: Promise<boolean> | undefined;
const loaded = new Map<string, Promise<Manifests>>();

/** `base`, `overlays/production` */
export function loadManifests(name: string): Promise<Manifests> {
  const before = loaded.get(name);
  if (before !== undefined) return before;
  const manifests = load(name);
  loaded.set(name, manifests);
  return manifests;
}

async function load(name: string): Promise<Manifests> {
  const folder = new URL(`${name}/`, kubernetesFolder);
  found ??= hasKustomize();
  if (!(await found)) return { documents: await readFiles(folder), from: 'files' };
  const { stdout } = await run('kubectl', ['kustomize', fileURLToPath(folder)]);
  return { documents: parseDocuments(stdout), from: 'kustomize' };
}

/** kubectl with kustomize 5 in it; what Debian 12 packages is older, and does not know `labels`. */
async function hasKustomize(): Promise<boolean> {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '--output=json']);
    const { kustomizeVersion }: { readonly kustomizeVersion?: string } = JSON.parse(stdout);
    return Number(/^v(\d+)/.exec(kustomizeVersion ?? '')?.[1]) >= 5;
  } catch {
    return false;
  }
}

/** Throws what is wrong with the text, with its line. */
export function parseDocuments(text: string): readonly unknown[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    for (const error of document.errors) throw error;
    const value: unknown = document.toJS();
    return value;
  });
}

export async function listOverlays(): Promise<readonly string[]> {
  return (await readdir(new URL('overlays/', kubernetesFolder))).map((name) => `overlays/${name}`).sort();
}

type Generator = { readonly name: string; readonly literals: readonly string[] };
type Kustomization = {
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly Generator[];
};

/** Resources and generators, as far as they can be had without kustomize. */
async function readFiles(folder: URL): Promise<readonly unknown[]> {
  const kustomization: Kustomization = parse(await readFile(new URL('kustomization.yaml', folder), 'utf8'));
  const documents: unknown[] = [];
  for (const resource of kustomization.resources) {
    if (resource.endsWith('.yaml')) {
      documents.push(...parseDocuments(await readFile(new URL(resource, folder), 'utf8')));
    } else {
      documents.push(...(await readFiles(new URL(`${resource}/`, folder))));
    }
  }
  for (const one of kustomization.configMapGenerator ?? []) addLiterals(documents, one);
  return documents;
}

/** Into the one of that name, which the base has made, else as a new one. */
function addLiterals(documents: unknown[], generator: Generator): void {
  const values = Object.fromEntries(
    generator.literals.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
  const at = documents.findIndex((document) => hasName(document, 'ConfigMap', generator.name));
  const before = at < 0 ? undefined : documents.splice(at, 1)[0];
  const data = { ...dataOf(before), ...values };
  documents.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: generator.name }, data });
}

function hasName(document: unknown, kind: string, name: string): boolean {
  const { kind: itsKind, metadata } = Object(document);
  return itsKind === kind && metadata?.name === name;
}

function dataOf(document: unknown): Readonly<Record<string, string>> {
  return document === undefined ? {} : Object(document).data;
}
