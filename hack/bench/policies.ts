import { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';
import { allReady } from './all-ready.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import type { Figures } from './figures.ts';
import { apiServerMoves, drift, namespaceLabels } from './policy-changes.ts';
import { measureFloor } from './policy-floor.ts';
import { createPolicies } from './policy-spec.ts';
import { cpuTime, longestDelay, rss } from './process-use.ts';

const WRITES = /method="(POST|PATCH|PUT|DELETE)"/;
const LATE_MS = 900_000;

const seconds = (since: number): number => (performance.now() - since) / 1000;

const start = ({ kubeconfig, command }: BenchCluster, log: string): Promise<OperatorProcess> =>
  OperatorProcess.start({
    kubeconfig,
    namespaces: [],
    log: `${kubeconfig}.${log}.log`,
    command,
  });

const firstStart = async (cluster: BenchCluster, n: number): Promise<Figures> => {
  const started = performance.now();
  const operator = await start(cluster, 'first');
  const ready = seconds(started);
  await allReady(operator, n);
  const figures = {
    'start until caches are filled, s': ready,
    'start until all are ready, s': seconds(started),
    'requests until then': await operator.metric('rest_client_requests_total'),
    'writes until then': await operator.metric('rest_client_requests_total', WRITES),
    'RSS, MiB': await rss(operator.pid),
    'CPU, s': (await cpuTime(operator.pid)).own,
    'longest event-loop delay, ms': await longestDelay(operator),
  };
  await operator.stop();
  return figures;
};

const secondStart = async (cluster: BenchCluster, n: number): Promise<Figures> => {
  const { admin } = cluster;
  const started = performance.now();
  const operator = await start(cluster, 'second');
  const filled = seconds(started);
  await until(
    'every policy was looked at',
    async () => (await operator.metric('workqueue_work_duration_seconds_count', /name="containersecuritypolicy"/)) >= n,
    LATE_MS,
  );
  const restarted = {
    'restart until caches are filled, s': filled,
    'restart until all were looked at, s': seconds(started),
    'writes of the restart': await operator.metric('rest_client_requests_total', WRITES),
    'RSS after the restart, MiB': await rss(operator.pid),
    'restart: longest event-loop delay, ms': await longestDelay(operator),
    ...(await drift(admin, n)),
    ...(await namespaceLabels(admin, operator)),
    ...(await apiServerMoves(admin, operator, n)),
  };
  const figures = { ...restarted, 'longest event-loop delay until the end, ms': await longestDelay(operator) };
  await operator.stop();
  return figures;
};

const measure = async (cluster: BenchCluster, n: number): Promise<Figures> => {
  await createPolicies(cluster.admin, 0, n);
  return { ...(await firstStart(cluster, n)), ...(await secondStart(cluster, n)) };
};

/** The cost of N policies, and the least possible cost. */
export const benchPolicies = async (n: number): Promise<Figures> => {
  const figures = await withCluster((cluster) => measure(cluster, n));
  const floor = await withCluster((cluster) => measureFloor(cluster, n));
  return {
    policies: n,
    'floor: the same writes by an HTTP client, s': floor.seconds,
    'floor: writes of a policy': floor.writesOfAPolicy,
    'start until all are ready, times the floor': figures['start until all are ready, s']! / floor.seconds,
    ...figures,
  };
};
