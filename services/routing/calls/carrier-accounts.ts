import { LRUCache } from 'lru-cache';
import type { Directories } from '../ports.ts';
import type { SecretBox } from './secret-box.ts';

/**
 * Which organization a carrier's account belongs to, and the tokens that sign for it: two while they are rotated. The
 * setting of the installation goes before what organizations have stored, so that nobody takes its account over by
 * storing the same one.
 */
export type CarrierAccount = { readonly organizationId: string; readonly authTokens: readonly string[] };
export type CarrierAccounts = { find(accountSid: string): CarrierAccount | undefined };

export type CarrierAccountSources = {
  readonly directories: Pick<Directories, 'findCarrierAccount'>;
  readonly box: SecretBox;
  /** TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; null: not set. */
  readonly configured: { readonly accountSid: string; readonly authTokens: readonly string[] } | null;
  /** The installation's first organization; undefined while it is not known. */
  readonly firstOrganizationId: () => string | undefined;
};

/** Accounts whose tokens are kept decrypted. */
const MAX_KEPT = 10_000;

/** `find` reads memory only. */
export function buildCarrierAccounts(sources: CarrierAccountSources): CarrierAccounts {
  const { directories, box, configured, firstOrganizationId } = sources;
  const kept = new LRUCache<readonly string[], CarrierAccount>({ max: MAX_KEPT });
  return {
    find(accountSid) {
      if (configured !== null && configured.accountSid === accountSid) {
        const organizationId = firstOrganizationId();
        if (organizationId !== undefined) return { organizationId, authTokens: configured.authTokens };
      }
      const stored = directories.findCarrierAccount('twilio', accountSid);
      if (stored === undefined) return undefined;
      const sealed = stored.account.authTokens;
      // By the list itself: a directory that was loaded anew brings new lists, and is decrypted anew.
      const known = kept.get(sealed);
      if (known !== undefined) return known;
      const authTokens = sealed.flatMap((token) => openAuthToken(box, accountSid, token) ?? []);
      const account = { organizationId: stored.organizationId, authTokens };
      kept.set(sealed, account);
      return account;
    },
  };
}

/** An auth token as it is stored: bound to its account, so that it is worth nothing in another row. */
export function sealAuthToken(
  box: Pick<SecretBox, 'encrypt'>,
  accountSid: string,
  authToken: string,
): string {
  return box.encrypt(authToken, `twilio:${accountSid}`);
}

export function openAuthToken(
  box: Pick<SecretBox, 'decrypt'>,
  accountSid: string,
  sealed: string,
): string | undefined {
  return box.decrypt(sealed, `twilio:${accountSid}`);
}
