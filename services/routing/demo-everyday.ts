import type { Transaction } from '../storage/database.ts';
import { insertDemoAgent } from './demo-agent.ts';
import type { DemoOffice } from './demo-office.ts';
import type { IfUnavailable } from './domain/target.ts';

/** What is always lying about in an office: a number nobody uses yet, somebody who began yesterday, people logged in. */

export const demoNewcomer = {
  firstName: 'Samira',
  lastName: 'Okafor',
  login: 'samira@harbor.example',
  extension: '244',
} as const;

/** Bought, and not assigned. */
export const demoSpareNumber = '+12025550120';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

export async function insertEveryday(trx: Transaction, demo: DemoOffice): Promise<void> {
  await insertNewcomer(trx, demo);
  await insertSessions(trx, demo);
  await insertTwoStep(trx, demo);
  await insertForward(trx, demo);
  await trx
    .insertInto('number')
    .values({
      organization_id: demo.organizationId,
      id: demo.newId(),
      number: demoSpareNumber,
      name: 'For the spring campaign',
    })
    .execute();
}

/** An agent in no queue, who has never logged in: the reports and the checklist say so. */
async function insertNewcomer(trx: Transaction, demo: DemoOffice): Promise<void> {
  const { organizationId, instant } = demo;
  const id = await insertDemoAgent(trx, demo, demoNewcomer);
  await trx
    .updateTable('user')
    .set({ created_at: new Date(instant - dayMs) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

/** Nobody has their tokens: they are there to be looked at, and to be ended. */
async function insertSessions(
  trx: Transaction,
  { organizationId: organization_id, newId, newToken, instant, idOf }: DemoOffice,
): Promise<void> {
  const session = (key: string, hours: number, address: string, agent: string) => {
    const began = new Date(instant - hours * hourMs);
    const expires_at = new Date(began.getTime() + dayMs);
    return {
      ...{ organization_id, id: newId(), user_id: idOf(key), hash: newToken(), address, agent, expires_at },
      ...{ confirmed_at: began, last_seen_at: new Date(instant - hourMs / 4), created_at: began },
    };
  };
  await trx
    .insertInto('session')
    .values([
      session('ana', 4.8, '192.0.2.21', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/145.0'),
      session('ana', 2, '198.51.100.7', 'Linefinder app (Android 16)'),
      session('marcus', 3, '192.0.2.34', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) Safari/605.1.15'),
    ])
    .execute();
}

/** Whose telephone with the authenticator is lost: what an administrator can reset. */
async function insertTwoStep(
  trx: Transaction,
  { organizationId, newToken, instant, box, idOf }: DemoOffice,
): Promise<void> {
  const user_id = idOf('bo');
  // Base32 has no 0, 1, 8 and 9.
  const secret = newToken()
    .toUpperCase()
    .replace(/[^A-Z2-7]/g, 'A')
    .slice(0, 32);
  await trx
    .insertInto('two_step')
    .values({
      organization_id: organizationId,
      user_id,
      secret: box.encrypt(secret, `totp:${organizationId}:${user_id}`),
      pending_secret: null,
      enabled_at: new Date(instant - 20 * dayMs),
    })
    .execute();
}

/** A direct call that Lucía does not take goes to the front desk. */
async function insertForward(trx: Transaction, { organizationId, idOf }: DemoOffice): Promise<void> {
  const rule: IfUnavailable = { action: 'forward', target: { type: 'queue', id: idOf('front-desk') } };
  await trx
    .updateTable('user')
    .set({ if_unavailable: JSON.stringify(rule) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', idOf('lucia'))
    .execute();
}
