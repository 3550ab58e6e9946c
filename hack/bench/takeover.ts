import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { ContainerSecurityPolicy } from '../../src/api/policy.ts';
import { LEASES } from '../../src/kube/kinds.ts';
import { holderOf, type Lease } from '../../src/kube/leaderelection/lease.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { OPERATOR_ACCOUNT } from '../install.ts';
import { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import { type Figures, milliseconds, quantile } from './figures.ts';
import { BENCH_POLICY, createPolicies, namespaceOf } from './policy-spec.ts';

const LATE_MS = 60_000;

const start = ({ kubeconfig, command }: BenchCluster): Promise<OperatorProcess> =>
  OperatorProcess.start({
    kubeconfig,
    namespaces: [],
    log: `${kubeconfig}.${performance.now()}.log`,
    flags: { 'leader-elect': 'true' },
    command,
  });

const holder = async (admin: KubeClient): Promise<string> =>
  holderOf(await admin.get<Lease>(LEASES, 'palisade', OPERATOR_ACCOUNT.namespace));

const isReady = async (admin: KubeClient, namespace: string): Promise<boolean> => {
  const { status } = await admin.get<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, BENCH_POLICY, namespace);
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
};

interface Takeover {
  /** Milliseconds from the signal on. */
  readonly leads: number;
  readonly works: number;
}

/** @param number of the policy that is created when there is no leader any more */
const takeOver = async (
  { admin }: BenchCluster,
  leader: OperatorProcess,
  signal: NodeJS.Signals,
  number: number,
): Promise<Takeover> => {
  const before = await holder(admin);
  const started = performance.now();
  process.kill(leader.pid, signal);
  const isTaken = async () => !['', before].includes(await holder(admin));
  const leads = until('another one leads', isTaken, LATE_MS).then(() => milliseconds(started));
  await leader.exit();
  await createPolicies(admin, number, 1);
  await until('the new policy is ready', () => isReady(admin, namespaceOf(number)), LATE_MS);
  return { works: milliseconds(started), leads: await leads };
};

/** The time without a leader after the leader is stopped, or killed, n times each, with the default flags. */
export const benchTakeover = (n: number): Promise<Figures> =>
  withCluster(async (cluster) => {
    await createPolicies(cluster.admin, 0, 1);
    let leader = await start(cluster);
    await until('the first one works', () => isReady(cluster.admin, namespaceOf(0)), LATE_MS);
    const figures: Record<string, number> = {};
    let number = 0;
    for (const [end, signal] of [
      ['stopped', 'SIGTERM'],
      ['killed', 'SIGKILL'],
    ] as const) {
      const takeovers: Takeover[] = [];
      for (let i = 0; i < n; i += 1) {
        number += 1;
        const standby = await start(cluster);
        takeovers.push(await takeOver(cluster, leader, signal, number));
        leader = standby;
      }
      const [leads, works] = [takeovers.map((t) => t.leads), takeovers.map((t) => t.works)];
      figures[`leader ${end}: until another one leads, p50, ms`] = quantile(leads, 0.5);
      figures[`leader ${end}: until another one leads, longest, ms`] = Math.max(...leads);
      figures[`leader ${end}: until a new policy is ready, p50, ms`] = quantile(works, 0.5);
    }
    await leader.stop();
    return figures;
  });
