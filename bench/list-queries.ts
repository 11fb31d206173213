import { sql } from 'kysely';
import { toCursor } from '../plugins/admin/paging.ts';
import { type Database, inOrganization } from '../services/storage/database.ts';
import { instantOf, type LargeOffice } from './office-rows.ts';
import { personOf, rareName } from './people.ts';

/** What the lists of a large office are asked for: each filter with much and with little to find, first and late pages. */
type Queries = Readonly<Record<string, string>>;

/** Paths by what they ask for. */
export async function listQueries(
  database: Database,
  organizationId: string,
  office: LargeOffice,
): Promise<Queries> {
  const middle = await findMiddle(database, organizationId, office);
  return {
    ...userQueries(office, middle),
    ...numberQueries(office, middle),
    ...activityQueries(office, middle),
  };
}

/** Cursors of pages behind six tenths of all rows. */
type Middle = {
  readonly name: string;
  readonly user: string;
  readonly number: string;
  readonly activity: string;
};

async function findMiddle(
  database: Database,
  organizationId: string,
  { size }: LargeOffice,
): Promise<Middle> {
  const offset = (count: number) => sql.lit(Math.floor(count * 0.6));
  return inOrganization(database, organizationId, async (trx) => {
    const { rows } = await sql<{ list: string; key: string; id: string }>`
      (select 'users:name' as list, name_key as key, id from "user" order by name_key, id limit 1 offset ${offset(size.users)})
      union all (select 'users:createdAt', '', id from "user" order by id limit 1 offset ${offset(size.users)})
      union all (select 'numbers', number, id from number order by number limit 1 offset ${offset(size.numbers)})
      union all (select 'activity', '', id from activity order by id desc limit 1 offset ${offset(size.activities)})`.execute(
      trx,
    );
    const cursor = (list: string) => {
      const row = rows.find((one) => one.list === list);
      return row === undefined ? '' : toCursor(list, [row.key, row.id]);
    };
    return {
      name: cursor('users:name'),
      user: cursor('users:createdAt'),
      number: cursor('numbers'),
      activity: cursor('activity'),
    };
  });
}

function userQueries({ size, labels, groups, queues }: LargeOffice, middle: Middle): Queries {
  const rare = Math.floor(size.users / 2 / 7) * 7;
  const one = personOf(rare);
  const [commonSkill, , rareSkill] = [labels.skill[0], '', labels.skill.at(-1)];
  const [top, leaf] = [groups[0], groups.at(-1)];
  const [largest, small] = [queues[0], queues[1]];
  const q = (text: string) => `q=${encodeURIComponent(text)}`;
  const users = (...parts: readonly string[]) => `/users?${parts.join('&')}`;
  const after = `after=${middle.name}`;
  return {
    'users, first page': users('limit=100'),
    'users, page behind 60 %': users('limit=100', after),
    'users backwards, page behind 40 %': users(
      'sort=-name',
      `after=${encodeURIComponent(renamed(middle.name, 'users:-name'))}`,
    ),
    'users by creation, page behind 60 %': users('sort=createdAt', `after=${middle.user}`),
    'users, the newest': users('sort=-createdAt'),
    'users q, one word that few have': users(q(rareName(rare))),
    'users q, one word that many have': users(q('garcía')),
    'users q, one word that many have, without the accent': users(q('garcia')),
    'users q, one letter': users(q('a')),
    'users q, one letter, page behind 60 %': users(q('a'), after),
    'users q, one letter, by creation': users(q('a'), 'sort=createdAt'),
    'users q, a word that everybody has': users(q('com'), after),
    'users q, two words that many have': users(q('ana gar')),
    'users q, two words of which few have one': users(q(`a ${rareName(rare)}`)),
    'users q, two words that nobody has both': users(q('garcía иванов')),
    'users q, nobody': users(q('zzzzzz')),
    'users q, Cyrillic': users(q('ива')),
    'users q, Chinese': users(q('王')),
    'users q, Arabic, two words': users(q('محمد الحسن')),
    'users q, beginning of an e-mail': users(q(one.email.slice(0, -4))),
    'users q, a whole e-mail': users(q(one.email)),
    'users q, a login': users(q(one.login)),
    'users q, an extension': users(q(one.extension)),
    'users q, beginning of an extension': users(q(one.extension.slice(0, 3))),
    'users by status, active': users('status=active'),
    'users by status, inactive': users('status=inactive'),
    'users by status, pending, page behind 60 %': users('status=pending', after),
    'users by status, deleted': users('status=deleted', 'sort=createdAt'),
    'users by role, administrator': users('role=administrator'),
    'users by role, manager, backwards': users('role=manager', 'sort=-name'),
    'users by role, agent, page behind 60 %': users('role=agent', after),
    'users by a skill of half of all': users(`skill=${commonSkill}`),
    'users by a skill of half of all, page behind 60 %': users(`skill=${commonSkill}`, after),
    'users by a skill of few': users(`skill=${rareSkill}`),
    'users by a tag, by its name': users(`tag=${encodeURIComponent('tag 17')}`),
    'users by a desk of few, page behind 60 %': users(`desk=${labels.desk.at(-1)}`, after),
    'users by skill and tag and desk': users(
      `skill=${commonSkill}`,
      `tag=${labels.tag[0]}`,
      `desk=${labels.desk[3]}`,
    ),
    'users by a label that there is not': users('tag=none'),
    'users by the largest queue': users(`queue=${largest}`),
    'users by the largest queue, page behind 60 %': users(`queue=${largest}`, after),
    'users by a small queue': users(`queue=${small}`),
    'users by the top group': users(`group=${top}`),
    'users by the top group, page behind 60 %': users(`group=${top}`, after),
    'users by a group without groups below': users(`group=${leaf}`),
    'users by everything, common': users(
      q('a'),
      'status=active',
      'role=agent',
      `skill=${commonSkill}`,
      `queue=${largest}`,
      `group=${top}`,
    ),
    'users by everything, rare': users(
      q('garcía'),
      'status=pending',
      'role=manager',
      `skill=${rareSkill}`,
      `group=${leaf}`,
    ),
    'users q, one letter, by role': users(q('o'), 'role=administrator'),
    'users q, one letter, in a small queue': users(q('a'), `queue=${small}`),
    'users q, one letter, with a skill of few, by creation': users(
      q('a'),
      `skill=${rareSkill}`,
      'sort=-createdAt',
    ),
  };
}

/** The same place in the list of another order. */
function renamed(cursor: string, order: string): string {
  const [, key, id]: readonly string[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return toCursor(order, [key ?? '', id ?? '']);
}

function numberQueries({ size, users, queues }: LargeOffice, middle: Middle): Queries {
  const numbers = (...parts: readonly string[]) => `/numbers?${parts.join('&')}`;
  const q = (text: string) => `q=${encodeURIComponent(text)}`;
  const digits = String(2_025_550_000 + Math.floor(size.numbers / 2));
  return {
    'numbers, first page': numbers('limit=100'),
    'numbers, page behind 60 %': numbers(`after=${middle.number}`),
    'numbers q, all digits': numbers(q(`+1${digits}`)),
    'numbers q, the last digits': numbers(q(digits.slice(-5))),
    'numbers q, digits that many have': numbers(q('555')),
    'numbers q, a name that many have': numbers(q('direct')),
    'numbers q, a name that few have': numbers(q(rareName(Math.floor(size.numbers / 2 / 7) * 7 + 7))),
    'numbers q, nobody': numbers(q('zzzzzz')),
    'numbers that are assigned': numbers('assigned=true'),
    'numbers that are not, page behind 60 %': numbers('assigned=false', `after=${middle.number}`),
    'numbers that are not, by a name that nobody has': numbers('assigned=false', q('zzzzzz')),
    'numbers of a user': numbers(`target=user:${users[1]}`),
    'numbers of a queue': numbers(`target=queue:${queues[1]}`),
  };
}

function activityQueries({ size, users }: LargeOffice, middle: Middle): Queries {
  const activity = (...parts: readonly string[]) => `/activity?${parts.join('&')}`;
  const q = (text: string) => `q=${encodeURIComponent(text)}`;
  const at = (share: number) => new Date(instantOf(Math.floor(size.activities * share))).toISOString();
  const month = [`from=${at(0.2)}`, `to=${at(0.34)}`];
  const [busy, once] = [users[3], users.at(-1)];
  return {
    'activity, first page': activity('limit=100'),
    'activity, page behind 60 %': activity('limit=100', `after=${middle.activity}`),
    'activity of a month': activity(...month),
    'activity of an hour': activity(`from=${at(0.1)}`, `to=${at(0.1002)}`),
    'activity before there was any': activity('to=2020-01-01T00:00:00Z'),
    'activity by a busy actor': activity(`actor=${busy}`),
    'activity by a busy actor, page behind 60 %': activity(`actor=${busy}`, `after=${middle.activity}`),
    'activity by a busy actor of a month': activity(`actor=${busy}`, ...month),
    'activity by somebody who did nothing': activity(`actor=${once}`),
    'activity about a user': activity(`subject=${users[5]}`),
    'activity of a kind, common': activity('action=users'),
    'activity of a kind, rare': activity('action=organization'),
    'activity of a kind that there is not': activity('action=nothing'),
    'activity of a kind, rare, of a month': activity('action=organization.change', ...month),
    'activity q, common': activity(q('users')),
    'activity q, rare': activity(q(`entry ${Math.floor(size.activities * 0.97)}`)),
    'activity q, a request id': activity(q(`req-${Math.floor(size.activities * 0.95)}`)),
    'activity q, a name': activity(q('núñez-ortega')),
    'activity q, nothing': activity(q('zzzzzz')),
    'activity q, nothing, by a busy actor': activity(q('zzzzzz'), `actor=${busy}`),
    'activity q, nothing, of a month': activity(q('zzzzzz'), ...month),
    'what a user did and what was done': `/users/${busy}/activity?limit=25`,
  };
}
