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
    help: 'Bytes by which the report store exceeds its limit, because all of its files are in use.',
    registers,
    collect() {
      this.set(store.overBytes());
    },
  });
  new Counter({
    name: 'palisade_report_store_damaged_files_total',
    help: 'Damaged files that were found in the report store and removed; they are created again.',
    registers,
    collect() {
      this.reset();
      this.inc(store.damaged());
    },
  });
}
