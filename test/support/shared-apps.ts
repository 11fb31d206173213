import { t as root } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import type { Teardown } from './database.ts';
import { type AdminApp, adminApp, newOffice, type Office } from './factories.ts';
import { type LiveOffice, openLiveOffice } from './live-office.ts';

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

/** Ends with all tests of this process, not with the one that asked first. */
const atTheEnd: Teardown = {
  after: (run) => {
    // With `after` tap would wait for the processes to end by themselves.
    root.teardown(run);
  },
};

let still: Promise<AdminApp> | undefined;
let moving: Promise<AdminApp> | undefined;
let service: Promise<LiveOffice> | undefined;

/** Its clock shows the real time. */
export async function sharedApp(t: Teardown): Promise<SharedApp> {
  still ??= adminApp(atTheEnd);
  return forTest(t, await still);
}

/** Its clock may be moved, and is ahead already where another test has moved it. */
export async function sharedMovingApp(t: Teardown): Promise<SharedApp & Pick<AdminApp, 'clock'>> {
  moving ??= adminApp(atTheEnd);
  const app = await moving;
  return { ...forTest(t, app), clock: app.clock };
}

/** The whole service with the demo organization, in which tests bring their own people. */
export function sharedService(): Promise<LiveOffice> {
  service ??= openLiveOffice(atTheEnd);
  return service;
}

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
