/** What is counted of the sockets of this process. */
export type LiveCounts = {
  readonly sockets: number;
  /** Events times sockets that got them. */
  readonly sent: number;
  /** How often a socket was told to forget what it had: new snapshots followed. */
  readonly resyncs: number;
  /** Sockets that are gone, by closing code. */
  readonly closes: ReadonlyMap<string, number>;
};

export type LiveCounter = {
  opened(): void;
  /** A client may choose any code: those that say nothing to us are counted together. */
  closed(code: number): void;
  sent(events: number): void;
  resynced(): void;
  read(): LiveCounts;
};

/** Of the protocol, and ours (plugins/live/README.md). */
const codes: ReadonlySet<number> = new Set([
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4401, 4403,
]);

export function buildLiveCounter(): LiveCounter {
  const closes = new Map<string, number>();
  let [sockets, sent, resyncs] = [0, 0, 0];
  return {
    opened() {
      sockets += 1;
    },
    closed(code) {
      sockets -= 1;
      const label = codes.has(code) ? String(code) : 'other';
      closes.set(label, (closes.get(label) ?? 0) + 1);
    },
    sent(events) {
      sent += events;
    },
    resynced() {
      resyncs += 1;
    },
    read: () => ({ sockets, sent, resyncs, closes }),
  };
}
