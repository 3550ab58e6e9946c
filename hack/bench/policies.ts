import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import type { Figures } from './figures.ts';
import { cpuTime, rss } from './process-use.ts';

/** Three NetworkPolicies, the Pod Security labels, one RoleBinding. */
const spec = {
  network: {
    allow: {
      sameNamespace: true,
      ingress: ['web', 'api'].map((app) => ({
        pods: { matchLabels: { app } },
        from: [{ namespaces: ['ingress-nginx'] }],
        ports: [{ port: 8080 }],
      })),
    },
  },
  podSecurity: { level: 'restricted' },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }] },
};

const WRITES = /method="(POST|PATCH|PUT|DELETE)"/;

const seconds = (since: number): number => (performance.now() - since) / 1000;

const create = async (admin: KubeClient, n: number): Promise<void> => {
  const { group, version, kind } = CONTAINER_SECURITY_POLICY;
  for (let i = 0; i < n; i++) {
    const namespace = `bench-${i}`;
    await admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const body = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'bench', namespace }, spec };
    await admin.create(CONTAINER_SECURITY_POLICY, body, { namespace });
  }
};

const allReady = (operator: OperatorProcess, n: number): Promise<boolean> =>
  until(
    `${n} policies are ready`,
    async () => (await operator.metric('palisade_policies', /state="Ready"/)) === n,
    600_000,
  );

const firstStart = async (kubeconfig: string, n: number): Promise<Figures> => {
  const started = performance.now();
  const operator = await OperatorProcess.start({ kubeconfig, namespaces: [], log: `${kubeconfig}.first.log` });
  await allReady(operator, n);
  const figures = {
    'start until all are ready, s': seconds(started),
    'requests until then': await operator.metric('rest_client_requests_total'),
    'RSS, MiB': await rss(operator.pid),
    'CPU, s': (await cpuTime(operator.pid)).own,
  };
  await operator.stop();
  return figures;
};

const secondStart = async (kubeconfig: string, n: number): Promise<Figures> => {
  const started = performance.now();
  const operator = await OperatorProcess.start({ kubeconfig, namespaces: [], log: `${kubeconfig}.second.log` });
  const filled = seconds(started);
  await until(
    'every policy was looked at',
    async () => (await operator.metric('workqueue_work_duration_seconds_count')) >= n,
    600_000,
  );
  const figures = {
    'restart until caches are filled, s': filled,
    'restart until all were looked at, s': seconds(started),
    'writes of the restart': await operator.metric('rest_client_requests_total', WRITES),
    'RSS after the restart, MiB': await rss(operator.pid),
  };
  await operator.stop();
  return figures;
};

const measure = async ({ admin, kubeconfig }: BenchCluster, n: number): Promise<Figures> => {
  await create(admin, n);
  return { policies: n, ...(await firstStart(kubeconfig, n)), ...(await secondStart(kubeconfig, n)) };
};

/** What N policies cost. */
export const benchPolicies = (n: number): Promise<Figures> => withCluster((cluster) => measure(cluster, n));
