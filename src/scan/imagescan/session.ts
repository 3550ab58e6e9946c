import type { Enrichment } from '../findings/enrichment.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { Compute } from '../threads/compute.ts';
import { Evaluations } from './evaluation/evaluations.ts';
import type { SharedEvaluations } from './evaluation/shared-evaluations.ts';
import { RescanRequest } from './rescan-request.ts';
import { PlanCache } from './schedule/plan.ts';
import { StatusDebounce } from './status/debounce.ts';
import { StoredRecord } from './stored-record.ts';

/** The state of one ImageScan that lasts from one reconcile to the next. An ImageScan that is recreated has a new one. */
export class ScanSession {
  readonly record: StoredRecord;
  readonly evaluations: Evaluations;
  readonly rescan = new RescanRequest();
  readonly plans = new PlanCache();
  readonly debounce = new StatusDebounce();

  constructor(
    store: ReportStore,
    compute: Compute,
    shared: SharedEvaluations,
    enrichment?: () => Enrichment | undefined,
  ) {
    this.record = new StoredRecord(store);
    this.evaluations = new Evaluations(store, compute, shared, enrichment);
  }
}
