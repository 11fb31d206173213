import { hash } from 'node:crypto';
import { isUuid } from '../domain/characters.ts';
import type { Directory } from '../domain/directory.ts';
import type { Target } from '../domain/target.ts';
import { allSpokenTexts, builtInText } from '../domain/texts.ts';

/**
 * What a call token leaves out because the directory has it: the first ten bytes of ids, and spoken texts.
 *
 * An id travels as its last 48 bits, all random in a UUIDv7. Two users of one organization share them about once in
 * 56,000 organizations of 100,000 users; both are then unknown to the token, so nobody wrong is ever rung.
 */
export type TokenLookup = {
  findId(tail: string): string | undefined;
  findText(digest: string): string | undefined;
};

/** Bytes of an id and of a text's SHA-256 in a token. */
export const ID_BYTES = 6;
export const TEXT_BYTES = 5;

export function idTail(uuid: string): string {
  return uuid.slice(-2 * ID_BYTES);
}

/** An organization says a few texts, and every call that may end in a mailbox has one of them in its token. */
const digests = new Map<string, string>();
const MAX_DIGESTS = 2_000;

export function textDigest(text: string): string {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const digest = hash('sha256', text, 'hex').slice(0, 2 * TEXT_BYTES);
  if (digests.size >= MAX_DIGESTS) digests.clear();
  digests.set(text, digest);
  return digest;
}

/** Built at the first token that is read with a directory, and gone with it. */
const lookups = new WeakMap<Directory, TokenLookup>();

export function tokenLookupOf(directory: Directory): TokenLookup {
  const known = lookups.get(directory);
  if (known !== undefined) return known;
  const lookup = buildTokenLookup(directory);
  lookups.set(directory, lookup);
  return lookup;
}

function buildTokenLookup(directory: Directory): TokenLookup {
  const ids = new Map<number, string | undefined>();
  const addId = (id: string): void => {
    if (!isUuid(id)) return;
    const tail = Number.parseInt(idTail(id), 16);
    ids.set(tail, ids.has(tail) ? undefined : id);
  };
  for (const user of directory.data.users) addId(user.id);
  for (const queue of directory.data.queues) addId(queue.id);
  for (const number of directory.data.numbers) addId(number.id);
  const texts = new Map(Array.from(textsOf(directory), (text) => [textDigest(text), text]));
  return {
    findId: (tail) => ids.get(Number.parseInt(tail, 16)),
    findText: (digest) => texts.get(digest),
  };
}

function textsOf(directory: Directory): ReadonlySet<string> {
  const { organization } = directory;
  const texts = new Set(allSpokenTexts(organization));
  const prompts = new Set([builtInText(organization, 'menu')]);
  for (const target of targetsOf(directory)) {
    if (target?.type === 'announcement' && target.text !== undefined) texts.add(target.text);
    if (target?.type === 'menu' && target.text !== undefined) prompts.add(target.text);
  }
  for (const { greeting } of [...directory.data.users, ...directory.data.queues]) {
    if (greeting !== undefined && greeting.text !== null) texts.add(greeting.text);
  }
  const wrong = builtInText(organization, 'wrongExtension');
  // A menu that was answered with a wrong extension says so first.
  for (const prompt of prompts) texts.add(prompt).add(`${wrong} ${prompt}`);
  return texts;
}

/** Every target that is written down somewhere in the organization. */
function* targetsOf({ data }: Directory): Generator<Target | null | undefined> {
  yield data.organization.lastResort;
  for (const user of data.users) {
    yield user.forwardAll;
    yield user.ifUnavailable.target;
    for (const rule of Object.values(user.ifUnavailable.causes ?? {})) yield rule?.target;
  }
  for (const queue of data.queues) {
    yield queue.noAgentTarget;
    yield queue.waiting?.overflow;
  }
  for (const number of data.numbers) {
    yield number.target;
    yield number.override?.target;
    yield number.calendar?.closedTarget;
    for (const rule of number.callerRules) yield rule.target;
  }
}
