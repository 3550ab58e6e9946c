import { pino } from 'pino';
import { Registry } from 'prom-client';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import { KubeMetrics } from '../../src/kube/metrics.ts';
import { PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { Leadership } from '../../src/operator/leadership.ts';
import { ADMISSION_POLICIES } from '../../src/policy/admission-policies.ts';
import { PolicyMetrics, registerAdmissionPolicyMetrics } from '../../src/policy/metrics.ts';
import { ScanMetrics } from '../../src/scan/engine/metrics.ts';
import { PRIORITIES } from '../../src/scan/engine/queue/scan-request.ts';
import type { ScanCounts } from '../../src/scan/engine/queue/scan-state.ts';
import { registerImageScanMetrics } from '../../src/scan/imagescan/metrics.ts';
import { registerStoreMetrics } from '../../src/scan/store/metrics.ts';
import type { ReportStore } from '../../src/scan/store/report-store.ts';
import { NamespaceSeries } from '../../src/telemetry/namespace-series.ts';
import { registerProcessMetrics } from '../../src/telemetry/process-metrics.ts';

export interface ServedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Values by label, by metric. */
export type LabelValues = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

const NOTHING_WAITS: ScanCounts = {
  waiting: Object.fromEntries(PRIORITIES.map((priority) => [priority, 0])) as ScanCounts['waiting'],
  running: 0,
  backingOff: 0,
  failed: 0,
};

const EMPTY_STORE = { count: () => 0, bytes: () => 0, overBytes: () => 0, damaged: () => 0 };

/** Everything that the operator registers, for a cluster without policies and ImageScans. */
const registerAll = (): Registry => {
  const registry = new Registry();
  const metrics = new KubeMetrics(registry);
  for (const { kind } of [CONTAINER_SECURITY_POLICY, IMAGE_SCAN]) metrics.queue(kind.toLowerCase());
  const settings = { namespace: 'n', identity: 'i', leaseMs: 3, deadlineMs: 2, retryMs: 1 };
  new Leadership({ kubeConfig: new PooledKubeConfig(), settings, registry, metrics, log: pino({ enabled: false }) });
  const namespaces = new NamespaceSeries({ registry, most: 1, log: pino({ enabled: false }) });
  new PolicyMetrics(registry, () => [], namespaces);
  registerAdmissionPolicyMetrics(registry, ADMISSION_POLICIES, () => 'Unknown');
  registerImageScanMetrics(registry, () => [], namespaces);
  new ScanMetrics(registry, () => undefined).queue(() => NOTHING_WAITS);
  registerStoreMetrics(registry, EMPTY_STORE as unknown as ReportStore);
  registerProcessMetrics(registry, '0.0.0');
  return registry;
};

/** Of the process: named in the docs all together. */
const isOfProcess = ({ name }: { readonly name: string }): boolean => /^(?:process|nodejs)_/.test(name);

/** Every metric that the operator serves. */
export const servedMetrics = (): ServedMetric[] =>
  (registerAll().getMetricsAsArray() as unknown as ServedMetric[]).filter((metric) => !isOfProcess(metric));

/** The values that labels have before anything happens. */
export const servedLabelValues = async (): Promise<LabelValues> => {
  const served = (await registerAll().getMetricsAsJSON()).filter((metric) => !isOfProcess(metric));
  return new Map(
    served.map(({ name, values }) => {
      const pairs = values.flatMap(({ labels }) => Object.entries(labels));
      const byLabel = Map.groupBy(pairs, ([label]) => label);
      return [name, new Map([...byLabel].map(([label, its]) => [label, distinct(its.map(([, value]) => `${value}`))]))];
    }),
  );
};

const distinct = (values: readonly string[]): string[] => [...new Set(values)].filter((value) => value !== '');
