import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Kev } from '../findings/known-exploited.ts';
import { FAILURE_REASONS, type FailureReason } from '../scan-error.ts';
import type { ScanCounts } from './queue/scan-state.ts';

/** The two things that Trivy is run for. */
const STEPS = ['analyze', 'match'] as const;
type ScanStep = (typeof STEPS)[number];

const labelsOf = (reason: FailureReason | undefined) => ({
  result: reason === undefined ? 'success' : 'failure',
  reason: reason ?? '',
});

/** The metrics of scanning; gauges are read at each scrape. */
export class ScanMetrics {
  readonly #registry: Registry;
  readonly #scans: Counter<'result' | 'reason'>;
  readonly #seconds: Histogram<'step'>;

  /**
   * Both are read at each scrape.
   * @param database when the vulnerability database was made, RFC 3339; undefined while there is none
   * @param kev undefined while none is in use
   */
  constructor(registry: Registry, database: () => string | undefined, kev: () => Kev | undefined = () => undefined) {
    this.#registry = registry;
    this.#scans = new Counter({
      name: 'palisade_scans_total',
      help: 'Finished image scans, by result and by the reason of a failure. A failed lookup of target.images counts as a failed scan.',
      labelNames: ['result', 'reason'],
      registers: [registry],
    });
    this.#seconds = new Histogram({
      name: 'palisade_scan_step_duration_seconds',
      help: 'Duration of the analysis of an image, with the pull, and of matching an analysis against the database.',
      labelNames: ['step'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
      registers: [registry],
    });
    // From the start at 0: Prometheus sees no increase in a series that begins above 0.
    for (const reason of [undefined, ...FAILURE_REASONS]) this.#scans.inc(labelsOf(reason), 0);
    for (const step of STEPS) this.#seconds.zero({ step });
    new Gauge({
      name: 'palisade_database_timestamp_seconds',
      help: 'Build time of the vulnerability database, in seconds since 1970; 0 while there is none.',
      registers: [registry],
      collect() {
        this.set(Date.parse(database() ?? '1970-01-01T00:00:00Z') / 1000);
      },
    });
    new Gauge({
      name: 'palisade_kev_timestamp_seconds',
      help: 'Release time of the KEV that is in use (--enrichment), in seconds since 1970; 0 while there is none, or its age is not known.',
      registers: [registry],
      collect() {
        this.set((kev()?.releasedAt ?? 0) / 1000);
      },
    });
  }

  scanned(reason: FailureReason | undefined): void {
    this.#scans.inc(labelsOf(reason));
  }

  async timed<T>(step: ScanStep, work: () => Promise<T>): Promise<T> {
    const end = this.#seconds.startTimer({ step });
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** @param counts read at each scrape */
  queue(counts: () => ScanCounts): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'palisade_scan_queue_depth',
      help: 'Images that wait for a scan, by priority.',
      labelNames: ['priority'],
      registers,
      collect() {
        for (const [priority, depth] of Object.entries(counts().waiting)) this.set({ priority }, depth);
      },
    });
    new Gauge({
      name: 'palisade_scans_running',
      help: 'Running scans.',
      registers,
      collect() {
        this.set(counts().running);
      },
    });
  }
}
