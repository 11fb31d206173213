import { type Database, inOrganization, type Transaction } from '../../storage/database.ts';
import {
  ensureLiveStream,
  findLiveStream,
  type LiveStream,
  listLiveEvents,
} from '../../storage/live-streams.ts';
import type { LiveEvent, LiveTopic } from './event.ts';
import { snapshotText } from './messages.ts';
import { type LiveViewer, seesEverything } from './view.ts';
import { type LivePlace, shareKeyOf } from './watcher.ts';

/** What there is at this moment, of one topic; in a transaction that sees one instant. */
export type SnapshotProvider = {
  readonly topic: LiveTopic;
  read(trx: Transaction, viewer: LiveViewer): Promise<unknown>;
};

/** What a socket begins with. Events after `seq` come next. */
export type Snapshots = {
  readonly epoch: string;
  readonly seq: number;
  readonly messages: readonly string[];
};

/** What was missed, with where the stream stands; `reset`: that cannot be told any more. */
export type Missed =
  | 'reset'
  | { readonly epoch: string; readonly from: number; readonly events: readonly LiveEvent[] };

export type Joining = {
  readSnapshots(viewer: LiveViewer, topics: ReadonlySet<LiveTopic>): Promise<Snapshots>;
  readMissed(organizationId: string, since: LivePlace): Promise<Missed>;
  /** Some of the events after this number, from the first on. */
  readAfter(organizationId: string, after: number): Promise<readonly LiveEvent[]>;
};

/** Whoever missed more begins anew: that is less to read and less to send. */
const mostMissed = 5_000;
const eventsAtOnce = 1_000;
/** When a replica ends, thousands come to the next: this many reads at a time, and what is equal is read once. */
const mostReads = 3;
const sharedForMs = 100;

export function buildJoining(database: Database, providers: readonly SnapshotProvider[]): Joining {
  const gate = buildGate(mostReads);
  const snapshots = buildSharedReads<Snapshots>(sharedForMs);
  const rows = buildSharedReads<readonly LiveEvent[]>(0);
  const streams = buildSharedReads<LiveStream>(0);
  const read = <T>(organizationId: string, work: (trx: Transaction) => Promise<T>): Promise<T> =>
    gate(() => inOrganization(database, organizationId, work, { readOnly: true, snapshot: true }));
  const readAfter = (organizationId: string, after: number) =>
    rows(`${organizationId}|${after}`, () =>
      read(organizationId, (trx) => listLiveEvents(trx, organizationId, after, eventsAtOnce)),
    );
  return {
    async readSnapshots(viewer, topics) {
      const { organizationId } = viewer;
      await ensureStream(database, gate, organizationId, streams);
      const work = () => read(organizationId, (trx) => readAll(trx, viewer, topics, providers));
      const key = shareKeyOf(viewer, topics);
      return key === undefined || !seesEverything(viewer, topics)
        ? work()
        : snapshots(`${organizationId}|${key}`, work);
    },
    async readMissed(organizationId, since) {
      const stream = await streams(organizationId, () =>
        read(organizationId, (trx) => getStream(trx, organizationId)),
      );
      if (stream.epoch !== since.epoch || since.seq > stream.seq) return 'reset';
      if (stream.seq - since.seq > mostMissed) return 'reset';
      if (stream.seq === since.seq) return { epoch: stream.epoch, from: since.seq, events: [] };
      const events = await readAfter(organizationId, since.seq);
      // Swept: it was too long ago.
      if (events[0]?.seq !== since.seq + 1) return 'reset';
      return { epoch: stream.epoch, from: since.seq, events };
    },
    readAfter,
  };
}

const noStream: Omit<LiveStream, 'organizationId'> = { epoch: '', seq: 0 };

async function getStream(trx: Transaction, organizationId: string): Promise<LiveStream> {
  return (await findLiveStream(trx, organizationId)) ?? { ...noStream, organizationId };
}

/** Before the snapshot's transaction, which only reads. */
async function ensureStream(
  database: Database,
  gate: Gate,
  organizationId: string,
  streams: SharedReads<LiveStream>,
): Promise<void> {
  const find = () =>
    gate(() =>
      inOrganization(database, organizationId, (trx) => getStream(trx, organizationId), { readOnly: true }),
    );
  const { epoch } = await streams(organizationId, find);
  if (epoch === '') await gate(() => ensureLiveStream(database, organizationId));
}

async function readAll(
  trx: Transaction,
  viewer: LiveViewer,
  topics: ReadonlySet<LiveTopic>,
  providers: readonly SnapshotProvider[],
): Promise<Snapshots> {
  const { epoch, seq } = await getStream(trx, viewer.organizationId);
  const messages: string[] = [];
  for (const topic of topics) {
    const data = await providers.find((provider) => provider.topic === topic)?.read(trx, viewer);
    messages.push(snapshotText(topic, epoch, seq, data ?? null));
  }
  return { epoch, seq, messages };
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** At most so many at once; the others wait in their order. */
export function buildGate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => void waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is handed on.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

type SharedReads<T> = (key: string, read: () => Promise<T>) => Promise<T>;

/** Whoever asks for the same while it is read, or shortly after, gets the same; a failure is nobody else's. */
function buildSharedReads<T>(keepMs: number): SharedReads<T> {
  const reads = new Map<string, Promise<T>>();
  return (key, read) => {
    const known = reads.get(key);
    if (known !== undefined) return known;
    const made = read();
    reads.set(key, made);
    const forget = (): void => {
      if (reads.get(key) === made) reads.delete(key);
    };
    made.then(() => (keepMs === 0 ? forget() : setTimeout(forget, keepMs).unref()), forget);
    return made;
  };
}
