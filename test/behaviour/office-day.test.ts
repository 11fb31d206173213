import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { buildCarrierTwin, type Callee } from '../support/carrier-twin.ts';
import type { Doc } from '../support/factories.ts';
import { brokenLinks, type LiveMessage, watch } from '../support/live-client.ts';
import { type LiveOffice, newLiveOffice } from '../support/live-office.ts';
import { insertPeople, type WrittenPerson, writeRows } from '../support/past-the-routes.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../support/twilio-office.ts';
import { intoApp, voiceParameters } from '../support/twilio-webhook.ts';

/**
 * A day of an office of twenty: several hundred calls that are answered, declined, abandoned, overflow and end in
 * voicemail, with a wallboard whose connection breaks again and again. Records, statistics, presence, voicemail and the
 * event stream must tell the story that the callers heard.
 */

const seed = Number(process.env.DAY_SEED ?? Date.now() % 2 ** 31);
const CALLS = 300;
const AT_ONCE = 6;
const publicUrl = 'https://linefinder.example';

type Person = {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly hasBox: boolean;
};
type Outcome = 'answered' | 'missed' | 'voicemail' | 'abandoned' | 'rejected';
type Told = { readonly id: string; readonly outcome: Outcome; readonly by: Person | undefined };

test('a day of an office of twenty: everything tells the story that the callers heard', async (t) => {
  t.comment(`seed ${seed}`);
  const office = await newLiveOffice();
  const account = { authTokens: [AUTH_TOKEN] };
  await office.admin.put(`/organization/carrier-accounts/${ACCOUNT_SID}`, account);
  const people = await hireTwenty(office);
  const numbers = await giveNumbers(office, people);
  const wallboard = watchWithBreaks(office, t);
  // What ended before it looked for the first time is in no event.
  await wallboard.began;
  const stories = await callAllDay(office, people, numbers);
  const records = await recordsOf(office, stories);

  await t.test('every call is there once, with the end that its caller heard', async (t) => {
    t.equal(records.size, CALLS);
    const wrong = stories.filter(({ id, outcome, by }) => {
      const record = records.get(id);
      return record?.outcome !== outcome || (record.answeredBy?.id ?? undefined) !== by?.id;
    });
    t.strictSame(
      wrong.map((story) => ({ ...story, record: records.get(story.id) })),
      [],
    );
    t.comment(countsOf(stories));
  });

  await t.test('the figures of each person are the calls that they talked in', async (t) => {
    for (const person of people) {
      const { body } = await office.admin.get<Doc & { readonly today: { readonly handled: number } }>(
        `/users/${person.id}/statistics`,
      );
      const handled = stories.filter(({ by }) => by?.id === person.id).length;
      t.equal(body.today?.handled, handled, person.name);
    }
  });

  await t.test('what was recorded lies in the boxes, each message once', async (t) => {
    const { body } = await office.admin.get('/voicemails?limit=100');
    const recorded = stories.filter(({ outcome }) => outcome === 'voicemail');
    t.ok(recorded.length > 10, 'there were some');
    t.equal(await countAll(office, '/voicemails', body), recorded.length);
  });

  await t.test('nobody is left ringing or talking', async (t) => {
    const { body } = await office.admin.get<{ data: readonly (Doc & { readonly presence: string })[] }>(
      '/users?limit=100',
    );
    const busy = body.data.filter(({ presence }) => presence === 'ringing' || presence === 'on-call');
    t.strictSame(busy, []);
  });

  await t.test('the wallboard was cut off again and again and missed nothing', async (t) => {
    const { messages, breaks } = await wallboard.end(records.size);
    t.ok(breaks > 1, `${breaks} breaks`);
    t.strictSame(brokenLinks(messages), []);
    const last = new Map<string, unknown>();
    for (const { name, data } of messages) {
      if (name === 'call.changed')
        last.set(String(Reflect.get(Object(data), 'id')), Reflect.get(Object(data), 'outcome'));
    }
    const wrong = stories.filter(({ id, outcome }) => last.get(id) !== outcome);
    t.strictSame(wrong, [], 'the last event of each call says how it ended');
  });
});

async function hireTwenty(office: LiveOffice): Promise<readonly Person[]> {
  const people = Array.from({ length: 20 }, (_, index) => ({
    ...{ id: randomUUID(), name: `Day${index}` },
    ...{ address: `sip:day${index}@pbx.example`, hasBox: index % 2 === 0 },
  }));
  const written = people.map(
    ({ id, name, address, hasBox }, index): WrittenPerson => ({
      ...{
        id,
        firstName: name,
        login: name,
        extension: String(700 + index),
        device: { kind: 'sip', address },
      },
      ifUnavailable: { action: hasBox ? 'voicemail' : 'none' },
    }),
  );
  await writeRows(office, (trx) => insertPeople(trx, office.organizationId, written));
  return people;
}

/** Everybody's own number, and one of a queue that rings five in turn and overflows to somebody's box. */
async function giveNumbers(office: LiveOffice, people: readonly Person[]): Promise<readonly string[]> {
  const [box] = people;
  const queue = await office.admin.post('/queues', {
    name: 'The day',
    kind: 'queue',
    strategy: 'round-robin',
    ringSeconds: 15,
    noAgentTarget: { type: 'voicemail', id: box?.id },
  });
  if (queue.status !== 201) throw new Error(JSON.stringify(queue.body));
  const members = people.slice(5, 10).map(({ id }) => ({ userId: id, priority: 1 }));
  await office.admin.put(`/queues/${queue.body.id}/members`, { members });
  const targets = [
    ...people.map(({ id }) => ({ type: 'user', id })),
    ...Array.from({ length: 6 }, () => ({ type: 'queue', id: queue.body.id })),
  ];
  const rows = targets.map((target, index) => ({
    ...{ organization_id: office.organizationId, id: randomUUID() },
    ...{ number: `+1212555${String(3000 + index)}`, target: JSON.stringify(target) },
  }));
  await writeRows(office, (trx) => trx.insertInto('number').values(rows).execute());
  return rows.map(({ number }) => number);
}

/** Mulberry32: the same day for the same seed. */
function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function callAllDay(
  office: LiveOffice,
  people: readonly Person[],
  numbers: readonly string[],
): Promise<readonly Told[]> {
  const signer = { publicUrl, authToken: AUTH_TOKEN, accountSid: ACCOUNT_SID };
  const twin = buildCarrierTwin({ ...signer, transport: intoApp(office.app) });
  const next = generator(seed);
  const stories: Told[] = [];
  const names = Object.fromEntries(people.map(({ name, address }) => [address, name]));
  const callees: readonly Callee[] = ['answers', 'answers', 'busy', 'no-answer', 'declined', 'unreachable'];

  const callOnce = async (index: number): Promise<void> => {
    const callSid = `CA${randomUUID().replaceAll('-', '')}`;
    const from = `+1415555${String(index).padStart(4, '0')}`;
    const isWrong = next() < 0.04;
    const to = isWrong ? '+12125559999' : (numbers[Math.floor(next() * numbers.length)] ?? '');
    const script = Object.fromEntries(
      people.map(({ address }) => [address, callees[Math.floor(next() * callees.length)] ?? 'answers']),
    );
    const call = { callSid, from, to };
    const parameters = voiceParameters({ ...call, accountSid: ACCOUNT_SID });
    const end = () =>
      twin.post('/twilio/status', { ...parameters, CallStatus: 'completed', CallDuration: '9' });
    if (!isWrong && next() < 0.1) {
      // The caller gives up while it rings: the carrier only says that the call is over.
      await twin.post('/twilio/voice', parameters);
      await end();
      stories.push({ id: callSid, outcome: 'abandoned', by: undefined });
      return;
    }
    const { heard, exchanges } = await twin.call(call, { names, callees: script });
    // Carriers repeat themselves.
    const again = exchanges[Math.floor(next() * exchanges.length)];
    if (again !== undefined && next() < 0.3) await twin.repeat(again);
    await end();
    if (next() < 0.2) await end();
    stories.push({ id: callSid, ...outcomeOf(heard, people) });
  };

  let index = 0;
  const work = async (): Promise<void> => {
    while (index < CALLS) {
      index += 1;
      await callOnce(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return stories;
}

/** What the caller would say if asked how it ended. */
function outcomeOf(
  heard: readonly string[],
  people: readonly Person[],
): { readonly outcome: Outcome; readonly by: Person | undefined } {
  const talk = heard.find((sentence) => sentence.startsWith('talks to '));
  const by = people.find(({ name }) => talk === `talks to ${name}`);
  if (by !== undefined) return { outcome: 'answered', by };
  if (heard.includes('records voicemail')) return { outcome: 'voicemail', by: undefined };
  if (heard.some((sentence) => sentence.startsWith('rings '))) return { outcome: 'missed', by: undefined };
  return { outcome: 'rejected', by: undefined };
}

type CallRecord = {
  readonly id: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly answeredBy: { readonly id: string } | null;
};

/** What the API says, once the last call has been written. */
async function recordsOf(
  office: LiveOffice,
  stories: readonly Told[],
): Promise<ReadonlyMap<string, CallRecord>> {
  const ours = new Set(stories.map(({ id }) => id));
  const deadline = performance.now() + 15_000;
  for (;;) {
    const records = new Map<string, CallRecord>();
    for (let after = ''; ; ) {
      const { body } = await office.admin.get<{ data: readonly CallRecord[]; nextCursor: string | null }>(
        `/calls?limit=100${after}`,
      );
      for (const record of body.data) if (ours.has(record.id)) records.set(record.id, record);
      if (body.nextCursor === null) break;
      after = `&after=${encodeURIComponent(body.nextCursor)}`;
    }
    const ended = [...records.values()].filter(({ state }) => state === 'ended');
    if (ended.length === stories.length || performance.now() > deadline) return records;
    await sleep(100);
  }
}

async function countAll(office: LiveOffice, path: string, first: Doc): Promise<number> {
  let count = 0;
  let page: Doc & { readonly data?: readonly unknown[]; readonly nextCursor?: string | null } = first;
  for (;;) {
    count += page.data?.length ?? 0;
    if (page.nextCursor === null || page.nextCursor === undefined) return count;
    const { body } = await office.admin.get<typeof page>(
      `${path}?limit=100&after=${encodeURIComponent(page.nextCursor)}`,
    );
    page = body;
  }
}

/** A client that is cut off at random and comes back with the last number it saw. */
function watchWithBreaks(office: LiveOffice, t: Parameters<typeof watch>[0]) {
  const messages: LiveMessage[] = [];
  const next = generator(seed + 1);
  let breaks = 0;
  let over = false;
  let wanted = Infinity;
  const began = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    let since: { epoch: string; seq: number } | undefined;
    const deadline = performance.now() + 60_000;
    while (!over && performance.now() < deadline) {
      const client = await watch(t, office.address, office.headers);
      await client.subscribe(['calls'], since);
      if (since === undefined) await client.find(({ type }) => type === 'snapshot');
      began.resolve();
      const pause = 50 + next() * 200;
      for (let waited = 0; waited < pause && !over; waited += 20) {
        await sleep(20);
        // Nothing is counted until it is known how many there were.
        over = Number.isFinite(wanted) && endedCalls([...messages, ...client.messages]) >= wanted;
      }
      client.socket.terminate();
      breaks += 1;
      messages.push(...client.messages);
      const last = client.messages.findLast(({ seq }) => seq !== undefined);
      if (last?.seq !== undefined) {
        since = { epoch: last.epoch ?? since?.epoch ?? '', seq: last.seq };
      }
    }
  };
  const running = run();
  return {
    began: began.promise,
    async end(calls: number) {
      wanted = calls;
      await running;
      return { messages, breaks };
    },
  };
}

function endedCalls(messages: readonly LiveMessage[]): number {
  const ended = new Set<unknown>();
  for (const { name, data } of messages) {
    if (name === 'call.changed' && Reflect.get(Object(data), 'state') === 'ended') {
      ended.add(Reflect.get(Object(data), 'id'));
    }
  }
  return ended.size;
}

function countsOf(stories: readonly Told[]): string {
  const counts = Map.groupBy(stories, ({ outcome }) => outcome);
  return [...counts].map(([outcome, calls]) => `${calls.length} ${outcome}`).join(', ');
}
