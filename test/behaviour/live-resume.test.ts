import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { sweepLiveEvents } from '../../services/storage/live-streams.ts';
import { brokenLinks, type LiveMessage, watch } from '../support/live-client.ts';
import { bearer, callChanged } from '../support/live-events.ts';
import { newLiveOffice } from '../support/live-office.ts';

/** The same numbers for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Seen = { readonly messages: LiveMessage[]; readonly resumed: number };

test('who is cut off at random and comes back has missed nothing and got nothing twice', async (t) => {
  const seed = Math.floor(Math.random() * 1e9);
  t.comment(`seed ${seed}`);
  const random = randomFrom(seed);
  const office = await newLiveOffice();
  const ana = await office.hire('Ana');
  const bo = await office.hire('Bo');
  const agent = bearer(await office.logIn('ana'));
  let isWriting = true;
  const written: { readonly seq: number; readonly isAnas: boolean }[] = [];

  const write = async (): Promise<void> => {
    for (let round = 0; round < 250; round += 1) {
      const owners = Array.from({ length: 1 + random(4) }, () => (random(3) === 0 ? ana.id : bo.id));
      const last = await office.tell(...owners.map((id, index) => callChanged(`${round}-${index}`, [id])));
      for (const [index, id] of owners.entries()) {
        written.push({ seq: last - owners.length + 1 + index, isAnas: id === ana.id });
      }
      await sleep(random(8));
    }
    isWriting = false;
  };

  const watchAndFall = async (headers: Readonly<Record<string, string>>): Promise<Seen> => {
    const messages: LiveMessage[] = [];
    let place: { epoch: string; seq: number } | undefined;
    for (let resumed = 0; ; resumed += 1) {
      const client = await watch(t, office.address, headers);
      client.send({ type: 'subscribe', topics: ['calls'], ...(place === undefined ? {} : { since: place }) });
      const wasWriting = isWriting;
      if (wasWriting) await sleep(20 + random(250));
      else {
        const last = await office.tell(callChanged('end', [ana.id, bo.id]));
        await client.find(({ seq, type }) => seq === last && type === 'event', 10_000);
      }
      client.socket.terminate();
      messages.push(...client.messages);
      const at = client.messages.findLast(({ type }) => type === 'event' || type === 'snapshot');
      if (at?.epoch !== undefined && at.seq !== undefined) place = { epoch: at.epoch, seq: at.seq };
      if (!wasWriting) return { messages, resumed };
    }
  };

  // Where they begin nothing has been written, so every event is theirs to see.
  const watching = Promise.all([
    watchAndFall(office.headers),
    watchAndFall(agent),
    watchAndFall(office.headers),
  ]);
  await sleep(300);
  const [everything, own, again] = (await Promise.all([watching, write()]))[0];

  const numbers = ({ messages }: Seen): readonly (number | undefined)[] =>
    messages
      .filter(({ type, name, data }) => type === 'event' && name === 'call.changed' && !isEnd(data))
      .map(({ seq }) => seq);
  const all = written.map(({ seq }) => seq);
  t.strictSame(numbers(everything), all);
  t.strictSame(numbers(again), all);
  t.strictSame(
    numbers(own),
    written.filter(({ isAnas }) => isAnas).map(({ seq }) => seq),
  );
  for (const seen of [everything, own, again]) {
    t.strictSame(brokenLinks(seen.messages), []);
    t.equal(seen.messages.filter(({ type }) => type === 'snapshot').length, 1);
    t.equal(seen.messages.filter(({ type }) => type === 'reset').length, 0);
    t.ok(seen.resumed > 3, `${seen.resumed} times`);
  }
});

test('who comes back after a minute, or just within the hour, goes on without a gap; later it begins anew', async (t) => {
  const office = await newLiveOffice();
  const first = await watch(t, office.address, office.headers);
  await first.subscribe(['calls']);
  const { epoch = '', seq = 0 } = await first.find(({ type }) => type === 'snapshot');
  first.socket.terminate();
  let last = 0;
  for (let call = 0; call < 50; call += 1) last = await office.tell(callChanged(`missed-${call}`));
  const age = async (by: string): Promise<void> => {
    const older = sql`update live_event set created_at = created_at - ${by}::interval`;
    const { numAffectedRows = 0n } = await inOrganization(office.database, office.organizationId, (trx) =>
      older.execute(trx),
    );
    t.ok(numAffectedRows >= 50n, `${numAffectedRows} events are ${by} older`);
    await sweepLiveEvents(office.database);
  };
  const comeBack = async (): Promise<readonly LiveMessage[]> => {
    const client = await watch(t, office.address, office.headers);
    await client.subscribe(['calls'], { epoch, seq });
    last = await office.tell(callChanged('after'));
    await client.find((message) => message.seq === last && message.type === 'event');
    client.socket.terminate();
    return client.messages;
  };

  for (const by of ['60 seconds', '58 minutes']) {
    await age(by);
    const told = await comeBack();
    const [next] = told.filter(({ type }) => type === 'event');
    t.equal(next?.prev, seq, `${by} later: the first event follows what was seen last`);
    t.strictSame(brokenLinks(told), []);
    t.equal(told.filter(({ data }) => /^missed/.test(String(Reflect.get(Object(data), 'id')))).length, 50);
    t.notOk(told.some(({ type }) => type === 'reset' || type === 'snapshot'));
  }
  await age('5 minutes');
  const told = await comeBack();
  t.equal(told.filter(({ type }) => type === 'reset').length, 1, 'what is gone cannot be told');
  t.equal(told.filter(({ type }) => type === 'snapshot').length, 1);
  t.strictSame(brokenLinks(told), []);
});

function isEnd(data: unknown): boolean {
  return Reflect.get(Object(data), 'id') === 'end';
}
