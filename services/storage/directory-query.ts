import { sql } from 'kysely';
import type {
  ApiKeyData,
  CarrierAccountData,
  DirectoryData,
  LeadData,
  NumberData,
  OrganizationData,
  QueueData,
} from '../routing/domain/directory-data.ts';
import { type Database, inOrganization, type Transaction } from './database.ts';
import { listAll } from './directory-pages.ts';
import { loadUsers } from './directory-users.ts';

/**
 * Everything that routing needs of one organization, as of one instant. Undefined: there is no such organization.
 *
 * Long tables are read in pages, inside one snapshot: no statement takes long enough to meet the limit of time, and
 * other work of the event loop gets its turn between two pages. 100,000 users with a million windows: about 2 s.
 */
export function loadDirectoryData(
  database: Database,
  organizationId: string,
): Promise<DirectoryData | undefined> {
  return inOrganization(database, organizationId, (trx) => readDirectoryData(trx, organizationId), {
    readOnly: true,
    snapshot: true,
  });
}

/** The same inside a transaction that is under way, with what it has written and not committed. */
export async function readDirectoryData(
  trx: Transaction,
  organizationId: string,
): Promise<DirectoryData | undefined> {
  const found = await findOrganization(trx, organizationId);
  if (found === undefined) return undefined;
  const { organization, version } = found;
  return {
    format: 1,
    version,
    organization,
    users: await loadUsers(trx, organization),
    queues: await listQueues(trx, organizationId),
    numbers: await listNumbers(trx, organization),
    leads: await listLeads(trx, organizationId),
    apiKeys: await listApiKeys(trx, organizationId),
    carrierAccounts: await listCarrierAccounts(trx, organizationId),
  };
}

async function findOrganization(
  trx: Transaction,
  organizationId: string,
): Promise<{ readonly organization: OrganizationData; readonly version: number } | undefined> {
  const row = await trx
    .selectFrom('organization')
    .selectAll()
    .where('id', '=', organizationId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const organization: OrganizationData = {
    id: row.id,
    slug: row.slug,
    name: row.name,
    timeZone: row.time_zone,
    defaultCountry: row.default_country,
    language: row.language,
    texts: row.texts,
    sipDomain: row.sip_domain,
    forwarding: row.forwarding,
    anonymousCallers: row.anonymous_callers,
    blockList: row.block_list,
    holidays: row.holidays,
    lastResort: row.last_resort,
    ringSeconds: row.ring_seconds,
    policies: {
      forwardBeatsDnd: row.policies.forwardBeatsDnd ?? false,
      voicemailOf: row.policies.voicemailOf ?? 'first',
    },
  };
  return { organization, version: row.version };
}

async function listQueues(trx: Transaction, organizationId: string): Promise<readonly QueueData[]> {
  const queues = await trx
    .selectFrom('queue as q')
    .leftJoin('extension as e', (join) =>
      join.onRef('e.organization_id', '=', 'q.organization_id').onRef('e.queue_id', '=', 'q.id'),
    )
    .select([
      'q.id',
      'q.name',
      'q.kind',
      'q.parent_queue_id',
      'q.strategy',
      'q.ring_seconds',
      'q.no_agent_target',
    ])
    .select('e.extension')
    .where('q.organization_id', '=', organizationId)
    .orderBy('q.id')
    .execute();
  const members = Map.groupBy(await listMembers(trx, organizationId), (member) => member.queue_id);
  return queues.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    parentQueueId: row.parent_queue_id,
    extension: row.extension,
    strategy: row.strategy,
    ringSeconds: row.ring_seconds,
    noAgentTarget: row.no_agent_target,
    members: (members.get(row.id) ?? []).map((member) => ({
      userId: member.user_id,
      priority: member.priority,
    })),
  }));
}

function listMembers(
  trx: Transaction,
  organizationId: string,
): Promise<readonly { readonly queue_id: string; readonly user_id: string; readonly priority: number }[]> {
  return trx
    .selectFrom('queue_member')
    .select(['queue_id', 'user_id', 'priority'])
    .where('organization_id', '=', organizationId)
    .orderBy('queue_id')
    .orderBy('priority')
    .orderBy('position')
    .execute();
}

async function listNumbers(trx: Transaction, organization: OrganizationData): Promise<readonly NumberData[]> {
  const shown = await trx
    .selectFrom('caller_id')
    .select(['number_id', 'user_id'])
    .where('organization_id', '=', organization.id)
    .orderBy('user_id')
    .execute();
  const users = Map.groupBy(shown, (row) => row.number_id);
  return listAll(
    (after, limit) =>
      trx
        .selectFrom('number')
        .select([
          'id',
          'number',
          'name',
          'time_zone',
          'target',
          'override',
          'caller_rules',
          'sticky_routing',
          'calendar',
        ])
        .where('organization_id', '=', organization.id)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute(),
    (row) => ({
      id: row.id,
      number: row.number,
      name: row.name,
      timeZone: row.time_zone ?? organization.timeZone,
      target: row.target,
      override: row.override,
      callerRules: row.caller_rules,
      stickyRouting: row.sticky_routing,
      calendar: row.calendar,
      callerIdFor: (users.get(row.id) ?? []).map((user) => user.user_id),
    }),
  );
}

async function listLeads(trx: Transaction, organizationId: string): Promise<readonly LeadData[]> {
  return listAll(
    (after, limit) =>
      trx
        .selectFrom('lead as l')
        .leftJoin('lead_number as n', (join) =>
          join.onRef('n.organization_id', '=', 'l.organization_id').onRef('n.lead_id', '=', 'l.id'),
        )
        .select(['l.id', 'l.name', 'l.owner_id'])
        .select(sql<string | null>`string_agg(n.number, ' ' order by n.number)`.as('numbers'))
        .where('l.organization_id', '=', organizationId)
        .where('l.id', '>', after)
        .groupBy(['l.organization_id', 'l.id'])
        .orderBy('l.id')
        .limit(limit)
        .execute(),
    (row) => ({
      id: row.id,
      name: row.name,
      ownerId: row.owner_id,
      numbers: row.numbers?.split(' ') ?? [],
    }),
  );
}

async function listApiKeys(trx: Transaction, organizationId: string): Promise<readonly ApiKeyData[]> {
  const rows = await trx
    .selectFrom('api_key')
    .select(['id', 'name', 'hash', 'permissions', 'expires_at'])
    .where('organization_id', '=', organizationId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    hash: row.hash,
    permissions: row.permissions,
    expiresAt: row.expires_at?.getTime() ?? null,
  }));
}

async function listCarrierAccounts(
  trx: Transaction,
  organizationId: string,
): Promise<readonly CarrierAccountData[]> {
  const rows = await trx
    .selectFrom('carrier_account')
    .select(['carrier', 'account_sid', 'auth_tokens'])
    .where('organization_id', '=', organizationId)
    .orderBy('carrier')
    .orderBy('account_sid')
    .execute();
  return rows.map((row) => ({
    carrier: row.carrier,
    accountSid: row.account_sid,
    authTokens: row.auth_tokens,
  }));
}
