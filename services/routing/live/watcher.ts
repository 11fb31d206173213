import type { LiveCounter } from './counts.ts';
import type { LiveEvent, LiveTopic } from './event.ts';
import { eventText } from './messages.ts';
import { type LiveViewer, seesEvent, seesEverything } from './view.ts';

/** The socket, as far as the hub knows it. */
export type LiveSink = {
  /** Each a message of its own, in one write where that is possible. */
  send(messages: readonly (string | Buffer)[]): void;
  /** Bytes that the client has not taken yet. */
  bufferedBytes(): number;
  close(code: number, reason: string): void;
};

/** Where a client was when it was last here. */
export type LivePlace = { readonly epoch: string; readonly seq: number };

/** `idle`: subscribed to nothing. `joining`: snapshots or missed events are read. `behind`: the client takes too little. */
export type WatcherState = 'idle' | 'joining' | 'live' | 'behind';

/** What the hub remembers of one socket. */
export type Watcher = {
  readonly sink: LiveSink;
  readonly counter: LiveCounter;
  viewer: LiveViewer;
  topics: ReadonlySet<LiveTopic>;
  state: WatcherState;
  /** Number of the last event that was considered for this socket. */
  position: number;
  /** Number of the last one that it got, or of its snapshots. */
  prev: number;
  /** Raised with each subscription: what an earlier one still reads is dropped. */
  generation: number;
  /** Since when the client takes too little, epoch ms. */
  behindSince: number;
  /** Sockets with the same key see the same; undefined: this one sees its own alone. */
  shareKey: string | undefined;
};

export function buildWatcher(viewer: LiveViewer, sink: LiveSink, counter: LiveCounter): Watcher {
  return {
    sink,
    counter,
    viewer,
    topics: new Set(),
    state: 'idle',
    position: 0,
    prev: 0,
    generation: 0,
    behindSince: 0,
    shareKey: undefined,
  };
}

export function shareKeyOf(viewer: LiveViewer, topics: ReadonlySet<LiveTopic>): string | undefined {
  if (!seesEverything(viewer, topics)) return undefined;
  return `${[...topics].sort().join(',')}|${viewer.numbers || !topics.has('calls')}`;
}

/** Past this a client gets nothing more until it has taken what it has: 1 MiB. */
const mostBuffered = 1024 * 1024;

/** What sockets that see the same get of one batch: made once. */
export type SharedBatch = Map<string, { readonly messages: readonly Buffer[]; readonly prev: number }>;

/** Sends what of these events the watcher sees. False: the client is behind, and got nothing. */
export function deliver(
  watcher: Watcher,
  events: readonly LiveEvent[],
  epoch: string,
  shared?: SharedBatch,
): boolean {
  const last = events.at(-1)?.seq ?? 0;
  if (last <= watcher.position) return true;
  if (watcher.sink.bufferedBytes() > mostBuffered) return false;
  const isWhole = events[0]?.seq === watcher.position + 1;
  const batch =
    shared !== undefined && watcher.shareKey !== undefined && isWhole
      ? sharedBatch(shared, watcher.shareKey, watcher, events, epoch)
      : ownBatch(watcher, events, epoch);
  watcher.position = last;
  watcher.prev = batch.prev;
  if (batch.messages.length > 0) {
    watcher.sink.send(batch.messages);
    watcher.counter.sent(batch.messages.length);
  }
  return true;
}

function sharedBatch(
  shared: SharedBatch,
  shareKey: string,
  watcher: Watcher,
  events: readonly LiveEvent[],
  epoch: string,
) {
  const key = `${shareKey}|${watcher.prev}`;
  const known = shared.get(key);
  if (known !== undefined) return known;
  const own = ownBatch(watcher, events, epoch);
  const made = { messages: own.messages.map((text) => Buffer.from(text)), prev: own.prev };
  shared.set(key, made);
  return made;
}

function ownBatch({ viewer, topics, position, prev }: Watcher, events: readonly LiveEvent[], epoch: string) {
  const messages: string[] = [];
  let last = prev;
  for (const event of events) {
    if (event.seq <= position || !topics.has(event.topic) || !seesEvent(viewer, event)) continue;
    messages.push(eventText(event, epoch, last, viewer));
    last = event.seq;
  }
  return { messages, prev: last };
}
