import { maskNumber } from '../../../services/routing/calls/mask.ts';
import { type CallParties, type CallSight, showsNumbers } from '../call-sight.ts';
import { formatInstant } from '../instants.ts';
import type { Call, CallDetail } from './schema.ts';
import type { CallPartyRow, CallRow, MessageRow } from './store.ts';

/** What rows are shown with: to whom, and what people and things are called now. */
export type CallFacts = {
  readonly sight: CallSight;
  /** By call. */
  readonly parties: ReadonlyMap<string, readonly CallPartyRow[]>;
  /** By id of a user, queue or lead. */
  readonly names: ReadonlyMap<string, string>;
  /** By number. */
  readonly leads: ReadonlyMap<string, { readonly id: string; readonly name: string }>;
  /** Leads of other people's calls as well. */
  readonly seesLeads: boolean;
};

export function toCall(row: CallRow, facts: CallFacts): Call {
  const { sight, names } = facts;
  const parties = facts.parties.get(row.id) ?? [];
  const named = (id: string | null) => (id === null ? null : { id, name: names.get(id) ?? null });
  return {
    id: row.id,
    carrier: row.carrier,
    from: toFrom(row, parties, facts),
    to: { kind: kindOf(toKinds, row.to_kind, 'unparsable'), value: row.to_value },
    numberId: row.number_id,
    user: named(row.user_id),
    queue: named(row.queue_id),
    state: row.state,
    outcome: row.outcome,
    answeredBy: named(row.answered_by),
    startedAt: formatInstant(row.started_at),
    answeredAt: toInstant(row.answered_at),
    endedAt: toInstant(row.ended_at),
    directoryVersion: Number(row.directory_version),
    users: parties.map((party) => ({
      userId: party.user_id,
      name: names.get(party.user_id) ?? null,
      queueId: party.queue_id,
      rungAt: toInstant(party.rung_at),
      answeredAt: toInstant(party.answered_at),
      endedAt: toInstant(party.ended_at),
      // What became of others is nobody's business who only took part.
      missed: party.missed && (sight.others || party.user_id === sight.userId),
    })),
  };
}

/** The caller as shown to who looks. `text`: the same in a sentence. */
export function callerOf(
  row: CallRow,
  parties: readonly CallPartyRow[],
  sight: CallSight,
): { readonly value: string | null; readonly masked: boolean; readonly text: string } {
  const { from_kind: kind, from_value: value } = row;
  if (value === null)
    return { value, masked: false, text: kind === 'anonymous' ? 'anonymous' : 'the caller' };
  if (kind === 'extension' || showsNumbers(sight, partiesOf(row, parties))) {
    return { value, masked: false, text: value };
  }
  // Of an address there is nothing to recognise that would not give it away.
  if (kind === 'address') return { value: null, masked: true, text: 'the caller' };
  const masked = maskNumber(value);
  return { value: masked, masked: true, text: masked };
}

export function partiesOf(
  row: Pick<CallRow, 'queue_id'>,
  parties: readonly Pick<CallPartyRow, 'user_id' | 'queue_id'>[],
): CallParties {
  const queues = [row.queue_id, ...parties.map((party) => party.queue_id)];
  return { userIds: parties.map((party) => party.user_id), queueIds: queues.filter((id) => id !== null) };
}

export function toMessage(row: MessageRow): CallDetail['voicemails'][number] {
  return {
    id: row.id,
    mailbox: { type: row.mailbox_type, id: row.mailbox_id },
    durationSeconds: row.duration_seconds,
    receivedAt: formatInstant(row.received_at),
  };
}

function toFrom(row: CallRow, parties: readonly CallPartyRow[], facts: CallFacts): Call['from'] {
  const { sight, leads, seesLeads } = facts;
  const { value, masked } = callerOf(row, parties, sight);
  const isOwn = parties.some((party) => party.user_id === sight.userId);
  const lead = masked || value === null || !(isOwn || seesLeads) ? undefined : leads.get(value);
  return { kind: kindOf(fromKinds, row.from_kind, 'address'), value, masked, lead: lead ?? null };
}

const fromKinds = ['number', 'extension', 'anonymous', 'short', 'address'] as const;
const toKinds = ['number', 'extension', 'user', 'queue', 'unparsable'] as const;

function kindOf<const T extends string>(kinds: readonly T[], text: string, otherwise: T): T {
  return kinds.find((kind) => kind === text) ?? otherwise;
}

function toInstant(at: Date | null): string | null {
  return at === null ? null : formatInstant(at);
}
