import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { brokenLinks, isOf, type LiveClient, watch } from '../support/live-client.ts';
import { bearer } from '../support/live-events.ts';
import type { TestService } from '../support/processes.ts';
import { apiKey, replicasWithRedis } from '../support/replicas.ts';

const headers = { ...bearer(apiKey), 'content-type': 'application/json' };

let calls = 0;

/** A whole call: asked about, and ended. Its id, and how long the slower answer took. */
async function call({ url }: TestService): Promise<{ readonly id: string; readonly ms: number }> {
  calls += 1;
  const id = `live-${calls}`;
  const ask = async (path: string, body: object) => {
    const started = performance.now();
    const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${reply.status} ${text}`);
    return { text, ms: performance.now() - started };
  };
  const route = await ask('/v1/route', { callId: id, from: '+12125550142', extension: '100' });
  const stepId = /"id":"([^"]+)","action":"ring"/.exec(route.text)?.[1];
  if (stepId === undefined) return { id, ms: route.ms };
  const result = await ask(`/v1/route/${id}/result`, { stepId, outcome: 'answered' });
  return { id, ms: Math.max(route.ms, result.ms) };
}

test('replicas that have Redis', async (suite) => {
  const replicas = await replicasWithRedis();

  await suite.test(
    'events of a call that one replica handles arrive at sockets of the other, and Redis may be killed meanwhile',
    async (t) => {
      const { here, there } = await replicas.running();
      const sockets: LiveClient[] = [];
      // Some at a time: on a busy machine two hundred at once would wait longer for the database than the second they have.
      while (sockets.length < 200) {
        const next = Array.from({ length: 20 }, () => watch(t, there.url, bearer(apiKey)));
        sockets.push(...(await Promise.all(next)));
      }
      await Promise.all(sockets.map((socket) => socket.subscribe(['calls', 'presence'])));
      const arrives = async (id: string): Promise<void> => {
        await Promise.all(sockets.map((socket) => socket.find(isOf(id), 10_000)));
      };

      const first = await call(here);
      await arrives(first.id);

      const times: number[] = [];
      let isCalling = true;
      const calling = (async () => {
        while (isCalling) {
          times.push((await call(here)).ms, (await call(there)).ms);
          await sleep(20);
        }
      })();
      await sleep(500);
      replicas.redis.signal('SIGKILL');
      await sleep(1_500);
      const without = await call(here);
      await arrives(without.id);
      await replicas.redis.restart();
      await sleep(1_500);
      // A busy machine makes fewer calls in that time.
      for (let turn = 0; times.length <= 100 && turn < 600; turn += 1) await sleep(50);
      isCalling = false;
      await calling;
      const last = await call(there);
      await arrives(last.id);

      t.ok(times.length > 100, `${times.length} calls`);
      t.ok(Math.max(...times) < 1_000, `the slowest answer took ${Math.round(Math.max(...times))} ms`);
      t.strictSame(
        sockets.flatMap(({ messages }) => brokenLinks(messages)),
        [],
      );
      t.ok(
        sockets.every(({ socket }) => socket.readyState === socket.OPEN),
        'nobody was sent away',
      );
    },
  );

  await suite.test(
    'when a replica is killed its sockets go on at the other with what they missed',
    async (t) => {
      const { here, there } = await replicas.running();
      const clients: LiveClient[] = await Promise.all(
        Array.from({ length: 20 }, () => watch(t, here.url, bearer(apiKey))),
      );
      await Promise.all(clients.map((client) => client.subscribe(['calls'])));
      const before = await call(here);
      await Promise.all(clients.map((client) => client.find(isOf(before.id), 10_000)));
      here.signal('SIGKILL');
      await Promise.all(clients.map((client) => client.closed()));
      await here.exit();
      const missed = await call(there);
      const watcher = await watch(t, there.url, bearer(apiKey));
      await watcher.subscribe(['calls']);
      const again = await Promise.all(
        clients.map(async ({ messages }) => {
          const at = messages.findLast(({ type }) => type === 'event' || type === 'snapshot');
          const client = await watch(t, there.url, bearer(apiKey));
          await client.subscribe(['calls'], { epoch: at?.epoch ?? '', seq: at?.seq ?? 0 });
          await client.find(isOf(missed.id), 10_000);
          return { before: messages, client };
        }),
      );
      for (const { before: seen, client } of again) {
        t.strictSame(brokenLinks([...seen, ...client.messages]), []);
        t.notOk(client.messages.some(({ type }) => type === 'snapshot' || type === 'reset'));
      }
    },
  );
});
