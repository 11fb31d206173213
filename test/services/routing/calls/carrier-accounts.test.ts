import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { buildCarrierAccounts, sealAuthToken } from '../../../../services/routing/calls/carrier-accounts.ts';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import type { CarrierAccountData } from '../../../../services/routing/domain/directory-data.ts';

const box = buildSecretBox(['a key for stored secrets, 32 characters and more'], randomBytes);
const OWN = `AC${'a'.repeat(32)}`;
const STORED = `AC${'b'.repeat(32)}`;
const configured = { accountSid: OWN, authTokens: ['new', 'old'] };

function stored(accountSid: string, authTokens: readonly string[]) {
  const account: CarrierAccountData = { carrier: 'twilio', accountSid, authTokens };
  return {
    findCarrierAccount: (_: 'twilio', sid: string) =>
      sid === accountSid ? { organizationId: 'second', account } : undefined,
  };
}

test('the setting belongs to the first organization, stored accounts to theirs', async (t) => {
  const tokens = ['current', 'before'].map((token) => sealAuthToken(box, STORED, token));
  const directories = stored(STORED, tokens);
  const accounts = buildCarrierAccounts({ directories, box, configured, firstOrganizationId: () => 'first' });
  t.strictSame(accounts.find(OWN), { organizationId: 'first', authTokens: ['new', 'old'] });
  t.strictSame(accounts.find(STORED), { organizationId: 'second', authTokens: ['current', 'before'] });
  t.equal(accounts.find(STORED), accounts.find(STORED), 'decrypted once');
  t.equal(accounts.find(`AC${'c'.repeat(32)}`), undefined);
});

test('nobody takes the account of the installation over by storing it', async (t) => {
  const directories = stored(OWN, [sealAuthToken(box, OWN, 'mine now')]);
  const accounts = buildCarrierAccounts({ directories, box, configured, firstOrganizationId: () => 'first' });
  t.match(accounts.find(OWN), { organizationId: 'first' });
});

test('a token that was moved from another account signs nothing', async (t) => {
  const directories = stored(STORED, [sealAuthToken(box, OWN, 'moved'), 'in plain text']);
  const accounts = buildCarrierAccounts({
    directories,
    box,
    configured: null,
    firstOrganizationId: () => 'first',
  });
  t.strictSame(accounts.find(STORED), { organizationId: 'second', authTokens: [] });
});
