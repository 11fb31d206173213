import { type Database, inOrganization } from '../../services/storage/database.ts';

/** Calls as they lie in the tables, for tests of what is read from there. Instants are RFC 3339. */
export type CallRowSeed = {
  readonly id: string;
  readonly startedAt: string;
  readonly from?: { readonly kind: string; readonly value: string | null };
  readonly to?: string;
  readonly queueId?: string;
  readonly outcome?: 'answered' | 'missed' | 'abandoned' | 'voicemail' | 'rejected';
  readonly users?: readonly { readonly id: string; readonly queueId?: string; readonly answered?: boolean }[];
  readonly steps?: readonly unknown[];
  readonly trace?: readonly unknown[];
  readonly timeline?: readonly unknown[];
};

export async function insertCalls(
  database: Database,
  organizationId: string,
  calls: readonly CallRowSeed[],
): Promise<void> {
  const organization_id = organizationId;
  await inOrganization(database, organizationId, async (trx) => {
    for (const call of calls) {
      const { from = { kind: 'number', value: '+12125550142' }, outcome = 'answered', users = [] } = call;
      const answered = users.find((user) => user.answered === true);
      const started = new Date(call.startedAt);
      const later = (seconds: number) => new Date(started.getTime() + seconds * 1_000);
      await trx
        .insertInto('call')
        .values({
          ...{ organization_id, id: call.id, carrier: 'pbx', state: 'ended', outcome },
          ...{ from_kind: from.kind, from_value: from.value },
          ...{ to_kind: 'number', to_value: call.to ?? '+14155550100', queue_id: call.queueId ?? null },
          ...{ started_at: started, ended_at: later(60), answered_at: answered ? later(10) : null },
          answered_by: answered?.id ?? null,
          directory_version: 1,
          decision: JSON.stringify({ steps: call.steps ?? [], trace: call.trace ?? [] }),
          timeline: JSON.stringify(call.timeline ?? []),
        })
        .execute();
      for (const { id, queueId, answered } of users) {
        await trx
          .insertInto('call_user')
          .values({
            ...{ organization_id, call_id: call.id, user_id: id, queue_id: queueId ?? null },
            ...{ started_at: started, rung_at: started, ended_at: later(60) },
            answered_at: answered === true ? later(10) : null,
            missed: outcome !== 'answered',
          })
          .execute();
      }
    }
  });
}
