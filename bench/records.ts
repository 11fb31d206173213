import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { CallLogEntry } from '../services/routing/calls/call-log.ts';
import { buildSecretBox } from '../services/routing/calls/secret-box.ts';
import { compileDirectory, type Directory } from '../services/routing/domain/directory.ts';
import { resolve } from '../services/routing/domain/resolve.ts';
import type { RecordStore } from '../services/routing/live/record-store.ts';
import { RecordThread } from '../services/routing/live/record-thread.ts';
import { RecordWriter } from '../services/routing/live/record-writer.ts';
import { openSpill } from '../services/routing/live/spill.ts';
import { tellPastCall } from '../services/routing/past-call.ts';
import { type Database, inOrganization, openDatabase } from '../services/storage/database.ts';
import { testDatabase } from '../test/support/database.ts';
import { temporaryFolder } from '../test/support/postgres.ts';
import { benchDirectory, didOf } from './directory.ts';

/**
 * `npm run bench -- records`: what the records of calls cost, behind the answers. Calls to 100,000 users at random go
 * into the real writer over a real Postgres, at fixed rates: first calls of which only the decision is told, then whole
 * calls (decision, legs, ends of steps, status) whose notes come 300 ms apart. CPU and not time, because the machine is
 * shared: of the main thread, of the process, and of the connections in Postgres. False: the main thread spends more on
 * a decision than it may.
 */

const MUST_US = 10;
const USERS = 100_000;
const RATES = [500, 2_000] as const;
const SECONDS = 4;
const APART_MS = 300;

type Teardown = Parameters<typeof testDatabase>[0];
type Kind = 'decision' | 'call';

/** CPU microseconds of one decision or call. */
type Cost = { readonly main: number; readonly process: number; readonly postgres: number };
type Tick = Omit<Cost, 'postgres'>;

export async function benchRecords(): Promise<boolean> {
  const ends: (() => Promise<void> | void)[] = [];
  try {
    return await measure({ after: (run) => void ends.push(run) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

async function measure(t: Teardown): Promise<boolean> {
  const { url } = await testDatabase(t);
  const database = openDatabase({ url, poolSize: 2, applicationName: 'linefinder records' });
  t.after(() => database.close());
  // One thread for all: its beginning is the start's and not the calls'.
  const thread = new RecordThread({ databaseUrl: url });
  t.after(() => thread.close());
  const store = { write: thread.write.bind(thread), close: async () => undefined };
  const data = benchDirectory(USERS);
  await insertOffice(database, data.organization.id);
  const directory = compileDirectory(data);
  const idle = await idleCost();
  for (const kind of ['decision', 'call'] as const) {
    await run(t, store, database, directory, kind, 1_000, 2, idle);
    await sql`vacuum analyze call, call_user, call_day, live_event`.execute(database.kysely);
  }
  console.log(`a decision without reasons takes ${plainCost(directory).toFixed(1)} µs here and now`);
  let worst = 0;
  for (const kind of ['decision', 'call'] as const) {
    for (const rate of RATES) {
      const { main, process, postgres } = await run(t, store, database, directory, kind, rate, SECONDS, idle);
      if (kind === 'decision') worst = Math.max(worst, main);
      const parts = [`main thread ${main.toFixed(1)} µs`, `process ${process.toFixed(1)} µs`];
      console.log(`${rate} a second, per ${kind}: ${parts.join(', ')}, Postgres ${postgres.toFixed(1)} µs`);
    }
  }
  console.log(`records: ${worst.toFixed(1)} µs of the main thread per decision at most`);
  return worst <= MUST_US;
}

/** What the other figures are to be held against: the machine is faster when nobody else works on it. */
function plainCost(directory: Directory): number {
  const notes = notesOf(directory, 'decision', 20_000, 20_000).flat();
  const before = process.threadCpuUsage();
  for (const note of notes) if (note.type === 'decided') resolve(directory, note.call, note.at);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / notes.length;
}

async function run(
  t: Teardown,
  store: RecordStore,
  database: Database,
  directory: Directory,
  kind: Kind,
  rate: number,
  seconds: number,
  idle: Tick,
): Promise<Cost> {
  const count = rate * seconds;
  const waiting = notesOf(directory, kind, rate, count);
  const errors: unknown[] = [];
  const box = buildSecretBox(['bench-key-of-at-least-32-characters'], randomBytes);
  const folder = await temporaryFolder(t);
  const onError = (error: unknown): void => void errors.push(error);
  const spill = openSpill({ folder, box, mark: 'bench', onError });
  const writer = new RecordWriter({ store, spill, onError });
  globalThis.gc?.();
  writer.start();
  await sleep(300);
  const before = await usage(database);
  await feed(waiting, (entry) => writer.append(entry));
  // The thread's connections are to be looked at before they are closed.
  while (writer.counts().waiting > 0) await sleep(50);
  const after = await usage(database);
  await writer.close();
  const { written } = writer.counts();
  const share = written / waiting.flat().length;
  if (errors.length > 0) throw new Error('records were not written', { cause: errors[0] });
  // A machine with too much to do does not keep up: memory is bounded.
  if (share < 1) console.log(`${rate} a second was too much: ${(share * 100).toFixed(0)} % were written`);
  const each = (used: number) => used / count / share;
  return {
    main: each(after.main - before.main - idle.main * waiting.length),
    process: each(after.process - before.process - idle.process * waiting.length),
    postgres: each(after.postgres - before.postgres),
  };
}

/** One list of notes for each of the ticks in which they are told. */
const tickMs = 10;

function notesOf(directory: Directory, kind: Kind, rate: number, count: number): readonly CallLogEntry[][] {
  const run = randomBytes(6).toString('hex');
  const ticks: CallLogEntry[][] = [];
  for (let index = 0; index < count; index += 1) {
    const entries = callOf(directory, `CA${run}${index.toString(16).padStart(20, '0')}`, index);
    const begun = Math.floor((index * 1_000) / rate / tickMs);
    for (const [place, entry] of (kind === 'call' ? entries : entries.slice(0, 1)).entries()) {
      const tick = begun + place * (APART_MS / tickMs);
      while (ticks.length <= tick) ticks.push([]);
      ticks[tick]?.push(entry);
    }
  }
  return ticks;
}

/** Three of four are answered, the others end at the mailbox or with the caller hanging up. */
function callOf(directory: Directory, callId: string, index: number): readonly CallLogEntry[] {
  const user = Math.abs(Math.imul(index + 1, 2_654_435_761)) % USERS;
  const from = { kind: 'number', number: `+1415555${String(index % 10_000).padStart(4, '0')}` } as const;
  const call = { callId, from, to: { kind: 'number', number: didOf(user) } } as const;
  return tellPastCall(directory, {
    call,
    at: Date.now(),
    endOf: (step) => {
      if (step.action !== 'ring') return { outcome: 'completed', seconds: 6 };
      const [target] = step.targets;
      if (index % 8 === 7) return { outcome: 'canceled', seconds: 9 };
      if (index % 4 === 3 || target === undefined) return { outcome: 'no-answer', seconds: 20 };
      return { outcome: 'answered', answeredBy: target.userId, seconds: 5, talkSeconds: 40 + (index % 200) };
    },
  });
}

async function feed(
  waiting: readonly (readonly CallLogEntry[])[],
  append: (entry: CallLogEntry) => void,
): Promise<void> {
  const begun = performance.now();
  for (const [tick, entries] of waiting.entries()) {
    const due = begun + tick * tickMs;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    for (const entry of entries) append(entry);
  }
}

/** What the clock of the feed costs by itself. */
async function idleCost(): Promise<Tick> {
  const ticks = 300;
  const [before, all] = [process.threadCpuUsage(), process.cpuUsage()];
  await feed(
    Array.from({ length: ticks }, () => []),
    () => undefined,
  );
  const each = ({ user, system }: NodeJS.CpuUsage) => (user + system) / ticks;
  return { main: each(process.threadCpuUsage(before)), process: each(process.cpuUsage(all)) };
}

async function usage(database: Database): Promise<Cost> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database()`.execute(database.kysely);
  const [main, all] = [process.threadCpuUsage(), process.cpuUsage()];
  return {
    main: main.user + main.system,
    process: all.user + all.system,
    postgres: rows.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
  };
}

/** Microseconds, of a process with one thread. */
function cpuOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
}

/** The organization and its people, as the settings of missed calls are read from them. */
async function insertOffice(database: Database, id: string): Promise<void> {
  await inOrganization(database, id, async (trx) => {
    await trx
      .insertInto('organization')
      .values({
        id,
        slug: 'bench',
        name: 'Bench',
        time_zone: 'UTC',
        default_country: 'US',
        sip_domain: 'pbx.example',
      })
      .execute();
  });
  for (let from = 0; from < USERS; from += 10_000) {
    await inOrganization(database, id, async (trx) => {
      await sql`insert into "user" (organization_id, id, kind, login, first_name, last_name, status)
        select ${id}, ('01900000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'username', 'user' || n, 'User',
          n::text, 'active' from generate_series(${from}::integer, ${from + 9_999}::integer) as n`.execute(
        trx,
      );
    });
  }
}
