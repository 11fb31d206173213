import { test } from 'tap';
import { emptyDatabase, type Teardown } from '../support/database.ts';
import { type Environment, startProcess, startService } from '../support/processes.ts';
import { checkSentence, endHere } from '../support/refused-start.ts';

const secretKey = 'the secret key of the tests: 32 characters';

test('with LINEFINDER_MIGRATE=off a schema that is behind ends the start; without settings the first start after it shows a one-time password', async (t) => {
  const { url } = await emptyDatabase(t);
  const env = { DATABASE_URL: url, LINEFINDER_SECRET_KEY: secretKey, LINEFINDER_MIGRATE: 'off' };
  const behind = /LINEFINDER_MIGRATE is off and the schema is behind \(0001_organization/;
  await checkSentence(t, 'a schema that is behind', env, behind, endHere);
  await migrate(t, env);
  const first = await startService(t, env);
  t.equal((await fetch(`${first.url}/health/ready`)).status, 200);
  await first.waitFor(/Password +[a-z0-9-]{15,}/);
  t.notMatch(first.output(), /curl/);
});

/** `npm run migrate` */
async function migrate(t: Teardown, env: Environment): Promise<void> {
  const command = startProcess(t, 'services/storage/migrate-command.ts', { env });
  if ((await command.exit()) !== 0) throw new Error(command.output());
}
