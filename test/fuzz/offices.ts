import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type AdminApp, type Doc, logIn, newOffice, newUser, type Office } from '../support/factories.ts';
import type { FuzzRequest } from './requests.ts';
import type { FuzzTarget } from './target.ts';

/** Two organizations with one of everything, and what is kept about them: the ground of a fuzz run. */
export type Ground = {
  readonly fill: (text: string) => string;
  /** What was deleted of this resource (`users`) is made anew. */
  renew(resource: string): Promise<void>;
  /** A digest of every row of both organizations, but for logs, sessions and what is queued. */
  snapshot(): Promise<string>;
};

const makers: Readonly<Record<string, (run: string) => object>> = {
  numbers: (run) => ({ number: `+1415555${run}` }),
  queues: (run) => ({ name: `Queue ${run}` }),
  leads: (run) => ({ name: `Lead ${run}` }),
  groups: (run) => ({ name: `Group ${run}` }),
  skills: (run) => ({ name: `Skill ${run}` }),
  tags: (run) => ({ name: `Tag ${run}` }),
  desks: (run) => ({ name: `Desk ${run}` }),
  campaigns: (run) => ({ name: `Campaign ${run}` }),
  'checklist-items': (run) => ({ name: `Item ${run}` }),
  'api-keys': (run) => ({ name: `Key ${run}`, permissions: ['simulate'] }),
  users: (run) => ({
    kind: 'email',
    email: `fuzz${run}@acme.example`,
    firstName: 'Ana',
    lastName: `Fuzz ${run}`,
  }),
};

let made = 0;

export async function prepareGround({ app, database, ownCarrier }: FuzzTarget): Promise<Ground> {
  made += 1;
  const run = made;
  const office = await newOffice(app, `own-${run}`);
  const other = await newOffice(app, `other-${run}`);
  ownCarrier(office.id);
  const marks = new Map<string, string>([
    ['@key@', office.key],
    ['@otherKey@', other.key],
  ]);
  for (const role of ['agent', 'manager']) {
    await newUser(office, role, { role });
    marks.set(`@${role}@`, (await logIn(app, office, role)).token);
  }
  const make = async (owner: Office, side: 'own' | 'other', name: string): Promise<void> => {
    made += 1;
    const suffix = String(made).padStart(4, '0').slice(-4);
    const body = makers[name]?.(suffix);
    const created = await owner.admin.post(`/${name}`, body);
    if (created.status === 201) marks.set(`@${side}:${name}@`, created.body.id);
  };
  const makeAll = async (owner: Office, side: 'own' | 'other', resource?: string): Promise<void> => {
    for (const name of Object.keys(makers)) {
      if (resource !== undefined && resource !== name) continue;
      const known = marks.get(`@${side}:${name}@`);
      const there = known !== undefined && (await owner.admin.get(`/${name}/${known}`)).status === 200;
      const isGone = await isDeleted(owner, name, known);
      if (!there || isGone) await make(owner, side, name);
    }
    const user = marks.get(`@${side}:users@`);
    const day = { from: '2026-12-24', available: false };
    const override = await owner.admin.post<Doc>(`/users/${user}/overrides`, day);
    if (override.status === 201) marks.set(`@${side}:overrideId@`, override.body.id);
    marks.set(`@${side}:itemId@`, marks.get(`@${side}:checklist-items@`) ?? 'x');
    marks.set(`@${side}:campaign@`, marks.get(`@${side}:campaigns@`) ?? 'default');
    marks.set(`@${side}:accountSid@`, `AC${(side === 'own' ? '1' : '2').repeat(32)}`);
  };
  await makeAll(office, 'own');
  await makeAll(other, 'other');
  const tables = await listTables(database.kysely);
  const organizations = [office.id, other.id];
  return {
    fill: (text) =>
      text.replace(/@[a-zA-Z:-]+@/g, (mark) => marks.get(mark) ?? marks.get('@own:users@') ?? mark),
    renew: (resource) => makeAll(office, 'own', resource),
    snapshot: () => snapshot(database.kysely, tables, organizations),
  };
}

async function isDeleted(owner: Office, name: string, id: string | undefined): Promise<boolean> {
  if (name !== 'users' || id === undefined) return false;
  return (await owner.admin.get<Doc>(`/users/${id}`)).body.status === 'deleted';
}

type Kysely = AdminApp['database']['kysely'];

/** Written also by what is refused, or in the background. */
const moving = [
  'activity',
  'activity_personal',
  'session',
  'idempotency_key',
  'outbox',
  'mail_message',
  // A refusal is told to those who watch the log; who is there comes and goes by itself.
  'live_stream',
  'live_event',
  'presence_stream',
  'presence_lease',
  'presence_user',
  'presence_queue',
];

async function listTables(kysely: Kysely): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relrowsecurity order by 1`.execute(
    kysely,
  );
  return rows.map((row) => row.name).filter((name) => !moving.includes(name));
}

async function snapshot(
  kysely: Kysely,
  tables: readonly string[],
  organizations: readonly string[],
): Promise<string> {
  const parts = tables.map((name) => {
    const column = sql.ref(name === 'organization' ? 'id' : 'organization_id');
    return sql`select t::text as line from ${sql.table(name)} t where ${column} in (${sql.join(organizations)})`;
  });
  const lines = await kysely.transaction().execute(async (trx) => {
    await sql`select set_config('linefinder.lookup', 'on', true)`.execute(trx);
    const { rows } = await sql<{ line: string }>`${sql.join(parts, sql` union all `)}`.execute(trx);
    return rows.map((row) => row.line).sort();
  });
  return createHash('sha256').update(lines.join('\n')).digest('base64url');
}

/** The request as a line to paste; `$KEY` stands for the credential. */
export function toCurl(request: FuzzRequest): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const headers = Object.entries(request.headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  const body = request.body === undefined ? [] : [`--data-binary ${quote(request.body)}`];
  return [
    'curl -sS',
    `-X ${request.method}`,
    ...headers,
    ...body,
    quote(`http://127.0.0.1:3000${request.url}`),
  ].join(' ');
}
