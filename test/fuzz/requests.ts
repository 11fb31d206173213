import fc from 'fast-check';
import { anyText } from '../support/any-text.ts';
import { likelyBodies } from './likely.ts';

/**
 * Requests that nearly fit, made from the OpenAPI document: wrong types, missing and extra members, huge and odd text,
 * repeated names, stale ETags, ids of another organization. Ids and credentials are written as marks (`@own:users@`)
 * and filled in when the request is sent, so that a request can be sent again and made smaller.
 */

export type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
};

export type Operation = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/users/{id}` */
  readonly path: string;
  readonly query: Readonly<Record<string, Schema>>;
  readonly body: Schema | undefined;
  readonly mediaType: string;
};

export type FuzzRequest = {
  readonly method: Operation['method'];
  /** With its query; below the address of the service. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

const resources = [
  'users',
  'numbers',
  'queues',
  'leads',
  'groups',
  'skills',
  'tags',
  'desks',
  'checklist-items',
];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export function readOperations(document: unknown): readonly Operation[] {
  const paths: Readonly<Record<string, unknown>> = Object(Reflect.get(Object(document), 'paths'));
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      methods.flatMap((method) => {
        const operation: unknown = Reflect.get(Object(item), method.toLowerCase());
        return operation === undefined ? [] : [readOperation(method, path, Object(operation))];
      }),
    );
}

type Parameter = { readonly in: string; readonly name: string; readonly schema: Schema };

function readOperation(
  method: Operation['method'],
  path: string,
  operation: {
    readonly parameters?: readonly Parameter[];
    readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  },
): Operation {
  const query = (operation.parameters ?? []).filter((one) => one.in === 'query');
  const [content] = Object.entries(operation.requestBody?.content ?? {});
  return {
    method,
    path,
    query: Object.fromEntries(query.map((one) => [one.name, one.schema])),
    body: content?.[1].schema,
    mediaType: content?.[0] ?? 'application/json',
  };
}

const marks = resources.flatMap((name) => [`@own:${name}@`, `@own:${name}@`, `@other:${name}@`]);

const oddText = fc.oneof(
  fc.constantFrom('', ' ', '00:00', '24:00', '25:61', '2026-02-29', '2026-12-31', '2026-12-31T23:59:60Z'),
  fc.constantFrom('9999-12-31T23:59:59+23:59', '+14155550123', '911', '200', '+', '*', '+1*', 'a@b.example'),
  fc.constantFrom(
    'Europe/Madrid',
    '__proto__',
    'constructor',
    '\ud800',
    '\u0000',
    '😀',
    'ſ',
    'İ',
    "';--",
    '#{7*7}',
    '<b>',
  ),
  fc.constantFrom(
    'x'.repeat(300),
    '😀'.repeat(200),
    '=1+1',
    '..',
    '%00',
    '\r\nx: y',
    '٣',
    '-1',
    '1e400',
    'null',
  ),
  fc.constantFrom(...marks),
  anyText({ maxLength: 20 }),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1e21, 3.5, 2 ** 53, [], {}, [[]], [null], {
    a: { b: {} },
  }),
  oddText,
);

/** A value that fits, or nearly does. */
export function nearly(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: fitting(schema, depth) }, { weight: 1, arbitrary: junk });
}

function fitting(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const [choice] = schema.anyOf ?? [];
  if (choice !== undefined) return fc.oneof(...(schema.anyOf ?? []).map((one) => fitting(one, depth + 1)));
  const types = [schema.type ?? 'string'].flat();
  const plain = fittingType(types[0] ?? 'string', schema, depth);
  return types.includes('null')
    ? fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: fc.constant(null) })
    : plain;
}

function fittingType(type: string, schema: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return depth > 6 ? fc.constant({}) : members(schema, depth);
    case 'array':
      return fc.array(nearly(schema.items ?? {}, depth + 1), { maxLength: 3 });
    case 'integer':
    case 'number':
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? -3, max: schema.maximum ?? 400 }),
        fc.integer({ min: -5, max: 2 ** 31 }),
      );
    case 'boolean':
      return fc.boolean();
    default:
      return fittingText(schema);
  }
}

function fittingText(schema: Schema): fc.Arbitrary<unknown> {
  const examples = schema.examples ?? [];
  if (schema.format === 'uuid') return fc.constantFrom(...marks);
  return examples.length === 0 ? oddText : fc.oneof(fc.constantFrom(...examples), oddText);
}

function members(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema;
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const some = fc.subarray(optional, { maxLength: Math.min(3, optional.length) });
  const missing = fc.oneof({ weight: 25, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(8) });
  const extra = fc.oneof(
    { weight: 25, arbitrary: fc.constant<Record<string, unknown>>({}) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Record<string, unknown>>(
        { extra: 1 },
        { toString: {} },
        { id: 1 },
        { organizationId: 'x' },
      ),
    },
  );
  return fc.tuple(some, missing, extra).chain(([chosen, without, more]) => {
    const names = [...required, ...chosen].filter((_, index) => index !== without);
    return fc
      .record(Object.fromEntries(names.map((name) => [name, nearly(properties[name] ?? {}, depth + 1)])))
      .map((made) => ({ ...made, ...more }));
  });
}

/** The resource that an id in a path belongs to: `/v1/users/{id}/overrides` → users. */
function pathValue(path: string, name: string): fc.Arbitrary<string> {
  const resource = /^\/v1\/([a-z-]+)\/\{/.exec(path)?.[1] ?? 'users';
  const own = name === 'id' ? `@own:${resource}@` : `@own:${name}@`;
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant(own) },
    { weight: 3, arbitrary: fc.constant(`@other:${name === 'id' ? resource : name}@`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f',
        'x',
        '%00',
        '%2e%2e',
        'A'.repeat(400),
        '%F0%9F%98%80',
        '@OWN:users@',
      ),
    },
  );
}

function queryOf(query: Operation['query']): fc.Arbitrary<string> {
  const names = Object.keys(query);
  return fc.subarray(names, { maxLength: Math.min(3, names.length) }).chain((chosen) => {
    const values = chosen.map((name) =>
      nearly(query[name] ?? {}).map((value) => [name, toText(value)] as const),
    );
    const odd = fc.oneof(
      { weight: 20, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom('extra=1', 'limit=1&limit=2', '%', 'q=%00', '__proto__=1') },
    );
    return fc.tuple(fc.tuple(...values), odd).map(([pairs, more]) => {
      const text = pairs.map(([name, value]) => `${name}=${escapeText(value)}`);
      const all = more === '' ? text : [...text, more];
      return all.length === 0 ? '' : `?${all.join('&')}`;
    });
  });
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Marks stay readable: they are filled in later. */
function escapeText(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll('%40', '@').replaceAll('%3A', ':');
}

const headers: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .tuple(
    fc.oneof(
      { weight: 40, arbitrary: fc.constant('@key@') },
      { weight: 4, arbitrary: fc.constantFrom('@agent@', '@manager@', '@otherKey@') },
      { weight: 1, arbitrary: fc.constantFrom('', 'x', 'lf_wrong', 'lfs_wrong', '@key@x') },
    ),
    fc.oneof(
      { weight: 8, arbitrary: fc.constant<string | undefined>(undefined) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<string | undefined>(
          '"1"',
          '"0"',
          '"999999"',
          '*',
          'W/"1"',
          '""',
          'x',
          '"1", "2"',
        ),
      },
    ),
    fc.oneof(
      { weight: 12, arbitrary: fc.constant<string | undefined>(undefined) },
      { weight: 1, arbitrary: fc.constantFrom<string | undefined>('one', 'two', '', 'x'.repeat(300), 'ä') },
    ),
  )
  .map(([token, ifMatch, key]) => ({
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }));

type Sent = { readonly text: string | undefined; readonly type: string | undefined };

function bodyOf({ body, mediaType, method, path }: Operation): fc.Arbitrary<Sent> {
  const none = fc.constant<Sent>({ text: undefined, type: undefined });
  if (method === 'GET' || (method === 'DELETE' && body === undefined)) return none;
  const csv = fc
    .array(fc.array(oddText, { maxLength: 4 }), { maxLength: 4 })
    .map((rows) => rows.map((row) => row.join(',')).join('\n'));
  const good: fc.Arbitrary<Sent> =
    mediaType === 'text/csv'
      ? csv.map((text) => ({ text, type: mediaType }))
      : nearly(body ?? { type: 'object' }).map((value) => ({ text: JSON.stringify(value), type: mediaType }));
  const broken = fc.constantFrom<Sent>(
    { text: '{', type: mediaType },
    { text: '', type: mediaType },
    { text: '[]', type: mediaType },
    { text: 'null', type: mediaType },
    { text: '{"name":"a","name":"b"}', type: mediaType },
    { text: '{"__proto__":{"x":1}}', type: mediaType },
    { text: `${'['.repeat(5_000)}${']'.repeat(5_000)}`, type: mediaType },
    { text: JSON.stringify({ name: 'x'.repeat(300_000) }), type: mediaType },
    { text: '{}', type: 'text/plain' },
    { text: '{}', type: 'application/xml' },
    { text: undefined, type: undefined },
  );
  const likely = likelyBodies[`${method} ${path}`]?.map((text) => ({ text, type: mediaType }));
  return fc.oneof(
    { weight: likely === undefined ? 15 : 4, arbitrary: good },
    { weight: 1, arbitrary: broken },
    ...(likely === undefined ? [] : [{ weight: 12, arbitrary: likely }]),
  );
}

export function requestOf(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const path = fc
    .tuple(...names.map((name) => pathValue(operation.path, name)))
    .map((values) =>
      names.reduce(
        (text, name, index) => text.replace(`{${name}}`, () => values[index] ?? ''),
        operation.path,
      ),
    );
  return fc
    .record({ path, query: queryOf(operation.query), headers, sent: bodyOf(operation) })
    .map((made) => ({
      method: operation.method,
      url: made.path + made.query,
      headers:
        made.sent.type === undefined ? made.headers : { ...made.headers, 'content-type': made.sent.type },
      body: made.sent.text,
    }));
}
