import { readConfig } from '../routing/config.ts';
import { reachDatabase } from '../routing/reach-stores.ts';
import { openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { runMigrations } from './migrate.ts';

/** `npm run migrate`: applies pending migrations to DATABASE_URL, or to the embedded database, and ends. */
async function main(): Promise<void> {
  const read = readConfig();
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const { databaseUrl, dataDir } = read.config;
  const embedded =
    databaseUrl === null ? await startEmbedded({ dataDir, log: (message) => console.error(message) }) : null;
  try {
    const url = embedded?.url ?? databaseUrl ?? '';
    await reach(url);
    const applied = await runMigrations(url);
    console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied: ${applied.join(', ')}`);
  } finally {
    await embedded?.close();
  }
}

async function reach(url: string): Promise<void> {
  const database = openDatabase({ url, poolSize: 1 });
  try {
    const reached = await reachDatabase(database, url);
    if (reached !== 'reached') throw new Error(reached.unreachable);
  } finally {
    await database.close();
  }
}

main().catch((error: unknown) => {
  console.error(`Nothing was migrated. ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
