import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type CallLogEntry, outcomeOf } from '../../services/routing/calls/call-log.ts';
import type { DirectoryStatus, LoadEvent } from '../../services/routing/directory/cache.ts';

/** What is counted. No label ever holds a phone number, a name or anything else that a caller chooses. */
export type Metrics = {
  readonly registry: Registry;
  countCall(entry: CallLogEntry): void;
  countDroppedLines(lines: number): void;
  countLoad(load: LoadEvent): void;
};

/** `status` is read when the metrics are asked for. */
export function buildMetrics(status: () => DirectoryStatus, now: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const decided: CallCounts = { pbx: new Map(), twilio: new Map() };
  const ended: CallCounts = { pbx: new Map(), twilio: new Map() };
  addCallCounter(registers, decided, {
    name: 'linefinder_calls_total',
    help: 'Calls that were decided, by the way they came in and by the first step.',
  });
  addCallCounter(registers, ended, {
    name: 'linefinder_call_results_total',
    help: 'Steps that ended, by how.',
  });
  new Counter({
    name: 'linefinder_unknown_numbers_total',
    help: 'Calls to numbers and extensions that nobody has.',
    labelNames: ['carrier'],
    registers,
    collect() {
      this.reset();
      for (const carrier of carriers) this.inc({ carrier }, decided[carrier].get('reject.not-found') ?? 0);
    },
  });
  const dropped = new Counter({
    name: 'linefinder_call_log_dropped_total',
    help: 'Lines of the call log that found the buffer full.',
    registers,
  });
  const loads = new Counter({
    name: 'linefinder_directory_loads_total',
    help: 'Directories that were read, by where from and what became of them.',
    labelNames: ['source', 'outcome'],
    registers,
  });
  addDirectoryGauges(registry, status, now);
  return {
    registry,
    countCall(entry) {
      if (entry.type === 'step-ended') count(ended[entry.carrier], entry.outcome);
      if (entry.type !== 'decided') return;
      const [first] = entry.decision.steps;
      count(decided[entry.carrier], first === undefined ? 'none' : outcomeOf(first));
    },
    countDroppedLines: (lines) => dropped.inc(lines),
    countLoad: ({ source, outcome }) => loads.inc({ source, outcome }),
  };
}

const carriers = ['pbx', 'twilio'] as const;

/** Counted here and handed over when the metrics are asked for: the library's counter costs as much as a decision. */
type CallCounts = Readonly<Record<(typeof carriers)[number], Map<string, number>>>;

function count(counts: Map<string, number>, outcome: string): void {
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
}

function addCallCounter(
  registers: Registry[],
  counts: CallCounts,
  { name, help }: { readonly name: string; readonly help: string },
): void {
  new Counter({
    name,
    help,
    labelNames: ['carrier', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const carrier of carriers) {
        for (const [outcome, calls] of counts[carrier]) this.inc({ carrier, outcome }, calls);
      }
    },
  });
}

function addDirectoryGauges(registry: Registry, status: () => DirectoryStatus, now: () => number): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: (status: DirectoryStatus) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(status()));
      },
    });
  };
  gauge('linefinder_directories', 'Organizations whose directory is in hand.', (of) => of.organizations);
  gauge(
    'linefinder_directories_behind',
    'Directories older than a version that is known.',
    (of) => of.behind,
  );
  gauge(
    'linefinder_directory_age_seconds',
    'Since the least fresh directory was last compared with a store; -1: never.',
    (of) =>
      of.confirmedAt === null || of.confirmedAt === 0 ? -1 : Math.max(0, now() - of.confirmedAt) / 1_000,
  );
  gauge('linefinder_database_up', '1 while Postgres answers.', (of) => Number(of.reachable.database));
  gauge('linefinder_redis_up', '1 while Redis answers.', (of) => Number(of.reachable.redis));
}
