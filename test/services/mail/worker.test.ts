import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { inOrganization } from '../../../services/storage/database.ts';
import { newOffice } from '../../support/factories.ts';
import { buildMailWorker, mailApp } from '../../support/mail.ts';
import { parseMail } from '../../support/smtp.ts';

const second = 1_000;

test('the mail worker', async (suite) => {
  const { app, clock, database, smtp, worker, outboxFolder } = await mailApp(suite);
  const office = await newOffice(app, 'acme');
  const write = (to: string) => office.admin.post('/organization/mail/test', { to });
  const stored = (to: string) =>
    inOrganization(database, office.id, (trx) =>
      trx.selectFrom('mail_message').selectAll().where('recipient', '=', to).executeTakeFirstOrThrow(),
    );
  const until = async (to: string, wanted: (row: Awaited<ReturnType<typeof stored>>) => boolean) => {
    for (let tries = 0; tries < 500; tries += 1) {
      const row = await stored(to);
      if (wanted(row)) return row;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`nothing came of the mail to ${to}`);
  };

  await suite.test('a mail is sent once, and its content is forgotten', async (t) => {
    await write('one@example.com');
    const mail = await smtp.next('one@example.com');
    t.match(mail.headers.get('message-id'), '@linefinder.example>');
    const row = await until('one@example.com', ({ status }) => status === 'sent');
    t.match(row, { content: null, attempts: 1, last_error: null });
    clock.move(3_600 * second);
    worker.kick();
    await write('two@example.com');
    await smtp.next('two@example.com');
    t.equal(smtp.received.filter(({ envelopeTo }) => envelopeTo.includes('one@example.com')).length, 1);
  });

  await suite.test('what the server does not take now is tried again later', async (t) => {
    smtp.refuse(1, 451);
    await write('later@example.com');
    const row = await until('later@example.com', ({ last_error }) => last_error !== null);
    t.match(row, { status: 'waiting', attempts: 1 });
    t.match(row.last_error, '451');
    clock.move(16 * second);
    worker.kick();
    await smtp.next('later@example.com');
    t.match(await until('later@example.com', ({ status }) => status === 'sent'), { attempts: 2 });
  });

  await suite.test('what the server will never take is given up', async (t) => {
    smtp.refuse(1, 550);
    await write('never@example.com');
    const row = await until('never@example.com', ({ status }) => status === 'failed');
    t.match(row, { content: null });
  });

  await suite.test(
    'a restart loses no mail, and one that died in between leaves it to the next',
    async (t) => {
      await worker.close();
      await write('restart@example.com');
      const taken = await inOrganization(database, office.id, (trx) =>
        trx
          .updateTable('mail_message')
          .set({ attempts: 1, next_attempt_at: new Date(clock.now() + 120 * second) })
          .where('recipient', '=', 'restart@example.com')
          .executeTakeFirst(),
      );
      t.equal(Number(taken.numUpdatedRows), 1, 'somebody took it and died');
      clock.move(121 * second);
      const next = buildMailWorker({ database, clock }, `smtp://127.0.0.1:${smtp.port}`, outboxFolder);
      const another = buildMailWorker({ database, clock }, `smtp://127.0.0.1:${smtp.port}`, outboxFolder);
      t.teardown(() => Promise.all([next.close(), another.close()]));
      next.start();
      another.start();
      await smtp.next('restart@example.com');
      await until('restart@example.com', ({ status }) => status === 'sent');
      const times = smtp.received.filter(({ envelopeTo }) => envelopeTo.includes('restart@example.com'));
      t.equal(times.length, 1, 'two workers send it once');
    },
  );

  await suite.test('without SMTP_URL a mail is a file', async (t) => {
    const toFiles = buildMailWorker({ database, clock }, null, outboxFolder);
    await write('file@example.com');
    toFiles.start();
    await until('file@example.com', ({ status }) => status === 'sent');
    await toFiles.close();
    const [name = '', ...more] = await readdir(outboxFolder);
    t.match(name, /^[0-9a-f-]{36}\.eml$/);
    t.same(more, []);
    const mail = parseMail(await readFile(join(outboxFolder, name), 'utf8'));
    t.match(mail.headers.get('to'), 'file@example.com');
    t.match(mail.headers.get('subject'), 'Test mail of The acme office');
    t.match(mail.text, 'The mail server of The acme office works.');
    t.match(mail.html, 'The mail server of The acme office works.');
  });
});
