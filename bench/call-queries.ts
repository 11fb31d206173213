import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { toCursor } from '../plugins/admin/paging.ts';
import { type Database, inOrganization } from '../services/storage/database.ts';
import { type AdminApp, logIn, type Office as MadeOffice, newUser } from '../test/support/factories.ts';
import { busyPeople, callIdOf, dialledOf } from './call-rows.ts';
import type { LargeOffice } from './office-rows.ts';

/** What the list of calls is asked for: by whom, each filter with much and with little to find, first and late pages. */
export type Asked = { readonly path: string; readonly token: string };

const outcomes = ['answered', 'missed', 'abandoned', 'voicemail', 'announced', 'forwarded', 'rejected'];

export async function callQueries(
  { app, database, clock }: Pick<AdminApp, 'app' | 'database' | 'clock'>,
  made: MadeOffice,
  office: LargeOffice,
): Promise<Readonly<Record<string, Asked>>> {
  const small = await newManager(app, made, 'small', await newDesk(database, made, office));
  const large = await newManager(app, made, 'large', office.labels.desk[1] ?? '');
  const paths = pathsOf(office, clock.now());
  const by = (who: string, token: string) =>
    Object.entries(paths).map(([name, path]) => [`calls ${name}, ${who}`, { path, token }] as const);
  return Object.fromEntries([
    ...by('everybody’s', made.key),
    ...by('a desk of twenty', small),
    ...by('a desk of thousands', large),
  ]);
}

function pathsOf({ size, users, queues }: LargeOffice, now: number): Readonly<Record<string, string>> {
  const calls = (...parts: readonly string[]) => `/calls?${parts.join('&')}`;
  const number = (rank: number) => `number=${encodeURIComponent(dialledOf(rank))}`;
  const day = 86_400_000;
  const at = (days: number) => new Date(now - days * day).toISOString();
  const month = [`from=${at(60)}`, `to=${at(30)}`];
  const middle = toCursor('calls', [String(now - 216 * day), callIdOf(Math.floor(size.calls * 0.4))]);
  const ended = outcomes.map((outcome) => [`that ended ${outcome}`, calls(`outcome=${outcome}`)]);
  const [busy, rare, idle] = [users[0], users[busyPeople - 10], users[busyPeople + 5]];
  return {
    'of all kinds': calls('limit=100'),
    'of all kinds, page behind 60 %': calls('limit=100', `after=${middle}`),
    ...Object.fromEntries(ended),
    'that ended forwarded, page behind 60 %': calls('outcome=forwarded', `after=${middle}`),
    'of a month': calls(...month),
    'of a month, forwarded': calls('outcome=forwarded', ...month),
    'of the busiest': calls(`user=${busy}`, 'limit=100'),
    'of the busiest, forwarded': calls(`user=${busy}`, 'outcome=forwarded'),
    'of the busiest, rejected': calls(`user=${busy}`, 'outcome=rejected'),
    'of somebody with few': calls(`user=${rare}`, 'outcome=voicemail'),
    'of somebody with none': calls(`user=${idle}`),
    'of the largest queue': calls(`queue=${queues[0]}`, 'limit=100'),
    'of the largest queue, rejected': calls(`queue=${queues[0]}`, 'outcome=rejected'),
    'of a small queue, forwarded': calls(`queue=${queues[20]}`, 'outcome=forwarded'),
    'of the busiest in a small queue': calls(`user=${busy}`, `queue=${queues[20]}`),
    'to the main number': calls(number(0), 'limit=100'),
    'to the main number, rejected': calls(number(0), 'outcome=rejected'),
    'to the main number, for somebody with few': calls(number(0), `user=${rare}`),
    'to the main number, in a small queue': calls(number(0), `queue=${queues[20]}`),
    'to a number that nobody dials': calls(number(9_999)),
  };
}

/** Who takes most of the calls: twenty of the four hundred. */
async function newDesk(database: Database, made: MadeOffice, { users }: LargeOffice): Promise<string> {
  const { body } = await made.admin.post('/desks', { name: 'The desk of twenty' });
  const people = Array.from({ length: 20 }, (_, place) => users[place * 20]);
  await inOrganization(database, made.id, (trx) =>
    sql`insert into user_label (organization_id, user_id, label_id)
      select ${made.id}::uuid, person, ${body.id}::uuid from unnest(${people}::uuid[]) as person`.execute(
      trx,
    ),
  );
  return body.id;
}

/** The token of a manager who sees the calls of a desk. */
async function newManager(
  app: FastifyInstance,
  made: MadeOffice,
  login: string,
  desk: string,
): Promise<string> {
  await newUser(made, login, { role: 'manager', desks: [desk] });
  return (await logIn(app, made, login)).token;
}
