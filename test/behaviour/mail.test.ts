import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { buildTestApp, type TestApp } from '../support/app.ts';
import { parseMail, startSmtp, tokenOf } from '../support/smtp.ts';

/** The service as it is started, with nothing put in its place. */

async function invite({ app, headers }: TestApp, email: string): Promise<number> {
  const payload = { kind: 'email', email, firstName: 'Cy', lastName: 'Diaz' };
  return (await app.inject({ method: 'POST', url: '/v1/users', headers, payload })).statusCode;
}

test('without SMTP_URL the mail of the service is a file in DATA_DIR/outbox', async (t) => {
  const service = await buildTestApp(t);
  t.equal(await invite(service, 'cy@example.com'), 201);
  const folder = join(service.config.dataDir, 'outbox');
  const name = await waitFor(async () => (await readdir(folder).catch(() => []))[0]);
  t.match(name, /\.eml$/);
  const mail = parseMail(await readFile(join(folder, name), 'utf8'));
  t.equal(mail.headers.get('to'), 'cy@example.com');
  const payload = { token: tokenOf(mail), password: 'a good long password' };
  const accepted = await service.app.inject({ method: 'POST', url: '/v1/invitations/accept', payload });
  t.equal(accepted.statusCode, 201, accepted.body);
  t.notOk(
    service.lines.some((line) => line.includes(payload.token)),
    'no link is in the log',
  );
});

test('with SMTP_URL it goes to that server, with the login that is in it', async (t) => {
  const smtp = await startSmtp(t);
  const service = await buildTestApp(t, {
    environment: { SMTP_URL: `smtp://office%40example.com:p%40ss@127.0.0.1:${smtp.port}` },
  });
  t.equal(await invite(service, 'di@example.com'), 201);
  const mail = await smtp.next('di@example.com');
  t.match(mail, { login: 'office@example.com', password: 'p@ss', envelopeFrom: 'office@example.com' });
});

async function waitFor(find: () => Promise<string | undefined>): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await find();
    if (found?.endsWith('.eml')) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('no mail was written');
}
