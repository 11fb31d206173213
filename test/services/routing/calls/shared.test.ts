import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type Answers, buildAnswers } from '../../../../services/routing/calls/answers.ts';
import { buildCallStore, type CallRecord } from '../../../../services/routing/calls/call-store.ts';
import { buildSecretBox } from '../../../../services/routing/calls/secret-box.ts';
import { buildSharedStore } from '../../../../services/routing/calls/shared-store.ts';
import { openRedis } from '../../../../services/storage/redis.ts';
import type { Teardown } from '../../../support/database.ts';
import { testRedis } from '../../../support/redis.ts';

const box = buildSecretBox(['the secret key of the tests: 32 characters'], randomBytes);
const clock = { now: Date.now };

/** Two processes' sides of one Redis. */
async function twoSides(t: Teardown) {
  const redis = await testRedis(t);
  const open = async () => {
    const connection = openRedis({ url: redis.url });
    t.after(() => connection.close());
    while (!connection.isReady()) await sleep(5);
    return buildSharedStore(connection, clock);
  };
  return { redis, one: await open(), other: await open() };
}

function record(changes: Partial<CallRecord> = {}): CallRecord {
  return {
    organizationId: 'o',
    callId: 'c',
    asked: 'a',
    answer: '{"caller":"+14155550123"}',
    current: 's1',
    pending: null,
    results: [],
    ...changes,
  };
}

test('a call that one process began is known to the other, with its results', async (t) => {
  const { one, other } = await twoSides(t);
  const [here, there] = [buildCallStore(one, box), buildCallStore(other, box)];
  t.equal(await here.begin(record()), undefined);
  t.match(await there.begin(record({ asked: 'b' })), { asked: 'a' }, 'the first one counts');
  const told = record({ current: 's2', results: [{ step: 's1', told: 'busy', answer: '{}' }] });
  there.update(told);
  await sleep(20);
  t.match(await here.find('o', 'c'), { current: 's1' }, 'what is in hand');
  t.strictSame(await here.find('o', 'c', true), told, 'what the processes share');
  t.equal(await here.find('other', 'c'), undefined, 'never another organization');
});

test('without Redis a call is known where it began, and begun once', async (t) => {
  const calls = buildCallStore(null, box);
  t.equal(await calls.begin(record()), undefined);
  t.match(await calls.begin(record({ asked: 'b' })), { asked: 'a' });
  t.match(await calls.find('o', 'c'), { asked: 'a' });
  t.equal(await calls.find('o', 'd'), undefined);
});

test('with Redis frozen a call costs 50 ms once', async (t) => {
  const { redis, one } = await twoSides(t);
  const calls = buildCallStore(one, box);
  redis.signal('SIGSTOP');
  const started = performance.now();
  t.equal(await calls.begin(record()), undefined);
  t.ok(performance.now() - started < 120);
  for (let call = 0; call < 100; call += 1) await calls.begin(record({ callId: `c-${call}` }));
  t.ok(performance.now() - started < 300, `${Math.round(performance.now() - started)} ms for 101 calls`);
  redis.signal('SIGCONT');
});

test('what lies in Redis can neither be read nor put in another place', async (t) => {
  const { redis, one, other } = await twoSides(t);
  await buildCallStore(one, box).begin(record());
  const connection = openRedis({ url: redis.url });
  t.after(() => connection.close());
  while (!connection.isReady()) await sleep(5);
  const sealed = (await connection.commands.get('linefinder:call:o:c')) ?? '';
  t.ok(sealed.length > 20);
  t.notMatch(sealed, /4155550123/);
  await connection.commands.set('linefinder:call:o:other', sealed);
  t.equal(await buildCallStore(other, box).find('o', 'other'), undefined);
});

/** A busy machine may not answer within the 50 ms that a call waits; a retry of the carrier asks again. */
async function recalled(answers: Answers, key: string): Promise<string | undefined> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await answers.recall(key);
    if (answer !== undefined) return answer;
    await sleep(20);
  }
  return undefined;
}

test('the first answer is given again, here at once and elsewhere from Redis', async (t) => {
  const { one, other } = await twoSides(t);
  const [here, there] = [
    buildAnswers(one, box, { now: () => Date.now() }),
    buildAnswers(other, box, { now: () => Date.now() }),
  ];
  here.remember('k', '<Response>1</Response>');
  t.equal(here.get('k'), '<Response>1</Response>');
  t.equal(there.get('k'), undefined);
  await sleep(30);
  t.equal(await recalled(there, 'k'), '<Response>1</Response>');
  t.equal(there.get('k'), '<Response>1</Response>', 'and is in hand from then on');
  there.remember('k', '<Response>2</Response>');
  await sleep(30);
  t.equal(
    await recalled(buildAnswers(one, box, clock), 'k'),
    '<Response>1</Response>',
    'the first one stays',
  );
  t.equal(await buildAnswers(null, box, { now: () => Date.now() }).recall('k'), undefined);
});
