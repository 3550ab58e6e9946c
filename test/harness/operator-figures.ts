import type { Registry } from 'prom-client';
import { until } from './until.ts';

/** An idle operator counts as quiet after this long without activity; what settles needs 500 ms. */
const QUIET_MS = 1_000;

const sumBy = async (registry: Registry, metric: string, label: string): Promise<Record<string, number>> => {
  // An operator that leaves ImageScans alone counts no scans.
  const text = registry.getSingleMetric(metric) === undefined ? '' : await registry.getSingleMetricAsString(metric);
  const sums: Record<string, number> = {};
  // What never happened is left out.
  for (const [, name = '', value] of text.matchAll(
    new RegExp(`\\{[^}]*\\b${label}="([^"]*)"[^}]*\\} ([1-9]\\d*)`, 'g'),
  )) {
    sums[name] = (sums[name] ?? 0) + Number(value);
  }
  return sums;
};

/** Requests to the API server by method, as an operator counts them itself. */
export const apiRequests = (registry: Registry): Promise<Record<string, number>> =>
  sumBy(registry, 'rest_client_requests_total', 'method');

/** Scans of images that ended, by result: success, failure. */
export const scansMade = (registry: Registry): Promise<Record<string, number>> =>
  sumBy(registry, 'palisade_scans_total', 'result');

export interface Figures {
  readonly requests: Record<string, number>;
  readonly scans: Record<string, number>;
}

const figures = async (registry: Registry): Promise<Figures> => ({
  requests: await apiRequests(registry),
  scans: await scansMade(registry),
});

const sum = async (registry: Registry, metric: string): Promise<number> => {
  const values = (await registry.getSingleMetric(metric)?.get())?.values ?? [];
  return values.reduce((total, { value }) => total + value, 0);
};

/** Whether keys wait, or are being handled, or images are being scanned. */
const isBusy = async (registry: Registry): Promise<boolean> => {
  const metrics = ['workqueue_depth', 'workqueue_unfinished_work_seconds', 'palisade_scans_running'];
  return (await Promise.all(metrics.map((metric) => sum(registry, metric)))).some((value) => value > 0);
};

/** Waits until an operator is idle: Events come after the status. */
export const quiet = async (registry: Registry, ms = 60_000): Promise<Figures> => {
  let before = '';
  let since = Date.now();
  return await until(
    'the operator is quiet',
    async () => {
      const now = await figures(registry);
      if (JSON.stringify(now) !== before || (await isBusy(registry))) since = Date.now();
      before = JSON.stringify(now);
      return Date.now() - since > QUIET_MS ? now : undefined;
    },
    ms,
  );
};
