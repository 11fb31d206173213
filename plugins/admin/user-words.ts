import type { Transaction } from '../../services/storage/database.ts';

/** What a user can be found by. */
export type Findable = {
  readonly firstName: string;
  readonly lastName: string;
  readonly login: string;
  readonly email: string | null;
  readonly extension: string | null;
};

/** Lower case, whole and in parts, and without accents: "José Núñez-Ortega" is found by "nunez" and "ortega". */
export function wordsOf(user: Findable): readonly string[] {
  const texts = [user.firstName, user.lastName, user.login, user.email ?? '', user.extension ?? ''];
  const words = texts.flatMap((text) => {
    const lower = text.toLowerCase().normalize('NFC');
    return [lower, withoutAccents(lower)].flatMap((form) => [
      ...form.split(/\s+/),
      ...form.split(/[^\p{L}\p{N}]+/u),
    ]);
  });
  return [...new Set(words.filter((word) => word !== ''))];
}

/** The words that are looked for; the schema sees to it that they are few. */
export function queryWords(q: string): readonly string[] {
  return [...new Set(q.toLowerCase().normalize('NFC').split(/\s+/))].filter((word) => word !== '');
}

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC');
}

/** Replaces the words of one user. */
export async function writeWords(
  trx: Transaction,
  organizationId: string,
  userId: string,
  user: Findable,
): Promise<void> {
  await trx
    .deleteFrom('user_word')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute();
  await trx
    .insertInto('user_word')
    .values(wordsOf(user).map((word) => ({ organization_id: organizationId, user_id: userId, word })))
    .execute();
}
