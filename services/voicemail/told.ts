import type { Mailbox } from '../routing/domain/decision.ts';
import type { NewLiveEvent } from '../routing/live/event.ts';
import type { Transaction } from '../storage/database.ts';
import { listOwners } from './owners.ts';

/** How many messages of the box nobody has read yet, filed ones left out: what a badge shows. */
export async function countUnread(
  trx: Transaction,
  organizationId: string,
  { type, id }: Mailbox,
): Promise<number> {
  const { unread } = await trx
    .selectFrom('voicemail')
    .select((count) => count.fn.countAll<string>().as('unread'))
    .where('organization_id', '=', organizationId)
    .where('mailbox_type', '=', type)
    .where('mailbox_id', '=', id)
    .where('read_at', 'is', null)
    .where('archived_at', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(unread);
}

/** What became of a message that is there already. */
export type VoicemailNews = {
  readonly id: string;
  readonly callId: string;
  readonly mailbox: Mailbox;
  readonly read: boolean;
  readonly archived: boolean;
  readonly deleted: boolean;
};

/** For those whose box it is: with the box's new number of unread ones. After the change, in its transaction. */
export async function toVoicemailChanged(
  trx: Transaction,
  organizationId: string,
  news: VoicemailNews,
  at: number,
): Promise<NewLiveEvent> {
  const { mailbox } = news;
  const owners = await listOwners(trx, organizationId, mailbox);
  return {
    topic: 'calls',
    name: 'voicemail.changed',
    at,
    data: { ...news, unread: await countUnread(trx, organizationId, mailbox) },
    userIds: owners?.people.map(({ id }) => id) ?? [],
    queueIds: mailbox.type === 'queue' ? [mailbox.id] : [],
  };
}
