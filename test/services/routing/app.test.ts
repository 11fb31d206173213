import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'tap';
import { type ErrorRow, errorTable } from '../../../services/routing/errors.ts';
import { buildTestApp } from '../../support/app.ts';
import { sharedService } from '../../support/shared-service.ts';

const json = { 'content-type': 'application/json' };

test('the whole surface', async (suite) => {
  const { app, headers, address } = await sharedService();

  await suite.test('what cannot be read is refused in words that say what to do', async (t) => {
    const check = async (
      title: string,
      request: { method?: 'GET' | 'POST' | 'PUT'; url: string; payload?: string; headers?: object },
      expected: { status: number; code: string; pointers?: readonly string[] },
    ): Promise<void> => {
      const { method = 'POST', url, payload } = request;
      const reply = await app.inject({
        method,
        url,
        headers: { ...headers, ...json, ...request.headers },
        ...(payload === undefined ? {} : { payload }),
      });
      t.equal(reply.statusCode, expected.status, title);
      t.equal(reply.headers['content-type'], 'application/problem+json', title);
      const document = reply.json();
      t.match(document, { status: expected.status, code: expected.code, instance: url.split('?')[0] }, title);
      t.ok(document.detail.length > 10, title);
      const pointers = (document.errors ?? []).map((error: { pointer: string }) => error.pointer);
      t.strictSame(pointers, expected.pointers ?? [], title);
      t.notMatch(reply.body, /at .*\.ts:\d+|select |node_modules/, `${title}: no stack, no SQL`);
    };
    const url = '/v1/route';
    const call = { callId: 'c', from: '', to: '+12025550100' };
    await check('no JSON', { url, payload: '{' }, { status: 400, code: 'body.malformed' });
    await check('an empty body', { url, payload: '' }, { status: 400, code: 'body.malformed' });
    await check(
      'a prototype key',
      { url, payload: '{"__proto__":{}}' },
      { status: 400, code: 'body.malformed' },
    );
    await check('a list', { url, payload: '[]' }, { status: 422, code: 'body.invalid', pointers: [''] });
    await check(
      'a form',
      { url, payload: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      { status: 415, code: 'media-type.unsupported' },
    );
    await check(
      'text',
      { url, payload: 'hello', headers: { 'content-type': 'text/plain' } },
      { status: 415, code: 'media-type.unsupported' },
    );
    await check(
      'too much',
      { url, payload: JSON.stringify({ ...call, from: 'x'.repeat(20_000) }) },
      { status: 413, code: 'body.too-large' },
    );
    await check(
      'an unknown property, a missing one and a wrong type, all at once',
      { url, payload: JSON.stringify({ from: 5, to: '+12025550100', hello: 1 }) },
      { status: 422, code: 'body.invalid', pointers: ['/callId', '/hello', '/from'] },
    );
    await check(
      'an unknown query name',
      { method: 'GET', url: '/health/live?verbose=1' },
      { status: 400, code: 'query.invalid', pointers: ['/verbose'] },
    );
    await check('an unknown address', { url: '/v1/nothing' }, { status: 404, code: 'route.not-found' });
    await check(
      'another method',
      { method: 'PUT', url, payload: '{}' },
      { status: 405, code: 'method.not-allowed' },
    );
  });

  await suite.test(
    'what is no HTTP at all is answered with a problem too, and the connection is closed',
    async (t) => {
      const port = Number(new URL(address).port);
      const check = async (title: string, sent: string): Promise<void> => {
        const socket = connect(port, '127.0.0.1');
        socket.write(sent);
        const reply = (await buffer(socket)).toString();
        t.match(reply, /^HTTP\/1\.1 400 Bad Request\r\n/, title);
        t.match(reply, 'application/problem+json', title);
        t.match(reply, '"code":"request.malformed"', title);
      };
      await check('another protocol', 'INVITE sip:214@pbx.example SIP/2.0\r\n\r\n');
      await check(
        'two lengths',
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      );
      await check(
        'a header that never ends',
        `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      );
    },
  );

  await suite.test('another method is answered with those that are served', async (t) => {
    const reply = await app.inject({ method: 'DELETE', url: '/health/live' });
    t.equal(reply.headers.allow, 'GET, HEAD');
  });

  await suite.test(
    'the documentation works offline, and is OpenAPI 3.1 made from the schemas that validate',
    async (t) => {
      const reply = await app.inject('/openapi.json');
      t.equal(reply.statusCode, 200);
      const document = reply.json();
      t.match(document.openapi, /^3\.1\./);
      t.equal(document.servers[0].url, 'https://linefinder.example');
      for (const path of ['/v1/route', '/v1/route/{callId}/result', '/health/ready', '/v1/session']) {
        t.ok(document.paths[path], path);
      }
      t.equal(
        document.paths['/v1/route'].post.requestBody.content['application/json'].schema.additionalProperties,
        false,
      );
      const page = await app.inject('/docs');
      t.equal(page.statusCode, 200);
      t.notMatch(page.body, /https?:\/\/(?!linefinder\.example)/, 'nothing comes from elsewhere');
      const script = /src="([^"]*swagger-ui-bundle\.js)"/.exec(page.body)?.[1] ?? '';
      const loaded = await app.inject(script);
      t.equal(loaded.statusCode, 200);
      const again = await app.inject({ url: script, headers: { 'if-none-match': loaded.headers.etag } });
      t.equal(again.statusCode, 304, 'a browser that has it is not sent it again');
      const head = await app.inject({ method: 'HEAD', url: script });
      t.equal(head.headers['content-length'], String(loaded.rawPayload.length));
      t.equal(head.body, '');
      t.match((await app.inject('/docs/nothing')).json(), { status: 404, code: 'route.not-found' });
      t.match(page.headers['content-security-policy'], "script-src 'self'");
    },
  );

  await suite.test('the documentation lists exactly the errors of the table', async (t) => {
    const { info } = (await app.inject('/openapi.json')).json();
    const listed = [...info.description.matchAll(/^\| `([a-z.-]+)` \| (\d+) \|/gm)].map((row) => [
      row[1],
      Number(row[2]),
    ]);
    t.strictSame(
      listed,
      Object.entries<ErrorRow>(errorTable).map(([code, row]) => [code, row.status]),
    );
  });

  await suite.test('answers for browsers allow nothing', async (t) => {
    const reply = await app.inject('/health/live');
    t.match(reply.headers['content-security-policy'], "default-src 'none'");
    t.equal(reply.headers['x-content-type-options'], 'nosniff');
    t.equal(reply.headers['x-powered-by'], undefined);
  });
});

test('every schema compiles, also those that are compiled when they are used', async (t) => {
  const { app } = await buildTestApp(t, { compileSchemas: 'at-start' });
  t.ok(app.hasRoute({ method: 'POST', url: '/v1/users' }));
});

test('the client address comes from X-Forwarded-For only through a proxy that is trusted', async (t) => {
  const check = async (trusted: string | undefined, forwarded: string, expected: string): Promise<void> => {
    const environment = trusted === undefined ? {} : { LINEFINDER_TRUSTED_PROXIES: trusted };
    const { headers } = { headers: { 'x-forwarded-for': forwarded } };
    const made = await buildTestAppWithIpRoute(environment);
    const reply = await made.inject({ url: '/ip', headers, remoteAddress: '10.0.0.9' });
    t.equal(reply.body, expected, `${trusted} ${forwarded}`);
    await made.close();
  };
  await check(undefined, '203.0.113.7', '10.0.0.9');
  await check('192.168.0.0/16', '203.0.113.7', '10.0.0.9');
  await check('10.0.0.0/8', '203.0.113.7', '203.0.113.7');
  await check('10.0.0.0/8', '198.51.100.1, 203.0.113.7', '203.0.113.7');
  await check('10.0.0.0/8', '198.51.100.1, 203.0.113.7, 10.1.1.1', '203.0.113.7');
});

async function buildTestAppWithIpRoute(environment: Readonly<Record<string, string>>) {
  const { buildApp } = await import('../../../services/routing/app.ts');
  const { readConfig } = await import('../../../services/routing/config.ts');
  const { openDatabase } = await import('../../../services/storage/database.ts');
  const { pino } = await import('pino');
  const read = readConfig(environment);
  if (!read.ok) throw new Error(read.problems.join());
  const app = await buildApp(
    {
      clock: { now: Date.now },
      newId: () => '01932c07-8a2e-7c1b-9d3f-5a6b7c8d9e0f',
      log: pino({ level: 'silent' }),
      database: openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' }),
      directories: {
        get: () => undefined,
        load: async () => undefined,
        advance: async () => false,
        list: () => [],
        findApiKey: () => undefined,
        findCarrierAccount: () => undefined,
      },
    },
    read.config,
  );
  app.get('/ip', (request) => request.ip);
  return app;
}
