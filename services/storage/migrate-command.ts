import { readConfig } from '../routing/config.ts';
import { startEmbedded } from './embedded.ts';
import { runMigrations } from './migrate.ts';

/** `npm run migrate`: applies what is missing to DATABASE_URL or to the embedded database, says so, and ends. */
async function main(): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const { databaseUrl, dataDir } = read.config;
  if (databaseUrl !== null) return migrate(databaseUrl);
  const embedded = await startEmbedded({ dataDir, log: console.error });
  try {
    await migrate(embedded.url);
  } finally {
    await embedded.close();
  }
}

async function migrate(url: string): Promise<void> {
  const applied = await runMigrations(url);
  console.log(applied.length === 0 ? 'nothing to apply' : `applied ${applied.join(', ')}`);
}

try {
  await main();
} catch (error) {
  // A sentence for the administrator; the stack would bury it.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
