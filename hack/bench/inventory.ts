import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '../kinds.ts';
import { OperatorProcess } from '../operator-process.ts';
import { type RunningContainer, runPod } from '../running-pod.ts';
import { allReady } from './all-ready.ts';
import { withCluster } from './cluster.ts';
import type { Figures } from './figures.ts';
import { inParallel } from './in-parallel.ts';
import { createPolicies } from './policy-spec.ts';
import { longestDelay, rss } from './process-use.ts';

const POLICIES = 1000;
const LANES = 8;
const NAMESPACES = 20;
const IMAGES = 500;
/** After so long without work memory is what it stays. */
const IDLE_MS = 15_000;

const imageOf = (i: number): RunningContainer => {
  const digest = `sha256:${String(i).padStart(64, '0')}`;
  return {
    reference: `registry.example.com/team/app-${i}:1.0`,
    imageID: `registry.example.com/team/app-${i}@${digest}`,
  };
};

/** The memory that N pods and a thousand policies take. */
export const benchInventory = (pods: number): Promise<Figures> =>
  withCluster(async ({ admin, kubeconfig, command }) => {
    await createPolicies(admin, 0, POLICIES);
    const start = () =>
      OperatorProcess.start({
        kubeconfig,
        namespaces: [],
        log: `${kubeconfig}.${performance.now()}.log`,
        command,
      });
    const first = await start();
    await allReady(first, POLICIES);
    await first.stop();
    const namespaces = Array.from({ length: NAMESPACES }, (_, i) => `pods-${i}`);
    for (const name of namespaces) {
      await admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    const numbers = Array.from({ length: pods }, (_, i) => i);
    await inParallel(numbers, LANES, async (i) => {
      const containers = [imageOf(i % IMAGES), imageOf((i + 1) % IMAGES)];
      await runPod(admin, { namespace: namespaces[i % NAMESPACES]!, name: `pod-${i}`, containers });
    });
    const operator = await start();
    await sleep(IDLE_MS);
    const figures = {
      policies: POLICIES,
      pods,
      'RSS idle, MiB': await rss(operator.pid),
      'longest event-loop delay, ms': await longestDelay(operator),
    };
    await operator.stop();
    return figures;
  });
