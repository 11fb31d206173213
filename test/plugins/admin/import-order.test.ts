import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type Doc, send } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Job = Doc & {
  readonly state: string;
  readonly dryRun: boolean;
  readonly failed: number;
  readonly results: readonly {
    readonly state: string;
    readonly line: number;
    readonly code: string | null;
  }[];
};

test('the order of the rows of an import does not matter', async (suite) => {
  const { app, newOffice } = await sharedApp(suite);
  const { admin, key } = await newOffice('acme');
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/csv' };
  const run = async (lines: readonly string[], query = ''): Promise<Job> => {
    const text = ['kind,login,password,firstName,lastName,parentUserId,fallbackUserId', ...lines].join('\n');
    const { status, body } = await send<Job>(app, 'POST', `/users/import${query}`, text, headers);
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    if (body.dryRun) return body;
    for (let tries = 0; tries < 400; tries += 1) {
      const job = await admin.get<Job>(`/jobs/${body.id}`);
      if (job.body.state === 'done') return job.body;
      await sleep(25);
    }
    throw new Error('the job did not end');
  };
  const row = (login: string, parent = '', fallback = '') =>
    `username,${login},a good long password,${login},Test,${parent},${fallback}`;
  const find = async (login: string) => {
    const { body } = await admin.get<{ readonly data: readonly Doc[] }>(`/users?q=${login}`);
    return body.data.find((user) => user.login === login);
  };

  for (const mode of ['all', 'rows']) {
    await suite.test(`mode ${mode}: a row names later rows, and two name each other`, async (t) => {
      const names = ['ana', 'bo', 'cleo'].map((name) => `${name}-${mode}`);
      const [ana, bo, cleo] = [names[0] ?? '', names[1] ?? '', names[2] ?? ''];
      const lines = [row(ana, cleo, bo.toUpperCase()), row(bo, '', ana), row(cleo)];
      const tried = await run(lines, `?mode=${mode}&dryRun=true`);
      t.equal(tried.failed, 0, 'and a dry run says so');
      t.equal(await find(ana), undefined);
      const job = await run(lines, `?mode=${mode}`);
      t.equal(job.failed, 0);
      t.same(
        job.results.map((result) => [result.line, result.code]),
        [
          [2, 'created'],
          [3, 'created'],
          [4, 'created'],
          [2, 'changed'],
        ],
        'the second step has the line it came from',
      );
      const made = await find(ana);
      t.match(made, { parentUserId: (await find(cleo))?.id, fallbackUserId: (await find(bo))?.id });
      t.equal((await find(bo))?.fallbackUserId, made?.id);
    });
  }

  await suite.test('a later row that fails leaves its line to say so', async (t) => {
    const job = await run([row('dan', 'eve'), 'username,eve,,Eve,Test,,'], '?mode=rows');
    t.same(
      job.results.map((result) => [result.line, result.state]),
      [
        [2, 'done'],
        [3, 'failed'],
        [2, 'failed'],
      ],
    );
    t.notOk((await find('dan'))?.parentUserId);
    const none = await run([row('fay', 'gil'), 'username,gil,,Gil,Test,,'], '?mode=all');
    t.ok(none.failed > 0);
    t.equal(await find('fay'), undefined, 'all or nothing');
  });

  await suite.test('a row that was not made is not made by its second step', async (t) => {
    const job = await run(['username,hal,,Hal,Test,ida,', row('ida')], '?mode=rows');
    t.same(
      job.results.map((result) => [result.line, result.state]),
      [
        [2, 'failed'],
        [3, 'done'],
        [2, 'failed'],
      ],
    );
    t.equal(await find('hal'), undefined);
  });
});
