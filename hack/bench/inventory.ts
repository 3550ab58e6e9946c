import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { type RunningContainer, type RunningPod, runPod } from '../running-pod.ts';
import { allReady } from './all-ready.ts';
import { type BenchCluster, withCluster } from './cluster.ts';
import type { Figures } from './figures.ts';
import { inParallel } from './in-parallel.ts';
import { createPolicies, namespaceOf } from './policy-spec.ts';
import { cpuTime, longestDelay, peakRss, rss } from './process-use.ts';

const POLICIES = 1000;
const LANES = 8;
/** Two of them are in rules. */
const APPS = ['web', 'api', 'worker', 'db', 'cache', 'cron', 'mail', 'search', 'queue', 'admin'];
const IMAGES = 500;
/** After so long without work memory is what it stays. */
const IDLE_MS = 15_000;
const REPLACED = 200;
/** From one pod to the next. */
const REPLACE_MS = 150;

const imageOf = (i: number): RunningContainer => {
  const digest = `sha256:${String(i).padStart(64, '0')}`;
  return {
    reference: `registry.example.com/team/app-${i}:1.0`,
    imageID: `registry.example.com/team/app-${i}@${digest}`,
  };
};

const start = ({ kubeconfig, command }: BenchCluster): Promise<OperatorProcess> =>
  OperatorProcess.start({ kubeconfig, namespaces: [], log: `${kubeconfig}.${performance.now()}.log`, command });

/** Spread over the namespaces of the policies. */
const podOf = (i: number, version = 0): RunningPod => ({
  ...{ namespace: namespaceOf(i % POLICIES), name: `pod-${i}-${version}` },
  labels: { app: APPS[Math.floor(i / POLICIES) % APPS.length]!, version: `${version}` },
  containers: [imageOf(i % IMAGES), imageOf((i + 1) % IMAGES)],
});

/** CPU time that the operator takes while something is done, and afterwards until it is idle again; seconds. */
const cpuOf = async ({ pid }: OperatorProcess, work: () => Promise<unknown>): Promise<number> => {
  const before = await cpuTime(pid);
  await work();
  await sleep(IDLE_MS);
  return (await cpuTime(pid)).own - before.own;
};

const firstStart = async (cluster: BenchCluster): Promise<Figures> => {
  const operator = await start(cluster);
  await allReady(operator, POLICIES);
  await sleep(IDLE_MS);
  const { own } = await cpuTime(operator.pid);
  const figures = { 'policies alone: CPU, s': own, 'policies alone: peak RSS, MiB': await peakRss(operator.pid) };
  await operator.stop();
  return figures;
};

/** Pods are replaced by others, one after the other, as in rollouts. */
const replacePods = async ({ admin }: BenchCluster): Promise<void> => {
  for (let i = 0; i < REPLACED; i += 1) {
    const { namespace, name } = podOf(i);
    await Promise.all([sleep(REPLACE_MS), runPod(admin, podOf(i, 1))]);
    await admin.delete(KINDS.Pod, name, { namespace });
  }
};

/** The CPU time and the memory that N pods and a thousand policies take. */
export const benchInventory = (pods: number): Promise<Figures> =>
  withCluster(async (cluster) => {
    const { admin } = cluster;
    await createPolicies(admin, 0, POLICIES);
    const first = await firstStart(cluster);
    await inParallel(Array.from({ length: pods }).keys().toArray(), LANES, (i) => runPod(admin, podOf(i)));
    const operator = await start(cluster);
    await sleep(IDLE_MS);
    const { own } = await cpuTime(operator.pid);
    const idle = {
      'restart: CPU, s': own,
      'RSS idle, MiB': await rss(operator.pid),
      'restart: peak RSS, MiB': await peakRss(operator.pid),
    };
    const replaced = await cpuOf(operator, () => replacePods(cluster));
    const figures = {
      ...{ policies: POLICIES, pods, ...first, ...idle },
      [`${REPLACED} pods are replaced: CPU, s`]: replaced,
      'RSS afterwards, MiB': await rss(operator.pid),
      'peak RSS, MiB': await peakRss(operator.pid),
      'longest event-loop delay, ms': await longestDelay(operator),
    };
    await operator.stop();
    return figures;
  });
