import type { Transaction } from '../../../services/storage/database.ts';

export type NewOrganization = {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly timeZone: string;
  readonly defaultCountry: string;
  readonly sipDomain: string;
};

/** Forwards are allowed to fixed and mobile lines of the organization's own country until somebody says otherwise. */
export async function insertOrganization(trx: Transaction, organization: NewOrganization): Promise<void> {
  const forwarding = { countries: [organization.defaultCountry], kinds: ['fixed', 'mobile'], confirm: true };
  await trx
    .insertInto('organization')
    .values({
      id: organization.id,
      slug: organization.slug,
      name: organization.name,
      time_zone: organization.timeZone,
      default_country: organization.defaultCountry,
      sip_domain: organization.sipDomain,
      forwarding: JSON.stringify(forwarding),
    })
    .execute();
}
