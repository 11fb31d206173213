import { test } from 'tap';
import {
  type ErrorCode,
  type ErrorRow,
  errorTable,
  problem,
  toProblemDocument,
} from '../../../services/routing/errors.ts';

test('every row of the table has a status of an error, a title and a way out', async (t) => {
  for (const [code, row] of Object.entries<ErrorRow>(errorTable)) {
    t.match(code, /^[a-z-]+\.[a-z-]+$/, code);
    t.ok(row.status >= 400 && row.status <= 599, `${code}: status`);
    t.ok(row.title.length > 5 && !row.title.endsWith('.'), `${code}: title`);
    t.match(row.fix, /[.!]$/, `${code}: fix`);
  }
});

test('a problem is shown as RFC 9457 has it, without its cause', async (t) => {
  const found = problem('routing.loop', {
    detail: 'Ana leads to Bo, and Bo to Ana.',
    extra: { path: ['a', 'b', 'a'] },
    cause: new Error('select * from secret'),
  });
  t.strictSame(toProblemDocument(found, '/v1/users/a'), {
    path: ['a', 'b', 'a'],
    type: 'urn:linefinder:error:routing.loop',
    title: 'Calls would go round in a circle',
    status: 409,
    detail: 'Ana leads to Bo, and Bo to Ana.',
    instance: '/v1/users/a',
    code: 'routing.loop',
  });
});

test('what is told says how to go on where nothing else was said', async (t) => {
  const check = (code: ErrorCode, headers: Readonly<Record<string, string>>): void => {
    const found = problem(code);
    t.equal(found.detail, errorTable[code].fix);
    t.strictSame(found.headers, headers);
  };
  check('store.unavailable', { 'retry-after': '2' });
  check('rate.limited', { 'retry-after': '1' });
  check('credential.missing', { 'www-authenticate': 'Bearer realm="linefinder"' });
  check('user.not-found', {});
});

test('further members never hide those of the standard', async (t) => {
  const document = toProblemDocument(problem('etag.stale', { extra: { status: 200, code: 'x' } }), '/');
  t.match(document, { status: 412, code: 'etag.stale' });
});
