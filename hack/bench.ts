/** `npm run bench [-- N]`: what N policies cost, on the embedded control plane. A table, and the same as JSON on the last line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { CONTAINER_SECURITY_POLICY } from '../src/api/group.ts';
import { KubeClient } from '../src/kube/client.ts';
import { loadKubeConfig } from '../src/kube/kubeconfig.ts';
import { findCluster } from './controlplane/cluster.ts';
import { install, writeOperatorKubeconfig } from './install.ts';
import { KINDS } from './kinds.ts';
import { OperatorProcess } from './operator-process.ts';
import { until } from './until.ts';

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

const seconds = (since: number): number => Math.round((performance.now() - since) / 10) / 100;

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

const WRITES = /method="(POST|PATCH|PUT|DELETE)"/;

const measure = async (admin: KubeClient, kubeconfig: string, n: number): Promise<Record<string, number>> => {
  await create(admin, n);
  let started = performance.now();
  const first = await OperatorProcess.start({ kubeconfig, namespaces: [], log: `${kubeconfig}.first.log` });
  await allReady(first, n);
  const figures: Record<string, number> = {
    policies: n,
    'start until all are ready, s': seconds(started),
    'requests until then': await first.metric('rest_client_requests_total'),
    'RSS, MiB': await first.rss(),
    'CPU, s': await first.cpu(),
  };
  await first.stop();
  started = performance.now();
  const second = await OperatorProcess.start({ kubeconfig, namespaces: [], log: `${kubeconfig}.second.log` });
  figures['restart until caches are filled, s'] = seconds(started);
  await until(
    'every policy was looked at',
    async () => (await second.metric('workqueue_work_duration_seconds_count')) >= n,
    600_000,
  );
  figures['restart until all were looked at, s'] = seconds(started);
  figures['writes of the restart'] = await second.metric('rest_client_requests_total', WRITES);
  figures['RSS after the restart, MiB'] = await second.rss();
  await second.stop();
  return figures;
};

const main = async (n: number): Promise<void> => {
  const cluster = await findCluster();
  const directory = await mkdtemp(join(tmpdir(), 'palisade-bench-'));
  try {
    const config = loadKubeConfig(cluster.kubeconfig);
    const admin = new KubeClient(config, { userAgent: 'palisade-bench' });
    await install(admin, 'palisade-bench');
    const kubeconfig = join(directory, 'operator.kubeconfig');
    await writeOperatorKubeconfig(admin, config, kubeconfig);
    const figures = await measure(admin, kubeconfig, n);
    const machine = { cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30) };
    for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(40)} ${value}\n`);
    process.stdout.write(`${JSON.stringify({ machine, figures })}\n`);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

const n = Number(process.argv[2] ?? 1000);
if (!Number.isInteger(n) || n < 1) {
  process.stderr.write(
    `bench: "${process.argv[2]}" is not a number of policies: write one, as in npm run bench -- 1000\n`,
  );
  process.exitCode = 2;
} else {
  await main(n);
}
