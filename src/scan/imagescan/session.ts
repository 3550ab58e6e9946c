import type { ReportStore } from '../store/report-store.ts';
import { Evaluations } from './evaluation/evaluations.ts';
import type { SharedFindings } from './evaluation/shared-findings.ts';
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

  constructor(store: ReportStore, findings: SharedFindings) {
    this.record = new StoredRecord(store);
    this.evaluations = new Evaluations(store, findings);
  }
}
