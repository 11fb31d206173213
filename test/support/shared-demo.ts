import { buildTestApp, type TestApp } from './app.ts';
import { shared } from './shared.ts';
import { ACCOUNT_SID } from './twilio-office.ts';

/** A Tuesday, 10:00 in New York: the office is open. */
export const tuesday: number = Date.parse('2026-11-24T15:00:00Z');

/** Both are good: one is about to be taken out of use. */
export const newToken: string = 'b'.repeat(32);
export const oldToken: string = 'a'.repeat(32);

export type DemoByClock = TestApp & { readonly clock: { instant: number } };

/**
 * The demo organization with a carrier and a clock that stands still, which each test sets before it begins. Whoever
 * lets people of the demo talk ends their calls.
 */
export const sharedDemo: () => Promise<DemoByClock> = shared(async (t) => {
  const clock = { instant: tuesday };
  const environment = { TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: `${newToken},${oldToken}` };
  const made = await buildTestApp(t, { clock: { now: () => clock.instant }, environment });
  return { ...made, clock };
});
