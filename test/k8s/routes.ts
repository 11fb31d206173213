import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { buildApp } from '../../services/routing/app.ts';
import { buildAnswers } from '../../services/routing/calls/answers.ts';
import { buildCallStore } from '../../services/routing/calls/call-store.ts';
import { buildCallTokens } from '../../services/routing/calls/call-token.ts';
import { buildSecretBox } from '../../services/routing/calls/secret-box.ts';
import type { Config } from '../../services/routing/config.ts';
import { buildNewId } from '../../services/routing/ids.ts';
import type { Directories } from '../../services/routing/ports.ts';
import { openDatabase } from '../../services/storage/database.ts';

/** Of the whole app, built as the service builds it, with stores that are never asked. Nothing is opened or listens. */
export async function hasRoutes(config: Config, paths: readonly string[]): Promise<readonly boolean[]> {
  const clock = { now: Date.now };
  const box = buildSecretBox(config.secretKeys, randomBytes);
  const database = openDatabase({ url: config.databaseUrl ?? '' });
  const app = await buildApp(
    {
      clock,
      newId: buildNewId(clock, randomBytes),
      log: pino({ level: 'silent' }),
      database,
      directories: noDirectories,
      serving: {
        calls: buildCallStore(null, box),
        callLog: { append: () => undefined },
        twilio: {
          answers: buildAnswers(null, box, { now: () => Date.now() }),
          accounts: { find: () => undefined },
          tokens: buildCallTokens(box),
        },
        health: { report: refuse, registry: new Registry() },
        mail: { box, kickMail: () => undefined },
      },
    },
    config,
  );
  try {
    await app.ready();
    return paths.map((url) => app.hasRoute({ method: 'GET', url }));
  } finally {
    await app.close();
    await database.close();
  }
}

const noDirectories: Directories = {
  get: () => undefined,
  load: async () => undefined,
  advance: async () => false,
  list: () => [],
  findApiKey: () => undefined,
  findCarrierAccount: () => undefined,
};

function refuse(): never {
  throw new Error('only the routes are looked at');
}
