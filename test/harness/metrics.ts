import { Registry } from 'prom-client';
import { KubeMetrics } from '../../src/kube/metrics.ts';
import { PolicyMetrics } from '../../src/policy/metrics.ts';
import { ScanMetrics } from '../../src/scan/metrics.ts';
import { registerStoreMetrics } from '../../src/scan/store/metrics.ts';
import type { ReportStore } from '../../src/scan/store/report-store.ts';

export interface ServedMetric {
  readonly name: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Every metric that the operator serves. */
export const servedMetrics = (): ServedMetric[] => {
  const registry = new Registry();
  new KubeMetrics(registry);
  new PolicyMetrics(registry, () => []);
  new ScanMetrics(registry, { scans: () => [], database: () => undefined }).queue(() => {
    throw new Error('nothing is scraped');
  });
  // Read at a scrape only.
  registerStoreMetrics(registry, {} as ReportStore);
  return registry.getMetricsAsArray() as unknown as ServedMetric[];
};
