import { randomBytes } from 'node:crypto';
import { insertDemoCalls } from '../../../services/routing/demo-calls.ts';
import type { Directory } from '../../../services/routing/domain/directory.ts';
import { buildNewId } from '../../../services/routing/ids.ts';
import { buildTestApp, type TestApp } from '../../support/app.ts';
import { password } from '../../support/factories.ts';
import { shared } from '../../support/shared.ts';

export type DemoWithCalls = TestApp & {
  readonly directory: Directory;
  /** When the calls were written: all of them are over. */
  readonly now: number;
};

/** The demo with its two weeks of calls, in which olivia can log in. Nobody calls there or changes anything. */
export const demoWithCalls: () => Promise<DemoWithCalls> = shared(async (t) => {
  const made = await buildTestApp(t, {
    environment: { LINEFINDER_BOOTSTRAP_LOGIN: 'olivia', LINEFINDER_BOOTSTRAP_PASSWORD: password },
  });
  const directory = made.directories.get(made.organizationId)?.directory;
  if (directory === undefined) throw new Error('no directory');
  const now = Date.now();
  await insertDemoCalls(made.database, directory, now, buildNewId({ now: () => now }, randomBytes));
  return { ...made, directory, now };
});
