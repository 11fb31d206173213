import type { OrganizationData } from '../../services/routing/domain/directory-data.ts';
import type { Transaction } from '../../services/storage/database.ts';

/** What other resources need of the organization: defaults, and what forwarding is held to. */
export type OrganizationFacts = Pick<
  OrganizationData,
  'id' | 'timeZone' | 'defaultCountry' | 'sipDomain' | 'forwarding' | 'ringSeconds' | 'policies'
> & { readonly emailChange: 'verified' | 'locked' };

export async function getOrganizationFacts(
  trx: Transaction,
  organizationId: string,
): Promise<OrganizationFacts> {
  const row = await trx
    .selectFrom('organization')
    .select(['time_zone', 'default_country', 'sip_domain', 'forwarding', 'ring_seconds', 'policies'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return {
    id: organizationId,
    timeZone: row.time_zone,
    defaultCountry: row.default_country,
    sipDomain: row.sip_domain,
    forwarding: row.forwarding,
    ringSeconds: row.ring_seconds,
    emailChange: row.policies.emailChange ?? 'verified',
    policies: {
      forwardBeatsDnd: row.policies.forwardBeatsDnd ?? false,
      voicemailOf: row.policies.voicemailOf ?? 'first',
    },
  };
}
