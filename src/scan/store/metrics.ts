import { Counter, Gauge, type Registry } from 'prom-client';
import { ENTRY_KINDS } from './entry.ts';
import type { ReportStore } from './report-store.ts';

/** The report store's figures, read at each scrape. */
export function registerStoreMetrics(registry: Registry, store: ReportStore): void {
  const registers = [registry];
  new Gauge({
    name: 'palisade_report_store_files',
    help: 'Files in the report store, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of ENTRY_KINDS) this.set({ kind }, store.count(kind));
    },
  });
  new Gauge({
    name: 'palisade_report_store_bytes',
    help: 'Size of the files in the report store, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of ENTRY_KINDS) this.set({ kind }, store.bytes(kind));
    },
  });
  new Gauge({
    name: 'palisade_report_store_over_bytes',
    help: 'How far the report store is beyond its bound because all of it is in use.',
    registers,
    collect() {
      this.set(store.overBytes());
    },
  });
  new Counter({
    name: 'palisade_report_store_damaged_files_total',
    help: 'Files of the report store found damaged, and removed to be made anew.',
    registers,
    collect() {
      this.reset();
      this.inc(store.damaged());
    },
  });
}
