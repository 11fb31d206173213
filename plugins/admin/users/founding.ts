import type { Transaction } from '../../../services/storage/database.ts';
import { findNextExtension } from '../extension-pool.ts';
import { storeUser } from './creation.ts';
import { defaultSettings } from './settings.ts';

/** The first administrator of a new organization, who can log in at once. */
export async function storeAdministrator(
  trx: Transaction,
  organizationId: string,
  administrator: {
    readonly id: string;
    readonly login: string;
    readonly firstName: string;
    readonly lastName: string;
    readonly passwordHash: string;
  },
  sipDomain: string,
): Promise<void> {
  const { id, login, firstName, lastName, passwordHash } = administrator;
  const extension = await findNextExtension(trx, organizationId);
  const defaults = defaultSettings(extension, sipDomain);
  const settings = { ...defaults, login, firstName, lastName, role: 'administrator' as const };
  await storeUser(
    trx,
    { organizationId, id, kind: 'username', status: 'active', passwordHash },
    {
      login,
      email: null,
      first_name: firstName,
      last_name: lastName,
      role: 'administrator',
      time_zone: null,
      parent_user_id: null,
      group_id: null,
      fallback_user_id: null,
      if_unavailable: { action: 'voicemail' },
      ring_seconds: null,
      call_limit: null,
      dnd_on: false,
      dnd_until: null,
      forward_all: null,
      devices: defaults.devices,
      mobile: { ringApp: true, pushMissed: true, quietHours: null },
    },
    settings,
  );
}
