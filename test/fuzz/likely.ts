import fc from 'fast-check';

function bulkAction(): fc.Arbitrary<object> {
  const labels = (action: string, resource: string) =>
    mostly([`@own:${resource}@`], [`@other:${resource}@`], ['nobody has this'], []).map((value) => ({
      action,
      value,
    }));
  return fc.oneof(
    fc.constantFrom('activate', 'deactivate', 'delete').map((action) => ({ action })),
    mostly('agent', 'manager', 'administrator', 'owner').map((value) => ({ action: 'assignRole', value })),
    labels('assignSkills', 'skills'),
    labels('assignTags', 'tags'),
    labels('assignDesks', 'desks'),
  );
}

/** The first, and now and then one of the others. */
function mostly<T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

function applyTo(): fc.Arbitrary<object> {
  const gone = '0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f';
  const ids = mostly(['@own:users@'], ['@own:users@', '@other:users@'], [gone], []);
  const filter = fc.constantFrom(
    { q: 'fuzz' },
    { status: 'active', role: 'agent' },
    { queue: '@own:queues@' },
    { group: '@other:groups@' },
    { skill: 'nobody has this' },
    {},
  );
  return fc.oneof(
    ids.map((some) => ({ ids: some })),
    filter.map((one) => ({ filter: one })),
    // Seldom: everybody is many.
    fc.constant({ all: true }),
  );
}

/** Cells of each column: some that fit, some that do not. */
const userCells: Readonly<Record<string, readonly string[]>> = {
  id: ['', '', '@own:users@', '@other:users@', 'x'],
  kind: ['username', 'email', '', 'robot'],
  login: ['cy', 'cy.diaz', 'Dan', 'agent', 'a b', ''],
  email: ['', '', 'cy@acme.example', 'CY@ACME.EXAMPLE', 'no address'],
  password: ['a good long password', '', 'short'],
  firstName: ['Cy', 'Дмитрий', "'=Dan", '', '\u{1f600}'],
  lastName: ['Diaz', '"O""Hara, Jr."', 'x'.repeat(201)],
  role: ['agent', 'manager', 'administrator', '', 'owner'],
  extension: ['', '', '777', '200', '7', '٣٣٣'],
  timeZone: ['', 'Europe/Madrid', 'Mars/Olympus'],
  parentUserId: ['', 'cy', 'dan', '@own:users@', '@other:users@'],
  fallbackUserId: ['', 'cy', 'dan', 'nobody'],
  skills: ['', '@own:skills@', 'none'],
  ringSeconds: ['', '20', '0', 'soon'],
  forwardAll: ['', '{""type"":""hangup""}', '"{""type"":""user"",""id"":""@own:users@""}"', '{'],
};

function userFile(): fc.Arbitrary<string> {
  const names = fc.subarray(Object.keys(userCells), { minLength: 4 });
  return names.chain((some) =>
    table([...new Set(['kind', 'login', 'password', 'firstName', ...some])], userCells),
  );
}

const leadCells: Readonly<Record<string, readonly string[]>> = {
  name: ['Ana Ruiz', 'Иван', '"a, b"', '', 'x'.repeat(201)],
  owner: ['', 'agent', 'AGENT', '@own:users@', '@other:users@', 'nobody'],
  numbers: ['', '+14155550123', '(415) 555-0124; +34915550100', "'+14155550125", '911', 'x'],
};

function leadFile(): fc.Arbitrary<string> {
  return fc.subarray(Object.keys(leadCells), { minLength: 2 }).chain((some) => table(some, leadCells));
}

function table(
  columns: readonly string[],
  cells: Readonly<Record<string, readonly string[]>>,
): fc.Arbitrary<string> {
  const row = fc.tuple(...columns.map((name) => fc.constantFrom(...(cells[name] ?? ['']))));
  return fc
    .tuple(
      fc.array(row, { maxLength: 4 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('', '', '', '\ufeff'),
    )
    .map(([rows, end, mark]) => mark + [columns, ...rows].map((line) => line.join(',')).join(end));
}

/**
 * Bodies that mostly do what they ask for, where a schema alone gives nothing but refusals: bulk changes, whose value
 * depends on the action, and files. Ids are marks, as everywhere (requests.ts).
 */
export const likelyBodies: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'POST /v1/users/bulk': fc
    .tuple(bulkAction(), applyTo(), fc.boolean())
    .map(([action, to, dryRun]) => JSON.stringify({ ...action, applyTo: to, ...(dryRun ? { dryRun } : {}) })),
  'POST /v1/numbers/sync': fc
    .constantFrom({}, { setWebhooks: true }, { setWebhooks: false }, { setWebhooks: 1 })
    .map((body) => JSON.stringify(body)),
  'POST /v1/users/import': userFile(),
  'POST /v1/leads/import': leadFile(),
};
