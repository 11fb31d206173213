import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { watch } from '../../support/live-client.ts';
import { bearer, callChanged } from '../../support/live-events.ts';
import { newLiveOffice, openLiveOffice } from '../../support/live-office.ts';

test('who comes in, and how one has to talk', async (suite) => {
  const office = await newLiveOffice();
  const { address, headers } = office;
  await office.hire('Ana');
  const token = await office.logIn('ana');

  const check = (
    title: string,
    given: Readonly<Record<string, string>>,
    status: number | 'in',
  ): Promise<unknown> =>
    suite.test(title, async (t) => {
      const socket = watch(t, address, given);
      if (status !== 'in') return t.rejects(socket, { message: `refused with ${status}` });
      return t.resolves(socket);
    });
  const cookie = `linefinder_session=${token}`;
  await check('without a credential', {}, 401);
  await check('with one that nobody gave out', bearer('lfs_nobodys'), 401);
  await check('with a key, and no origin', headers, 'in');
  await check('with a session in a header, and no origin', bearer(token), 'in');
  await check('with the cookie from the own console', { cookie, origin: 'https://linefinder.example' }, 'in');
  await check('with the cookie from another site', { cookie, origin: 'https://evil.example' }, 403);
  await check('with the cookie from a page that hides its origin', { cookie, origin: 'null' }, 403);
  await check('with the cookie and no origin at all', { cookie }, 403);
  await check(
    'with the cookie from the same name without TLS',
    { cookie, origin: 'http://linefinder.example' },
    403,
  );

  await suite.test('a request that is none of websocket is told so', async (t) => {
    const reply = await fetch(`${address}/v1/live`, { headers });
    t.equal(reply.status, 426);
    t.equal(reply.headers.get('upgrade'), 'websocket');
    t.match(await reply.json(), { code: 'live.upgrade-required' });
  });

  const checkEnd = (title: string, send: readonly (string | Buffer)[], code: number): Promise<unknown> =>
    suite.test(title, async (t) => {
      const client = await watch(t, address, headers);
      for (const message of send) client.socket.send(message);
      t.equal((await client.closed()).code, code);
    });
  await checkEnd('no JSON', ['subscribe'], 1007);
  await checkEnd('no object', ['[]'], 1007);
  await checkEnd('another type', ['{"type":"publish","topics":["calls"]}'], 1007);
  await checkEnd('an unknown topic', ['{"type":"subscribe","topics":["calls","secrets"]}'], 1007);
  await checkEnd('no topic', ['{"type":"subscribe","topics":[]}'], 1007);
  await checkEnd('an unknown property', ['{"type":"subscribe","topics":["calls"],"as":"root"}'], 1007);
  await checkEnd('a prototype', ['{"type":"subscribe","topics":["calls"],"__proto__":{}}'], 1007);
  await checkEnd(
    'a number that is none',
    ['{"type":"subscribe","topics":["calls"],"since":{"epoch":"e","seq":"1"}}'],
    1007,
  );
  await checkEnd('half a place', ['{"type":"subscribe","topics":["calls"],"since":{"epoch":"e"}}'], 1007);
  await checkEnd('bytes', [Buffer.from('{}')], 1003);
  await checkEnd('too long a message', [`{"type":"subscribe","topics":["${'x'.repeat(5_000)}"]}`], 1009);
  const subscribe = '{"type":"subscribe","topics":["calls"]}';
  await checkEnd(
    'a flood of messages that fit',
    Array.from({ length: 50 }, () => subscribe),
    1008,
  );

  await suite.test('a flood of pings', async (t) => {
    const client = await watch(t, address, headers);
    for (let count = 0; count < 50; count += 1) client.socket.ping();
    t.equal((await client.closed()).code, 1008);
  });

  await suite.test('bad text at the frame level ends the socket, and the service goes on', async (t) => {
    const client = await watch(t, address, headers);
    // A frame that says it is masked and is none, with reserved bits.
    client.socket.on('error', () => undefined);
    Reflect.get(client.socket, '_socket').write(Buffer.from([0xff, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    await client.closed();
    t.equal((await fetch(`${address}/health/live`)).status, 200);
  });

  await suite.test('one person has twenty sockets at most', async (t) => {
    await office.hire('Cy');
    const own = bearer(await office.logIn('cy'));
    const all = await Promise.all(Array.from({ length: 21 }, () => watch(t, address, own)));
    const last = all.filter(({ socket }) => socket.readyState !== socket.OPEN);
    await sleep(200);
    const open = all.filter(({ socket }) => socket.readyState === socket.OPEN);
    t.equal(open.length, 20, { last: last.length });
    open[0]?.socket.close();
    await sleep(200);
    await (await watch(t, address, own)).subscribe(['calls']);
  });

  await suite.test('a request that offers HTTP/2 by the way is answered all the same', async (t) => {
    const body = JSON.stringify({ callId: 'h2c', from: '', extension: '100' });
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${address}/v1/route`, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          connection: 'Upgrade, HTTP2-Settings',
          upgrade: 'h2c',
        },
      });
      sent.on('response', (response) => resolve(response.statusCode));
      sent.on('error', reject);
      sent.end(body);
    });
    t.equal(status, 200);
  });

  await suite.test(
    'a client that takes nothing is not waited for: it begins anew when it does',
    async (t) => {
      const slow = await watch(t, address, headers);
      await slow.subscribe(['calls']);
      const first = await slow.find(({ type }) => type === 'snapshot');
      const quick = await watch(t, address, headers);
      await quick.subscribe(['calls']);
      const raw = Reflect.get(slow.socket, '_socket');
      raw.pause();
      const before = process.memoryUsage().external;
      const note = 'x'.repeat(20_000);
      let last = 0;
      for (let round = 0; round < 40; round += 1) {
        const events = Array.from({ length: 20 }, (_, index) =>
          callChanged(`${round}-${index}`, [], { note }),
        );
        last = await office.tell(...events);
      }
      await quick.find(({ seq, type }) => seq === last && type === 'event', 20_000);
      await sleep(200);
      t.ok(
        process.memoryUsage().external - before < 64 * 1024 * 1024,
        'not sixteen megabytes for each that sleeps',
      );
      raw.resume();
      await slow.find(({ type }) => type === 'reset', 10_000);
      // What happens before the new snapshot is read is in there.
      await slow.find((message) => message.type === 'snapshot' && message !== first, 10_000);
      const next = await office.tell(callChanged('after'));
      await slow.find(({ seq, type }) => seq === next && type === 'event', 10_000);
      t.ok(slow.messages.filter(({ type }) => type === 'event').length < 800, 'what it missed was not sent');
    },
  );
});

test('a service that ends tells the sockets to come again', async (t) => {
  const office = await openLiveOffice(t);
  const client = await watch(t, office.address, office.headers);
  await client.subscribe(['calls']);
  const ended = office.app.close();
  t.match(await client.closed(), { code: 1012 });
  await ended;
});
