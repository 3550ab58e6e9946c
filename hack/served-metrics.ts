import { pino } from 'pino';
import { Registry } from 'prom-client';
import { KubeMetrics } from '../src/kube/metrics.ts';
import { PooledKubeConfig } from '../src/kube/rest/kubeconfig.ts';
import { Leadership } from '../src/operator/leadership.ts';
import { PolicyMetrics, registerAdmissionPolicyMetrics } from '../src/policy/metrics.ts';
import { ScanMetrics } from '../src/scan/engine/metrics.ts';
import { registerImageScanMetrics } from '../src/scan/imagescan/metrics.ts';
import { registerStoreMetrics } from '../src/scan/store/metrics.ts';
import type { ReportStore } from '../src/scan/store/report-store.ts';
import { registerProcessMetrics } from '../src/telemetry/process-metrics.ts';

export interface ServedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Every metric that the operator serves. */
export const servedMetrics = (): ServedMetric[] => {
  const registry = new Registry();
  const metrics = new KubeMetrics(registry);
  const settings = { namespace: 'n', identity: 'i', leaseMs: 3, deadlineMs: 2, retryMs: 1 };
  new Leadership({ kubeConfig: new PooledKubeConfig(), settings, registry, metrics, log: pino({ enabled: false }) });
  new PolicyMetrics(registry, () => []);
  registerAdmissionPolicyMetrics(registry, [], () => 'Unknown');
  registerImageScanMetrics(registry, () => []);
  new ScanMetrics(registry, () => undefined).queue(() => {
    throw new Error('nothing is scraped');
  });
  // Read at a scrape only.
  registerStoreMetrics(registry, {} as ReportStore);
  registerProcessMetrics(registry, '0.0.0');
  // Of the process: named in the docs all together.
  const ofProcess = /^(?:process|nodejs)_/;
  return (registry.getMetricsAsArray() as unknown as ServedMetric[]).filter(({ name }) => !ofProcess.test(name));
};
