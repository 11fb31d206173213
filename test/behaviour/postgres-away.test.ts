import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { runStatement } from '../support/database.ts';
import { brokenLinks, isOf, watch } from '../support/live-client.ts';
import { bearer } from '../support/live-events.ts';
import { apiKey, ask, loneService } from '../support/replicas.ts';
import { overHttp } from '../support/twilio-webhook.ts';
import { openQueue } from '../support/waiting-replicas.ts';

/** Who waits and who watches while the database does not answer. */

test('Postgres does not answer: callers hear music at once, and are offered to members when it is back', async (t) => {
  const { place, postgres, twin } = await loneService();
  const service = await place.running();
  const queue = await openQueue(service, twin);
  twin.use(overHttp(service.url));
  const [one, two, three] = [queue.caller(1), queue.caller(2), queue.caller(3)];
  await one.call();
  await one.hold(0);
  const leg = await twin.leg(queue.device);
  await queue.waiting(t, service, 1, 1);

  t.after(postgres.thaw);
  await postgres.freeze();
  const timed = async (asked: Promise<string>): Promise<string> => {
    const started = performance.now();
    const document = await asked;
    t.ok(performance.now() - started < 250, 'within 250 ms');
    return document;
  };
  t.match(await timed(two.call()), /<Enqueue/);
  await timed(two.hold(0));
  t.match(await timed(two.hold(2)), /You are number 2 in the queue/);
  t.match(await timed(one.hold(12)), /Please hold the line/);
  await timed(three.call());
  await timed(three.hold(0));
  await three.hangUp();
  await leg.answer();
  // Longer than a statement may take.
  await sleep(3_000);
  t.match(await timed(two.hold(12)), /Please hold the line/);
  await postgres.thaw();

  const live = await queue.waiting(t, service, 1, 3);
  t.match(live.today, { entered: 3, answered: 1, abandoned: 1 });
  t.match(live.callers, [{ callId: two.sid }]);
  await one.leave('bridged', 20);
  await leg.end('completed');
  await (await twin.leg(queue.device, 1)).answer();
  await queue.waiting(t, service, 0, 3);
});

test('while Postgres is away watchers are told how old the picture is, and go on when it is back', async (t) => {
  const { place, postgres } = await loneService();
  const service = await place.running();
  const client = await watch(t, service.url, bearer(apiKey));
  await client.subscribe(['calls']);
  const { superuserUrl } = postgres;
  const name = new URL(postgres.url).pathname.slice(1);
  const comeBack = () => runStatement(superuserUrl, `alter database ${name} with allow_connections true`);
  t.after(comeBack);
  await runStatement(superuserUrl, `alter database ${name} with allow_connections false`);
  await runStatement(
    superuserUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  const lagging = await client.find(({ state }) => state === 'lagging', 10_000);
  t.ok(Date.parse(lagging.asOf ?? '') > Date.now() - 10_000);
  const id = 'while-away';
  await ask(service, 'POST', '/route', { callId: id, from: '+12125550142', extension: '100' });
  t.notOk(client.messages.some(isOf(id)), 'it is answered, and not told yet');
  const seen = client.messages.length;
  await comeBack();
  await client.find(
    (message) => message.state === 'live' && client.messages.indexOf(message) >= seen,
    15_000,
  );
  await client.find(isOf(id), 15_000);
  t.strictSame(brokenLinks(client.messages), []);
  t.equal(client.socket.readyState, client.socket.OPEN);
});
