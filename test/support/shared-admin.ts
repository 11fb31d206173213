import { setTimeout as sleep } from 'node:timers/promises';
import { inOrganization } from '../../services/storage/database.ts';
import type { Teardown } from './database.ts';
import { type AdminApp, adminApp, newOffice, type Office } from './factories.ts';
import { type LiveOffice, openLiveOffice } from './live-office.ts';
import { mailApp } from './mail.ts';
import { shared } from './shared.ts';
import type { TestSmtp } from './smtp.ts';

/**
 * Apps that the tests of one process share: each of its own costs a third of a second, most of it a database and its
 * connections. Tests bring their own organizations, which row-level security keeps apart. Whoever needs other options,
 * looks at what belongs to no organization, or harms the database makes one with `adminApp`.
 */
export type SharedApp = Omit<AdminApp, 'clock'> & {
  readonly clock: Pick<AdminApp['clock'], 'now'>;
  /** Of this test alone: its slug is this name and a number. */
  newOffice(name: string, changes?: object): Promise<Office>;
};

const still = shared<AdminApp>(adminApp);
const moving = shared<AdminApp>(adminApp);
const mailing = shared(mailApp);

/** Its clock shows the real time. */
export async function sharedApp(t: Teardown): Promise<SharedApp> {
  return forTest(t, await still());
}

/** Its clock may be moved, and is ahead already where another test has moved it. */
export async function sharedMovingApp(t: Teardown): Promise<SharedApp & Pick<AdminApp, 'clock'>> {
  const app = await moving();
  return { ...forTest(t, app), clock: app.clock };
}

/** As the moving one, with the worker that sends its mail, and what its server gets from now on. */
export async function sharedMailApp(
  t: Teardown,
): Promise<SharedApp & Pick<AdminApp, 'clock'> & { readonly smtp: Omit<TestSmtp, 'refuse'> }> {
  const app = await mailing();
  const { newOffice, ...shared } = forTest(t, app);
  const from = app.smtp.received.length;
  return {
    ...shared,
    async newOffice(name, changes) {
      const office = await newOffice(name, changes);
      t.after(() => untilSent(app, office.id));
      return office;
    },
    clock: app.clock,
    smtp: {
      port: app.smtp.port,
      get received() {
        return app.smtp.received.slice(from);
      },
      next: (to) => app.smtp.next(to, from),
    },
  };
}

/** The next test may wait for mail to the same address. */
async function untilSent({ database }: AdminApp, organizationId: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const waiting = await inOrganization(database, organizationId, (trx) =>
      trx.selectFrom('mail_message').select('id').where('status', '=', 'waiting').execute(),
    );
    if (waiting.length === 0) return;
    await sleep(10);
  }
  throw new Error('mail is waiting that nobody sends');
}

/** The whole service with the demo organization, in which tests bring their own people. */
export const sharedLiveOffice: () => Promise<LiveOffice> = shared(openLiveOffice);

let offices = 0;

function forTest(t: Teardown, app: AdminApp): SharedApp {
  return {
    ...app,
    async newOffice(name, changes) {
      offices += 1;
      const office = await newOffice(app.app, `${name}-${offices}`, changes);
      t.after(() => giveNumbersBack(app, office.id));
      return office;
    },
  };
}

/** A number belongs to one organization of all: the next test may want the same. */
function giveNumbersBack({ database }: AdminApp, organizationId: string): Promise<void> {
  return inOrganization(database, organizationId, async (trx) => {
    await trx.deleteFrom('number').where('organization_id', '=', organizationId).execute();
  });
}
