import { test } from 'tap';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

test('a person who follows a link of a mail reads what to do, as long as there is no console', async (t) => {
  const { app } = await sharedLiveOffice();
  const browser = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };
  const follow = async (url: string, headers: Readonly<Record<string, string>> = browser) =>
    app.inject({ url, headers });
  const { paths } = (await app.inject('/openapi.json')).json();
  for (const [page, path] of [
    ['invitation', '/v1/invitations/accept'],
    ['reset-password', '/v1/password/reset'],
    ['confirm-email', '/v1/email-changes/confirm'],
    ['voicemail', '/v1/voicemails/{id}/sound'],
  ] as const) {
    const reply = await follow(`/console/${page}`);
    t.equal(reply.statusCode, 404);
    t.match(reply.headers['content-type'], 'text/html');
    t.ok(reply.body.includes(path), `${page} says ${path}`);
    t.ok(Object.hasOwn(paths, path), `${path} is there`);
    t.match(reply.headers['content-security-policy'], "default-src 'none'");
    const german = await follow(`/console/${page}`, { ...browser, 'accept-language': 'de-AT,en;q=0.5' });
    t.match(german.body, /<html lang="de">/);
    t.ok(german.body.includes(path), page);
  }
  for (const url of ['/console', '/console/', '/console/anything/else?x=<script>', '/console/constructor']) {
    const reply = await follow(url);
    t.match(reply.body, 'no web pages yet', url);
    t.notMatch(reply.body, '<script>');
  }
  const program = await follow('/console/voicemail', { accept: 'application/json' });
  t.match(program.json(), { status: 404, code: 'route.not-found' });
  t.notOk(
    Object.keys(paths).some((path) => path.startsWith('/console')),
    'it is no part of the interface',
  );
});
