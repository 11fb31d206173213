import type { Directory } from '../domain/directory.ts';
import type { ApiKeyData, CarrierAccountData } from '../domain/directory-data.ts';

export type FoundApiKey = { readonly organizationId: string; readonly key: ApiKeyData };
export type FoundCarrierAccount = {
  readonly organizationId: string;
  readonly account: CarrierAccountData;
};

/** Who a key or an account belongs to, over all directories in hand. A key that was taken away is gone at once. */
export type CredentialIndex = {
  replace(before: Directory | undefined, after: Directory | undefined): void;
  findApiKey(hash: string): FoundApiKey | undefined;
  findCarrierAccount(carrier: 'twilio', accountSid: string): FoundCarrierAccount | undefined;
};

export function createCredentialIndex(): CredentialIndex {
  const keys = new Map<string, FoundApiKey>();
  const accounts = new Map<string, FoundCarrierAccount>();
  return {
    replace(before, after) {
      for (const key of before?.data.apiKeys ?? []) {
        if (keys.get(key.hash)?.organizationId === before?.organizationId) keys.delete(key.hash);
      }
      for (const account of before?.data.carrierAccounts ?? []) {
        const name = accountName(account.carrier, account.accountSid);
        if (accounts.get(name)?.organizationId === before?.organizationId) accounts.delete(name);
      }
      if (after === undefined) return;
      const { organizationId } = after;
      for (const key of after.data.apiKeys) keys.set(key.hash, { organizationId, key });
      for (const account of after.data.carrierAccounts) {
        accounts.set(accountName(account.carrier, account.accountSid), { organizationId, account });
      }
    },
    findApiKey: (hash) => keys.get(hash),
    findCarrierAccount: (carrier, accountSid) => accounts.get(accountName(carrier, accountSid)),
  };
}

function accountName(carrier: 'twilio', accountSid: string): string {
  return `${carrier} ${accountSid}`;
}
