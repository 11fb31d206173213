import { createHash } from 'node:crypto';
import { test } from 'tap';
import { demoCaller, demoNumbers } from '../../../services/routing/demo-data.ts';
import { changeOrganization } from '../../../services/storage/unit-of-work.ts';
import type { TestApp } from '../../support/app.ts';
import { sharedDemo, tuesday } from '../../support/shared-demo.ts';

type Body = Readonly<Record<string, unknown>>;

async function build() {
  const made = await sharedDemo();
  made.clock.instant = tuesday;
  const post = async (url: string, payload: Body, headers: object = made.headers) => {
    const reply = await made.app.inject({ method: 'POST', url, payload, headers: { ...headers } });
    return { status: reply.statusCode, body: reply.body === '' ? {} : reply.json(), text: reply.body };
  };
  const ask = (callId: string, more: Body = {}) =>
    post('/v1/route', { callId, from: '+16465550100', to: demoNumbers.main, ...more });
  const tell = (callId: string, step: string, outcome: string, more: Body = {}) =>
    post(`/v1/route/${callId}/result`, { step, outcome, ...more });
  return { ...made, post, ask, tell };
}

test('an exchange that asks by HTTP gets its answers', async (suite) => {
  const made = await build();

  await suite.test(
    'a call to the main line rings the front desk, then goes to the travellers, and says why',
    async (t) => {
      const { ask } = made;
      const { status, body } = await ask('c-1');
      t.equal(status, 200);
      t.match(body, {
        callId: 'c-1',
        directoryVersion: Number,
        answeredBy: { type: 'queue', extension: '300' },
        steps: [{ id: 's1', action: 'ring', strategy: 'all', timeoutSeconds: 20 }],
      });
      t.match(body.validUntil, /^2026-11-2\dT\d\d:\d\d:00Z$/);
      t.ok(body.trace.length > 3);
      for (const entry of body.trace)
        t.match(entry, { rule: String, outcome: /applied|passed/, because: /.+\.$/ });
    },
  );

  await suite.test('a lead is put through to its owner', async (t) => {
    const { ask } = made;
    const { body } = await ask('c-2', { from: demoCaller });
    t.match(body.answeredBy, { type: 'user', extension: '214' });
  });

  await suite.test('a number may be spelled in any way, and an extension has its own field', async (t) => {
    const { ask } = made;
    const main = (await ask('a-2')).body;
    for (const [callId, to] of [
      ['spelled-1', '(202) 555-0100'],
      ['spelled-2', '0012025550100'],
      ['spelled-3', '1 202 555 0100'],
    ] as const) {
      t.strictSame((await ask(callId, { to })).body.steps, main.steps, to);
    }
    const { body } = await ask('e-2', { to: undefined, extension: '214' });
    t.match(body.answeredBy, { type: 'user', extension: '214' });
  });

  await suite.test(
    'a number or extension that nobody has is answered with a reject, not with an error',
    async (t) => {
      const { ask } = made;
      for (const [callId, more] of [
        ['nobody-1', { to: '+12025550177' }],
        ['nobody-2', { to: 'what is this' }],
        ['nobody-3', { to: undefined, extension: '999' }],
      ] as const) {
        const { status, body } = await ask(callId, more);
        t.equal(status, 200);
        t.match(body, { answeredBy: null, steps: [{ id: 's1', action: 'reject', reason: 'not-found' }] });
        t.equal(body.steps.length, 1);
        t.match(body.trace[0], { rule: 'number.unknown' });
      }
    },
  );

  await suite.test('a blocked caller is rejected, an anonymous one is let through', async (t) => {
    const { ask } = made;
    t.match((await ask('a-4', { from: '+19005550100' })).body.steps, [
      { action: 'reject', reason: 'blocked' },
    ]);
    t.match((await ask('b-4', { from: '' })).body.steps, [{ action: 'ring' }]);
  });

  await suite.test(
    'the same question gets the same bytes, another one under the same callId is refused',
    async (t) => {
      const { ask } = made;
      const first = await ask('c-6');
      const again = await ask('c-6', { to: '+1 (202) 555-0100' });
      t.equal(again.text, first.text);
      const other = await ask('c-6', { to: demoNumbers.ana });
      t.equal(other.status, 409);
      t.equal(other.body.code, 'call.conflict');
    },
  );

  await suite.test('each result leads to the next step, until the call is over', async (t) => {
    const { ask, tell } = made;
    const { body } = await ask('c-7', { to: demoNumbers.ana });
    t.match(body.steps, [
      { id: 's1', action: 'ring' },
      { id: 's2', action: 'voicemail' },
    ]);
    const first = await tell('c-7', 's1', 'no-answer', { at: '2026-11-24T15:00:20Z' });
    t.equal(first.status, 200);
    t.match(first.body, { callId: 'c-7', next: { id: 's2', action: 'voicemail' }, steps: [{ id: 's2' }] });
    const again = await tell('c-7', 's1', 'no-answer', { at: '2026-11-24T15:00:21Z' });
    t.equal(again.text, first.text, 'the same result twice');
    const other = await tell('c-7', 's1', 'busy');
    t.match(other.body, { status: 409, code: 'call.conflict' }, 'a status never goes back');
    const last = await tell('c-7', 's2', 'completed');
    t.match(last.body, { next: null, steps: [] });
    t.match((await tell('c-7', 's3', 'completed')).body, { status: 422, code: 'step.unknown' });
  });

  await suite.test('an answered call is over', async (t) => {
    const { ask, tell, post } = made;
    await ask('c-8', { to: demoNumbers.ana });
    t.match((await tell('c-8', 's1', 'answered')).body, { next: null, steps: [] });
    t.match((await tell('c-8', 's2', 'completed')).body, { code: 'step.unknown' });
    const ended = await post('/v1/route/c-8/status', { state: 'ended' });
    t.equal(ended.status, 204, 'and Ana is free again');
  });

  await suite.test('the end of a rejected call may be reported too', async (t) => {
    const { ask, tell } = made;
    await ask('c-9', { to: '+12025550177' });
    t.match((await tell('c-9', 's1', 'completed')).body, { next: null, steps: [] });
  });

  await suite.test('a call or step that is not known is refused', async (t) => {
    const { ask, tell } = made;
    t.match((await tell('nobody', 's1', 'busy')).body, { status: 404, code: 'call.unknown' });
    t.match((await tell('not%20an%20id', 's1', 'busy')).body, { status: 404, code: 'call.unknown' });
    await ask('c-10');
    t.match((await tell('c-10', 's9', 'busy')).body, { status: 422, code: 'step.unknown' });
  });

  await suite.test('what does not fit is refused, and nothing is kept', async (t) => {
    const { post, ask, tell } = made;
    const check = async (title: string, payload: Body, pointer: string): Promise<void> => {
      const { body } = await post('/v1/route', payload);
      t.match(body, { status: 422, code: 'body.invalid', errors: [{ pointer }] }, title);
    };
    const call = { callId: 'c-11', from: '', to: demoNumbers.main };
    await check('no callId', { from: '', to: '1' }, '/callId');
    await check('a callId with a space', { ...call, callId: 'a b' }, '/callId');
    await check('a long callId', { ...call, callId: 'x'.repeat(129) }, '/callId');
    await check('neither to nor extension', { callId: 'c-11', from: '' }, '/to');
    await check('both', { ...call, extension: '214' }, '/to');
    await check('an extension that is none', { callId: 'c-11', from: '', extension: '1' }, '/extension');
    await check('a number for text', { ...call, to: 1 }, '/to');
    t.equal((await ask('c-11')).status, 200);
    t.match((await tell('c-11', 's1', 'digits')).body, {
      code: 'body.invalid',
      errors: [{ pointer: '/digits' }],
    });
    t.match((await tell('c-11', 's1', 'busy', { digits: '1' })).body, { errors: [{ pointer: '/digits' }] });
    t.match((await tell('c-11', 's1', 'asleep')).body, { errors: [{ pointer: '/outcome' }] });
    t.match((await tell('c-11', 's1', 'busy', { answeredBy: 'Ana' })).body, {
      errors: [{ pointer: '/answeredBy' }],
    });
  });

  await suite.test(
    'only a key with the permission may ask, and a key that is taken away is refused by the very next call',
    async (t) => {
      const { post } = made;
      const call = { callId: 'c-12', from: '', to: demoNumbers.main };
      const check = async (title: string, headers: object, status: number, code: string): Promise<void> => {
        const { body } = await post('/v1/route', call, headers);
        t.match(body, { status, code }, title);
      };
      const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
      await check('no key', {}, 401, 'credential.missing');
      await check('another scheme', { authorization: 'Basic YTpi' }, 401, 'credential.invalid');
      await check('a key of nobody', bearer('lf_nobody'), 401, 'credential.invalid');
      await insertKey(made, 'weak-key', ['users.read'], null);
      await check('a key without the permission', bearer('weak-key'), 403, 'permission.missing');
      await insertKey(made, 'old-key', ['calls.route'], tuesday - 1);
      await check('a key that has expired', bearer('old-key'), 401, 'credential.invalid');
      await insertKey(made, 'good-key', ['calls.route'], null);
      t.equal((await post('/v1/route', call, bearer('good-key'))).status, 200);
      await change(made, async (trx) => {
        await trx.deleteFrom('api_key').where('name', '=', 'good-key').execute();
      });
      await check('a key that was taken away', bearer('good-key'), 401, 'credential.invalid');
    },
  );
});

test('one line is logged for each call, with the numbers masked', async (t) => {
  const { ask, lines, app } = await build();
  const counted = async () => {
    const { body } = await app.inject('/metrics');
    t.notMatch(body, /55501/);
    return Number(/linefinder_calls_total\{carrier="pbx",outcome="ring"\} (\d+)/.exec(body)?.[1] ?? 0);
  };
  const before = await counted();
  await ask('c-77', { from: '+16465550188' });
  await new Promise((resolve) => setTimeout(resolve, 250));
  const found = lines.map((line) => JSON.parse(line)).filter((line) => line.callId === 'c-77');
  t.match(found, [
    { event: 'call.decided', carrier: 'pbx', from: '+164...88', to: '+120...00', next: 'ring' },
  ]);
  t.equal(found.length, 1);
  t.notMatch(lines.join('\n'), /6465550188|2025550100/);
  t.equal(await counted(), before + 1);
});

async function insertKey(made: TestApp, key: string, permissions: string[], expiresAt: number | null) {
  await change(made, async (trx, organizationId) => {
    const hash = createHash('sha256').update(key).digest('base64url');
    const expires = expiresAt === null ? null : new Date(expiresAt);
    await trx
      .insertInto('api_key')
      .values({
        organization_id: organizationId,
        id: crypto.randomUUID(),
        name: key,
        hash,
        permissions,
        expires_at: expires,
        created_by: null,
      })
      .execute();
  });
}

type Run = (
  trx: Parameters<Parameters<typeof changeOrganization>[2]>[0],
  organizationId: string,
) => Promise<void>;

async function change({ database, directories, organizationId }: TestApp, run: Run): Promise<void> {
  const context = {
    organizationId,
    actor: { type: 'system', id: null } as const,
    requestId: 'test',
    newId: () => crypto.randomUUID(),
  };
  const { version } = await changeOrganization(database, context, (trx) => run(trx, organizationId));
  await directories.advance(organizationId, version);
}
