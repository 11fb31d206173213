import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../ports.ts';
import { buildLiveCounter, type LiveCounter } from './counts.ts';
import type { LiveEvent, LiveTopic } from './event.ts';
import type { Joining } from './joining.ts';
import { resetText, statusText } from './messages.ts';
import type { LiveSource } from './reader.ts';
import { isNarrower, isSameView, type LiveViewer } from './view.ts';
import {
  buildWatcher,
  deliver,
  type LivePlace,
  type LiveSink,
  type SharedBatch,
  shareKeyOf,
  type Watcher,
} from './watcher.ts';

export type LiveHubPorts = {
  readonly clock: Clock;
  readonly source: LiveSource;
  readonly joining: Joining;
  readonly onError: (error: unknown) => void;
};

/** One socket's side of the hub. */
export type Subscription = {
  /** Who watches, as was last reviewed. */
  viewer(): LiveViewer;
  /** In place of what was watched before. */
  subscribe(topics: ReadonlySet<LiveTopic>, since?: LivePlace): void;
  /** What the viewer may see has changed. False: it is less than before, and the socket is to end. */
  review(viewer: LiveViewer): boolean;
  leave(): void;
};

type Room = {
  readonly watchers: Set<Watcher>;
  pending: LiveEvent[];
  /** Up to here live sockets were told. */
  told: number;
  epoch: string;
};

/** Events of so long go out together: one write for each socket instead of one for each event. */
const batchMs = 50;
/** Sockets that are written to before the event loop, and the calls on it, get a turn. */
const socketsAtOnce = 25;
const retryMs = 1_000;
const tickMs = 1_000;
/** A client that was behind begins anew when it has taken nearly everything. */
const resyncBytes = 64 * 1024;
const mostBehindMs = 60_000;

/**
 * Who watches what, and the way of an event from the reader to the sockets. A socket gets each event that it is
 * entitled to once and in order: whoever joins reads rows until it stands where the others do.
 */
export class LiveHub {
  /** Whoever opens and closes the sockets counts them here. */
  readonly counter: LiveCounter = buildLiveCounter();
  readonly #ports: LiveHubPorts;
  readonly #rooms = new Map<string, Room>();
  readonly #stop = new AbortController();
  readonly #offs: (() => void)[] = [];
  #flushing: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;

  constructor(ports: LiveHubPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { source } = this.#ports;
    this.#offs.push(
      source.onEvents((events) => this.#take(events)),
      source.onBreak((organizationId) => this.#break(organizationId)),
      source.onState(() => void this.#tellState()),
    );
    this.#ticking ??= this.#tick();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const off of this.#offs) off();
    await this.#flushing;
    await this.#ticking;
  }

  join(viewer: LiveViewer, sink: LiveSink): Subscription {
    const watcher = buildWatcher(viewer, sink, this.counter);
    const room = this.#enter(viewer.organizationId, watcher);
    return {
      viewer: () => watcher.viewer,
      subscribe: (topics, since) => {
        watcher.topics = topics;
        watcher.shareKey = shareKeyOf(watcher.viewer, topics);
        void this.#begin(room, watcher, since);
      },
      review: (next) => this.#review(room, watcher, next),
      leave: () => {
        watcher.generation += 1;
        watcher.state = 'idle';
        room.watchers.delete(watcher);
        if (room.watchers.size === 0) this.#rooms.delete(viewer.organizationId);
      },
    };
  }

  #enter(organizationId: string, watcher: Watcher): Room {
    const { epoch = '', seq = 0 } = this.#ports.source.position(organizationId) ?? {};
    const room = this.#rooms.get(organizationId) ?? { watchers: new Set(), pending: [], told: seq, epoch };
    this.#rooms.set(organizationId, room);
    room.watchers.add(watcher);
    return room;
  }

  #review(room: Room, watcher: Watcher, next: LiveViewer): boolean {
    const { viewer, topics } = watcher;
    if (isNarrower(viewer, next, topics)) return false;
    const isSame = isSameView(viewer, next, topics);
    watcher.viewer = next;
    if (isSame || topics.size === 0) return true;
    // There is more to be seen: from the beginning, as it is now.
    watcher.shareKey = shareKeyOf(next, topics);
    this.#restart(room, watcher);
    return true;
  }

  #restart(room: Room, watcher: Watcher): void {
    this.#sendReset(watcher);
    void this.#begin(room, watcher, undefined);
  }

  #sendReset(watcher: Watcher): void {
    watcher.sink.send([resetText]);
    this.counter.resynced();
  }

  /** Snapshots or what was missed, then rows until the socket stands where the others do. */
  async #begin(room: Room, watcher: Watcher, since: LivePlace | undefined): Promise<void> {
    watcher.generation += 1;
    const { generation } = watcher;
    watcher.state = 'joining';
    const isStale = (): boolean => watcher.generation !== generation || this.#stop.signal.aborted;
    let place = since;
    while (!isStale()) {
      try {
        if (place !== undefined) place = await this.#resume(watcher, place, isStale);
        if (isStale()) return;
        const epoch = place?.epoch ?? (await this.#showSnapshots(watcher, isStale));
        if (epoch === undefined) return;
        place = { epoch, seq: watcher.prev };
        if (await this.#catchUp(room, watcher, epoch, isStale)) return;
      } catch (error) {
        this.#ports.onError(error);
        if (isStale()) return;
        watcher.sink.send([statusText({ ...this.#ports.source.state(), state: 'lagging' })]);
        await delay(retryMs, undefined, { ref: false });
      }
    }
  }

  /** Undefined: it is too late for that, and the client was told. */
  async #resume(watcher: Watcher, since: LivePlace, isStale: () => boolean): Promise<LivePlace | undefined> {
    const missed = await this.#ports.joining.readMissed(watcher.viewer.organizationId, since);
    if (isStale()) return since;
    if (missed === 'reset') {
      this.#sendReset(watcher);
      return undefined;
    }
    watcher.position = missed.from;
    watcher.prev = missed.from;
    deliver(watcher, missed.events, missed.epoch);
    return since;
  }

  async #showSnapshots(watcher: Watcher, isStale: () => boolean): Promise<string | undefined> {
    const { viewer, topics } = watcher;
    const { epoch, seq, messages } = await this.#ports.joining.readSnapshots(viewer, topics);
    if (isStale()) return undefined;
    watcher.position = seq;
    watcher.prev = seq;
    watcher.sink.send(messages);
    return epoch;
  }

  /** True: the socket is live, or not ours any more. Throws where rows cannot be read. */
  async #catchUp(room: Room, watcher: Watcher, epoch: string, isStale: () => boolean): Promise<boolean> {
    while (watcher.position < room.told) {
      const events = await this.#ports.joining.readAfter(watcher.viewer.organizationId, watcher.position);
      if (isStale()) return true;
      // Swept, or begun anew: whoever tells of that comes next.
      if (events[0]?.seq !== watcher.position + 1) return this.#miss(room, watcher);
      if (!deliver(watcher, events, epoch)) return this.#fallBehind(watcher);
    }
    watcher.state = 'live';
    watcher.sink.send([statusText(this.#ports.source.state())]);
    return true;
  }

  #miss(room: Room, watcher: Watcher): true {
    this.#restart(room, watcher);
    return true;
  }

  #fallBehind(watcher: Watcher): true {
    watcher.generation += 1;
    watcher.state = 'behind';
    watcher.behindSince = this.#ports.clock.now();
    return true;
  }

  #take(events: readonly LiveEvent[]): void {
    const organizationId = events[0]?.organizationId ?? '';
    const room = this.#rooms.get(organizationId);
    if (room === undefined) return;
    room.pending.push(...events);
    room.epoch = this.#ports.source.position(organizationId)?.epoch ?? room.epoch;
    this.#flushing ??= this.#flushSoon().finally(() => {
      this.#flushing = undefined;
    });
  }

  async #flushSoon(): Promise<void> {
    while (!this.#stop.signal.aborted && [...this.#rooms.values()].some((room) => room.pending.length > 0)) {
      await delay(batchMs);
      for (const room of this.#rooms.values()) await this.#flush(room);
    }
  }

  async #flush(room: Room): Promise<void> {
    const events = room.pending;
    const last = events.at(-1);
    if (last === undefined) return;
    const { epoch } = room;
    room.pending = [];
    // From here on whoever joins reads these from rows, and is passed over below.
    room.told = last.seq;
    const shared: SharedBatch = new Map();
    await this.#each(room.watchers, (watcher) => {
      if (watcher.state !== 'live') return;
      // It joined before the reader knew where the stream stood: what lies between is read from rows.
      const hasGap = (events[0]?.seq ?? 0) > watcher.position + 1;
      if (hasGap) void this.#begin(room, watcher, { epoch, seq: watcher.prev });
      else if (!deliver(watcher, events, epoch, shared)) this.#fallBehind(watcher);
    });
  }

  /** The calls on the same event loop get a turn between. */
  async #each(watchers: ReadonlySet<Watcher>, work: (watcher: Watcher) => void): Promise<void> {
    let count = 0;
    for (const watcher of watchers) {
      work(watcher);
      count += 1;
      if (count % socketsAtOnce === 0) await turn();
    }
  }

  #break(organizationId: string): void {
    const room = this.#rooms.get(organizationId);
    const position = this.#ports.source.position(organizationId);
    if (room === undefined || position === undefined) return;
    room.pending = [];
    room.told = position.seq;
    room.epoch = position.epoch;
    void this.#each(room.watchers, (watcher) => {
      if (watcher.state !== 'idle') this.#restart(room, watcher);
    });
  }

  async #tellState(): Promise<void> {
    const text = statusText(this.#ports.source.state());
    for (const room of this.#rooms.values()) {
      await this.#each(room.watchers, (watcher) => {
        if (watcher.state === 'live') watcher.sink.send([text]);
      });
    }
  }

  /** Those that were behind begin anew when they have taken what they had, and end when they never do. */
  async #tick(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(tickMs, undefined, { signal, ref: false }).catch(() => undefined);
      const now = this.#ports.clock.now();
      for (const room of this.#rooms.values()) {
        for (const watcher of room.watchers) {
          if (watcher.state !== 'behind') continue;
          if (watcher.sink.bufferedBytes() <= resyncBytes) this.#restart(room, watcher);
          else if (now - watcher.behindSince > mostBehindMs) watcher.sink.close(1013, 'too slow');
        }
      }
    }
  }
}
