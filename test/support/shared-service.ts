import { buildTestApp, randomId, type TestApp } from './app.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { type Client, client, newOffice, operatorKey } from './factories.ts';
import { shared } from './shared.ts';
import { type MembersTwin, membersTwin } from './twilio-members.ts';
import { intoApp } from './twilio-webhook.ts';

/**
 * What several tests of a process use, because an app costs 130 ms and Postgres as much again. Tests bring their own
 * people, queues and numbers, or an organization of their own. Those that look at all rows, count what the whole
 * service counts, move the clock or break stores make an app of their own.
 */

/** Migrated. Organizations in it are those of other tests too. */
export const sharedDatabase: () => Promise<TestDatabase> = shared(testDatabase);

/** Of the settings, for the first organization. */
export const carrierAccount = {
  accountSid: `AC${'c'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};

export type SharedService = TestApp & {
  /** http://127.0.0.1:port */
  readonly address: string;
  /** What rings for the callers of the account. */
  readonly twin: MembersTwin;
};

/** The whole service, listening, with a carrier for the demo organization. */
export const sharedService: () => Promise<SharedService> = shared(async (t) => {
  const twin = await membersTwin(t, carrierAccount);
  const made = await buildTestApp(t, {
    environment: {
      LINEFINDER_OPERATOR_KEY: operatorKey,
      TWILIO_ACCOUNT_SID: carrierAccount.accountSid,
      TWILIO_AUTH_TOKEN: carrierAccount.authToken,
      LINEFINDER_TWILIO_API_URL: twin.url,
    },
  });
  twin.use(intoApp(made.app));
  return { ...made, twin, address: await made.app.listen({ host: '127.0.0.1', port: 0 }) };
});

export type OwnOrganization = SharedService & { readonly slug: string; readonly admin: Client };

/** An organization of the test's own in the shared service: its id and a key that may do everything in it. */
export async function ownOrganization(): Promise<OwnOrganization> {
  const made = await sharedService();
  const { id, slug, key } = await newOffice(made.app, `office-${randomId()}`);
  const headers = { authorization: `Bearer ${key}` };
  return { ...made, organizationId: id, slug, apiKey: key, headers, admin: client(made.app, key) };
}
