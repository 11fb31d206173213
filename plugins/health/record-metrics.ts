import { Counter, Gauge, type Registry } from 'prom-client';
import type { RecordCounts } from '../../services/routing/live/record-writer.ts';

/** How the records of calls get to the store. `counts` is read when the metrics are asked for. */
export function addRecordMetrics(registry: Registry, counts: () => RecordCounts): void {
  const registers = [registry];
  const counter = (name: string, help: string, read: (counts: RecordCounts) => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(counts()));
      },
    });
  };
  counter(
    'linefinder_call_records_written_total',
    'Events of calls that the store took.',
    (of) => of.written,
  );
  counter(
    'linefinder_call_records_spilled_total',
    'Events of calls that went to the disk because the store did not answer.',
    (of) => of.spilled,
  );
  counter('linefinder_call_records_dropped_total', 'Events of calls that are lost.', (of) => of.dropped);
  new Gauge({
    name: 'linefinder_call_records_waiting',
    help: 'Events of calls in memory that are not written yet.',
    registers,
    collect() {
      this.set(counts().waiting);
    },
  });
}
