import { Counter, Gauge, type Registry } from 'prom-client';
import type { LiveCounts } from '../../services/routing/live/counts.ts';

/** Who watches. `counts` is read when the metrics are asked for. */
export function addLiveMetrics(registry: Registry, counts: () => LiveCounts): void {
  const registers = [registry];
  new Gauge({
    name: 'linefinder_live_sockets',
    help: 'Websockets that are open.',
    registers,
    collect() {
      this.set(counts().sockets);
    },
  });
  new Counter({
    name: 'linefinder_live_events_sent_total',
    help: 'Events that were sent, counted once for each websocket.',
    registers,
    collect() {
      this.reset();
      this.inc(counts().sent);
    },
  });
  new Counter({
    name: 'linefinder_live_resyncs_total',
    help: 'Websockets that were told to begin anew, each time.',
    registers,
    collect() {
      this.reset();
      this.inc(counts().resyncs);
    },
  });
  new Counter({
    name: 'linefinder_live_closes_total',
    help: 'Websockets that are gone, by closing code.',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset();
      for (const [code, sockets] of counts().closes) this.inc({ code }, sockets);
    },
  });
}
