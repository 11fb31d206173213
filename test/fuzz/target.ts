import { buildTwilioApi } from '../../plugins/twilio/rest.ts';
import type { Teardown } from '../support/database.ts';
import { type AdminApp, adminApp } from '../support/factories.ts';
import { twilioTwin, twinNumber } from '../support/twilio-rest.ts';

/** What is fuzzed: the administration, with a carrier that answers, so that numbers are really synchronised. */
export type FuzzTarget = AdminApp & {
  /** The carrier's account is this organization's from now on. */
  ownCarrier(organizationId: string): void;
};

const account = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'the auth token of the fuzzer' };

export async function fuzzTarget(t: Teardown): Promise<FuzzTarget> {
  const twin = await twilioTwin(t, [account]);
  for (const index of [1, 2, 3]) {
    const number = twinNumber(account.accountSid, index, `+1415555017${index}`);
    twin.numbers.set(number.sid, number);
  }
  let owner: string | undefined;
  const admin = await adminApp(t, {
    carrier: {
      api: buildTwilioApi(twin.url, { requestMs: 5_000, listMs: 10_000 }),
      configured: { accountSid: account.accountSid, authTokens: [account.authToken] },
      firstOrganizationId: () => owner,
    },
  });
  return {
    ...admin,
    ownCarrier: (organizationId) => {
      owner = organizationId;
    },
  };
}
