import { test } from 'tap';
import { timeLists } from '../../bench/lists.ts';
import { fillOffice, type LargeOffice } from '../../bench/office-rows.ts';
import { personOf } from '../../bench/people.ts';
import { queryWords, wordsOf } from '../../plugins/admin/user-words.ts';
import { adminApp, type Client, type Doc, newOffice } from '../support/factories.ts';

test('the benchmark of the lists asks what is answered', async (t) => {
  const times = await timeLists({ users: 450, numbers: 60, activities: 100, calls: 600 }, 1);
  t.ok(times.length > 150, `${times.length} queries`);
  const found = (name: string) => times.find((time) => time.name === name)?.rows;
  t.equal(found('users, first page'), 100);
  t.equal(found('users q, an extension'), 1);
  t.equal(found('users q, nobody'), 0);
  t.equal(found('calls of all kinds, everybody’s'), 100);
  t.ok(found('calls of the busiest, a desk of twenty'), 'a manager sees their desk');
  t.equal(found('activity of a kind, rare'), 1, 'the organization itself was made');
});

type Page = { readonly data: readonly Doc[]; readonly nextCursor: string | null };

async function everyId(admin: Client, query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const { status, body } = await admin.get<Page>(`/users?limit=100&${query}${after}`);
    if (status !== 200) throw new Error(`${query}: ${status}`);
    ids.push(...body.data.map((user) => user.id));
    if (body.nextCursor === null) return ids;
    after = `&after=${body.nextCursor}`;
  }
}

/** Places of the users whom all words find, as the bench wrote them. */
function placesFoundBy(q: string, people: readonly (readonly string[])[]): readonly number[] {
  const asked = queryWords(q);
  return people.flatMap((words, index) => {
    const isFound = asked.every((one) => words.some((word) => word.startsWith(one)));
    return index % 100 !== 3 && isFound ? [index] : [];
  });
}

test('a search finds the same users by each of the ways in which it looks', async (suite) => {
  const { app, database } = await adminApp(suite);
  const { id, admin } = await newOffice(app, 'large', {
    administrator: { login: 'ÿ', password: 'a good long password' },
  });
  const office: LargeOffice = await fillOffice(database, id, {
    users: 4_500,
    numbers: 0,
    activities: 0,
    calls: 0,
  });
  const placeOf = new Map(office.users.map((one, index) => [one, index]));
  const check = (title: string, query: string, expected: readonly number[]) =>
    suite.test(title, async (t) => {
      const ids = await everyId(admin, query);
      const places = ids.flatMap((one) => placeOf.get(one) ?? []);
      t.ok(expected.length > 0, `${expected.length} users`);
      t.same(
        places.toSorted((a, b) => a - b),
        expected,
      );
      t.equal(new Set(ids).size, ids.length, 'nobody is shown twice');
    });
  const people = office.users.map((_, index) => wordsOf(personOf(index)));
  const q = (text: string) => `q=${encodeURIComponent(text)}`;
  const skill = `skill=${office.labels.skill[0]}`;
  await check('few', q('ива'), placesFoundBy('ива', people));
  await check('many', q('m'), placesFoundBy('m', people));
  await check('many, and few of them', q('m ива'), placesFoundBy('m ива', people));
  const even = placesFoundBy('m', people).filter((place) => place % 2 === 0);
  await check('many of two kinds, backwards', `${q('m')}&${skill}&sort=-name`, even);
  const agents = even.filter((place) => place % 1_000 !== 1 && place % 25 !== 2);
  await check('with what the row itself says', `${q('m')}&${skill}&role=agent&sort=createdAt`, agents);
});
