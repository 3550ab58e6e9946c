import { threadCpuUsage } from 'node:process';
import type { NetworkSection } from '../../src/api/policy.ts';
import type { NetworkContext } from '../../src/policy/sections/network/context.ts';
import { reachPolicies } from '../../src/policy/sections/network/reach-policies.ts';
import type { CheckInput, PolicyToCheck } from '../../src/policy/warnings/check.ts';
import { runCheck } from '../../src/policy/warnings/run-check.ts';
import type { ReachPod, ReachService, World } from '../../src/reach/world.ts';
import { type Figures, milliseconds } from './figures.ts';

const NAMESPACES = 100;
const PODS = 10_000;
/** Of ten policies. */
const AUDITED = 3;
/** Applications in a namespace, each with a policy of its own. */
const APPS = 10;
const CONTEXT: NetworkContext = { dnsPeers: [], apiServer: [] };

const namespaceOf = (n: number): string => `team-${n % NAMESPACES}`;
const appOf = (n: number): string => `app-${Math.floor(n / NAMESPACES) % APPS}`;

/** No two look alike to the policies. */
const podOf = (n: number): ReachPod => ({
  ...{
    namespace: namespaceOf(n),
    name: `pod-${n}`,
    state: 'Running',
    workload: { kind: 'Deployment', name: `of-${n}` },
  },
  labels: { app: appOf(n), instance: `${n}` },
  ports: [
    { port: 8080, name: 'http', protocol: 'TCP' },
    { port: 9090, name: 'metrics', protocol: 'TCP' },
  ],
  addresses: [`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`],
});

const serviceOf = (n: number): ReachService => ({
  ...{ namespace: namespaceOf(n), name: appOf(n), clusterIPs: [`172.16.${n >> 8}.${n & 255}`] },
  ...{ selector: { app: appOf(n) }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
});

/** One application, which the next one calls, as do two of the next namespace, and which calls a database outside. */
const networkOf = (n: number): NetworkSection => {
  const next = { matchLabels: { app: appOf(n + NAMESPACES) } };
  return {
    podSelector: { matchLabels: { app: appOf(n) } },
    allow: {
      ingress: [
        { from: [{ pods: next }], ports: [{ port: 'http' }] },
        { from: [{ namespaces: [namespaceOf(n + 1)], pods: next }], ports: [{ port: 8080 }] },
        { from: [{ namespaces: ['monitoring'] }], ports: [{ port: 9090 }] },
      ],
      egress: [{ to: [{ pods: next }], ports: [{ port: 8080 }] }, { to: [{ cidr: `192.0.2.${n % 250}/32` }] }],
    },
  };
};

const nameOf = (n: number) => ({ namespace: namespaceOf(n), name: appOf(n) });

const toCheck = (n: number): PolicyToCheck => {
  const isAudited = Math.floor(n / NAMESPACES) % 10 < AUDITED;
  return { ...nameOf(n), uid: `${n}`, [isAudited ? 'previewed' : 'network']: networkOf(n) };
};

const worldOf = (policies: readonly PolicyToCheck[]): World => ({
  namespaces: [...Array.from({ length: NAMESPACES }, (_, n) => namespaceOf(n)), 'monitoring'].map((name) => ({
    ...{ name, labels: {} },
  })),
  pods: Array.from({ length: PODS }, (_, n) => podOf(n)),
  services: Array.from({ length: NAMESPACES * APPS }, (_, n) => serviceOf(n)),
  slices: [],
  policies: policies.flatMap((one) => (one.network ? reachPolicies(one, one.network, CONTEXT) : [])),
});

const cpu = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

export const inputOf = (n: number): CheckInput => {
  const policies = Array.from({ length: n }, (_, i) => toCheck(i));
  return { world: worldOf(policies), context: CONTEXT, policies };
};

/** One round of checks of N policies, 3 of 10 in mode Audit, against 10 000 pods. */
export const benchChecks = async (n: number): Promise<Figures> => {
  const input = inputOf(n);
  const [started, all, own] = [performance.now(), process.cpuUsage(), threadCpuUsage()];
  const results = await runCheck(input, new AbortController().signal);
  const total = cpu(process.cpuUsage(all));
  const ofThis = cpu(threadCpuUsage(own));
  const previews = [...results.values()].map(({ preview }) => preview);
  return {
    ...{ pods: PODS, NetworkPolicies: input.world.policies.length, 'policies checked': results.size },
    previews: previews.filter(({ wouldLose }) => wouldLose !== undefined).length,
    'previews that failed': previews.filter(({ unchecked }) => unchecked !== undefined).length,
    ...{ 'CPU, ms': total, 'CPU of the event loop, ms': ofThis, 'until the last result, ms': milliseconds(started) },
    'peak RSS, MiB': process.resourceUsage().maxRSS / 1024,
  };
};
