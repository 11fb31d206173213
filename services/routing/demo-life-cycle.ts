import type { Transaction } from '../storage/database.ts';
import { insertDemoAgent } from './demo-agent.ts';
import type { WriteWords } from './new-user.ts';

/** Two people of the demo who are not there: one away for a time, to be pulled back, and one deleted, to be undone. */
export const demoAway = {
  firstName: 'Tomás',
  lastName: 'Vega',
  login: 'tomas@harbor.example',
  extension: '241',
} as const;
export const demoDeleted = {
  firstName: 'Kim',
  lastName: 'Dorsey',
  login: 'kim@harbor.example',
  extension: '242',
} as const;

const dayMs = 86_400_000;
const graceDays = 28;

type Absent = {
  readonly organizationId: string;
  readonly newId: () => string;
  /** Epoch ms. */
  readonly instant: number;
  readonly writeWords: WriteWords;
  /** Who stands in for the one who is away. */
  readonly standInId: string;
};

export async function insertAbsent(trx: Transaction, demo: Absent): Promise<void> {
  await insertAway(trx, demo);
  await insertDeleted(trx, demo);
}

/** Everything that the stand-in has as leads was his: it moved, and comes back with `pullBack`. */
async function insertAway(trx: Transaction, demo: Absent): Promise<void> {
  const { organizationId: organization_id, standInId } = demo;
  const user_id = await insertDemoAgent(trx, demo, demoAway);
  await trx
    .updateTable('user')
    .set({ status: 'inactive', reassigned_to_user_id: standInId })
    .where('organization_id', '=', organization_id)
    .where('id', '=', user_id)
    .execute();
  const cause = 'deactivation';
  const created_at = new Date(demo.instant - 3 * dayMs);
  await trx
    .insertInto('life_cycle')
    .values({ organization_id, user_id, cause, reassigned_to_user_id: standInId, created_at })
    .execute();
  const leads = await trx
    .selectFrom('lead')
    .select('id')
    .where('organization_id', '=', organization_id)
    .where('owner_id', '=', standInId)
    .execute();
  for (const { id } of leads) {
    await trx
      .insertInto('life_cycle_move')
      .values({ organization_id, user_id, cause, kind: 'lead', item_id: id, to_user_id: standInId })
      .execute();
  }
}

/** Deleted at the first start: erased four weeks later, unless somebody undoes it. */
async function insertDeleted(trx: Transaction, demo: Absent): Promise<void> {
  const { organizationId: organization_id, instant } = demo;
  const user_id = await insertDemoAgent(trx, demo, demoDeleted);
  await trx
    .deleteFrom('extension')
    .where('organization_id', '=', organization_id)
    .where('user_id', '=', user_id)
    .execute();
  await trx
    .updateTable('user')
    .set({ status: 'deleted', deleted_at: new Date(instant) })
    .where('organization_id', '=', organization_id)
    .where('id', '=', user_id)
    .execute();
  await trx
    .insertInto('life_cycle')
    .values({
      organization_id,
      user_id,
      cause: 'deletion',
      former_status: 'active',
      former_extension: demoDeleted.extension,
      erases_at: new Date(instant + graceDays * dayMs),
      created_at: new Date(instant),
    })
    .execute();
}
