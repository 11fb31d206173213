import { randomBytes } from 'node:crypto';
import { everyPermission } from '../../plugins/admin/access.ts';
import { findNextExtension } from '../../plugins/admin/extension-pool.ts';
import { newToken } from '../../plugins/admin/index.ts';
import { writeWords } from '../../plugins/admin/user-words.ts';
import { buildSecretBox } from '../../services/routing/calls/secret-box.ts';
import type { Config } from '../../services/routing/config.ts';
import { prepareFirstStart } from '../../services/routing/first-start.ts';
import { buildNewId } from '../../services/routing/ids.ts';
import type { Clock } from '../../services/routing/ports.ts';
import { openDatabase } from '../../services/storage/database.ts';
import { copyDatabase, patience, type Teardown, type TestDatabase } from './database.ts';
import { testPostgres } from './postgres.ts';
import { hashQuickly } from './quick-passwords.ts';
import { dropTemplates, prepareTemplate } from './templates.ts';

/** With every permission, in every demo organization of the tests. */
export const demoKey = `lf_${'k'.repeat(43)}`;
export const secretKeys: readonly string[] = ['the secret key of the tests: 32 characters'];
/** So long a template is used: the demo has appointments of today. */
const slotMs = 10 * 60_000;

let template: Promise<string> | undefined;

/**
 * A copy of a database after its first start with the demo organization, by the real clock: 250 ms less for every app.
 * Made anew for each run of tests, because what makes the demo may have changed.
 */
export async function demoDatabase(t: Teardown): Promise<TestDatabase> {
  template ??= makeTemplate();
  return copyDatabase(t, await testPostgres(), await template);
}

async function makeTemplate(): Promise<string> {
  const postgres = await testPostgres();
  const slot = Math.floor(Date.now() / slotMs);
  const prefix = 'linefinder_demo_';
  const fill = async (draft: string): Promise<void> => {
    // Left by earlier runs at a server that is not ours.
    await dropTemplates(postgres.url, prefix, (old) => Number(old.split('_')[3]) < slot - 6);
    await startFirst(draft, { now: Date.now }, forDemo);
  };
  const name = `${prefix}${process.ppid}_${slot}`;
  await prepareTemplate(postgres, { name, from: postgres.template, fill });
  return name;
}

const forDemo = { databaseUrl: null, bootstrap: { administrator: null, apiKey: demoKey } } as const;

/** What a start does to a database: with an empty one, the demo; with every one, what the settings ask for. */
export async function startFirst(
  url: string,
  clock: Clock,
  config: Pick<Config, 'bootstrap' | 'databaseUrl'>,
): Promise<void> {
  const database = openDatabase({ url, ...patience, poolSize: 1 });
  try {
    const box = buildSecretBox(secretKeys, randomBytes);
    const admin = { newToken, hashPassword: hashQuickly, writeWords, everyPermission, findNextExtension };
    await prepareFirstStart(
      { database, clock, newId: buildNewId(clock, randomBytes), box, ...admin },
      config,
    );
  } finally {
    await database.close();
  }
}
