import { type Selectable, sql } from 'kysely';
import type { Transaction } from '../../../services/storage/database.ts';
import type { GreetingSoundTable } from '../../../services/storage/tables.ts';

/** Whose box it is. */
export type Owner = { readonly type: 'user' | 'queue'; readonly id: string };

export type GreetingRow = {
  readonly id: string;
  readonly text: string | null;
  readonly sound_id: string | null;
  readonly sound_type: GreetingSoundTable['type'] | null;
  readonly sound_bytes: number | null;
  readonly sound_at: Date | null;
};

export async function hasOwner(trx: Transaction, organizationId: string, owner: Owner): Promise<boolean> {
  const { type, id } = owner;
  const users = trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('status', '<>', 'deleted');
  const queues = trx
    .selectFrom('queue')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id);
  const row = await (type === 'user' ? users.executeTakeFirst() : queues.executeTakeFirst());
  return row !== undefined;
}

const columnOf = { user: 'g.user_id', queue: 'g.queue_id' } as const;

export function findGreeting(
  trx: Transaction,
  organizationId: string,
  { type, id }: Owner,
): Promise<GreetingRow | undefined> {
  return trx
    .selectFrom('greeting as g')
    .leftJoin('greeting_sound as s', (join) =>
      join.onRef('s.organization_id', '=', 'g.organization_id').onRef('s.id', '=', 'g.sound_id'),
    )
    .select(['g.id', 'g.text', 'g.sound_id', 's.type as sound_type', 's.created_at as sound_at'])
    .select(sql<number | null>`length(s.content)`.as('sound_bytes'))
    .where('g.organization_id', '=', organizationId)
    .where(columnOf[type], '=', id)
    .executeTakeFirst();
}

export type GreetingContent = { readonly text: string | null; readonly soundId: string | null };

/** Without a text and a sound there is no greeting. */
export async function writeGreeting(
  trx: Transaction,
  organizationId: string,
  greeting: { readonly id: string; readonly owner: Owner; readonly instant: number },
  { text, soundId }: GreetingContent,
): Promise<void> {
  const { id, owner, instant } = greeting;
  if (text === null && soundId === null) {
    await trx
      .deleteFrom('greeting')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute();
    return;
  }
  const content = { text, sound_id: soundId, updated_at: new Date(instant) };
  await trx
    .insertInto('greeting')
    .values({
      organization_id: organizationId,
      id,
      user_id: owner.type === 'user' ? owner.id : null,
      queue_id: owner.type === 'queue' ? owner.id : null,
      ...content,
    })
    .onConflict((conflict) => conflict.constraint('greeting_pkey').doUpdateSet(content))
    .execute();
}

export async function insertSound(
  trx: Transaction,
  organizationId: string,
  sound: Omit<Selectable<GreetingSoundTable>, 'organization_id'>,
): Promise<void> {
  await trx
    .insertInto('greeting_sound')
    .values({ organization_id: organizationId, ...sound })
    .execute();
}

/** All but the one that callers hear now. */
export async function deleteFormerSounds(
  trx: Transaction,
  organizationId: string,
  greetingId: string,
  soundId: string | null,
): Promise<void> {
  const former = trx
    .deleteFrom('greeting_sound')
    .where('organization_id', '=', organizationId)
    .where('greeting_id', '=', greetingId);
  await (soundId === null ? former : former.where('id', '<>', soundId)).execute();
}

export function findSound(
  trx: Transaction,
  organizationId: string,
  soundId: string,
): Promise<{ readonly type: string; readonly content: Buffer } | undefined> {
  return trx
    .selectFrom('greeting_sound')
    .select(['type', 'content'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', soundId)
    .executeTakeFirst();
}
