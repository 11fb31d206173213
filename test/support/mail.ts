import { join } from 'node:path';
import { buildInnerRule } from '../../services/mail/server-address.ts';
import { buildMailTransport } from '../../services/mail/transport.ts';
import { MailWorker } from '../../services/mail/worker.ts';
import type { Teardown } from './database.ts';
import { type AdminApp, adminApp, testBox } from './factories.ts';
import { temporaryFolder } from './postgres.ts';
import { startSmtp, type TestSmtp } from './smtp.ts';

export type MailApp = AdminApp & {
  readonly smtp: TestSmtp;
  readonly worker: MailWorker;
  readonly outboxFolder: string;
};

/** The administration with the worker that sends its mail, and a server that gets it. `smtp: false`: files in a folder. */
export async function mailApp(t: Teardown, options: { readonly smtp?: boolean } = {}): Promise<MailApp> {
  const smtp = await startSmtp(t);
  const smtpUrl = options.smtp === false ? null : `smtp://127.0.0.1:${smtp.port}`;
  let worker: MailWorker | undefined;
  const served = await adminApp(t, { kickMail: () => worker?.kick() });
  const outboxFolder = join(await temporaryFolder(t), 'outbox');
  const sending = buildMailWorker(served, smtpUrl, outboxFolder);
  worker = sending;
  sending.start();
  t.after(() => sending.close());
  return { ...served, smtp, worker: sending, outboxFolder };
}

export function buildMailWorker(
  { database, clock }: Pick<AdminApp, 'database' | 'clock'>,
  smtpUrl: string | null,
  outboxFolder: string,
): MailWorker {
  const transport = buildMailTransport({
    smtpUrl,
    outboxFolder,
    hostName: 'linefinder.example',
    // The server of the tests is on this machine.
    allowsInner: buildInnerRule(smtpUrl, 'http://127.0.0.1'),
  });
  return new MailWorker({ database, clock, box: testBox, transport, onError: () => undefined });
}
