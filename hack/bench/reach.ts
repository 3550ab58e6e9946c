import { Matrix } from '../../src/reach/matrix.ts';
import { Reach } from '../../src/reach/reach.ts';
import type { Answer } from '../../src/reach/verdict.ts';
import type { ContainerPort, ReachPod, ReachPolicy, World } from '../../src/reach/world.ts';
import { type Figures, milliseconds } from './figures.ts';

const PORTS: ContainerPort[] = [
  { port: 8080, name: 'http', protocol: 'TCP' },
  { port: 9090, name: 'metrics', protocol: 'TCP' },
  { port: 53, name: 'dns', protocol: 'UDP' },
];
const PODS_PER_POLICY = 3;
const NAMESPACES = 20;

const namespaceOf = (n: number): string => `team-${n % NAMESPACES}`;
const app = (n: number) => ({ matchLabels: { app: `app-${n}` } });

/** No two look alike to the policies. */
const podOf = (n: number): ReachPod => ({
  ...{ namespace: namespaceOf(n), name: `pod-${n}`, state: 'Running', ports: PORTS },
  labels: { app: `app-${n % 400}`, instance: `${n}`, tier: n % 2 === 0 ? 'front' : 'back' },
  addresses: [`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`],
});

const policyOf = (n: number): ReachPolicy => ({
  ...{ namespace: namespaceOf(n), name: `policy-${n}` },
  spec: {
    podSelector: n % 10 === 0 ? {} : app(n),
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: app(n + 1) }, { podSelector: app(n + NAMESPACES) }], ports: [{ port: 'http' }] },
      { from: [{ namespaceSelector: { matchLabels: { team: `${n % 7}` } } }], ports: [{ port: 9090, endPort: 9100 }] },
    ],
    egress: [
      { to: [{ namespaceSelector: {}, podSelector: { matchLabels: { tier: 'back' } } }], ports: [{ port: 'http' }] },
      { to: [{ ipBlock: { cidr: `10.0.${n % 256}.0/24`, except: [`10.0.${n % 256}.0/28`] } }] },
      { ports: [{ protocol: 'UDP', port: 53 }] },
    ],
  },
});

const worldOf = (pods: number): World => ({
  namespaces: Array.from({ length: NAMESPACES }, (_, n) => ({ name: namespaceOf(n), labels: { team: `${n % 7}` } })),
  pods: Array.from({ length: pods }, (_, n) => podOf(n)),
  policies: Array.from({ length: Math.floor((pods * PODS_PER_POLICY) / 10) }, (_, n) => policyOf(n)),
  ...{ services: [], slices: [] },
});

/** Every connection between N pods, at every port that they declare, by 3 policies for 10 pods. */
export const benchReach = async (pods: number): Promise<Figures> => {
  const world = worldOf(pods);
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const reach = new Reach(world);
  const indexed = milliseconds(started);
  const matrix = new Matrix(reach);
  const counts: Record<Answer, number> = { Yes: 0, No: 0, Unknown: 0 };
  const destinations = world.pods.flatMap((to) => matrix.slotsOf(to).map((slot) => ({ to, slot })));
  for (const from of world.pods) {
    const answer = matrix.from(from);
    for (const { to, slot } of destinations) counts[answer(to, slot)] += 1;
  }
  const all = milliseconds(started);
  const { user, system } = process.cpuUsage(cpu);
  const single = performance.now();
  for (let n = 0; n < 1000; n += 1)
    reach.verdict(world.pods[n % pods]!, world.pods[(n * 7) % pods]!, { port: 8080, protocol: 'TCP' });
  return {
    ...{
      policies: world.policies.length,
      classes: reach.classes.length,
      answers: counts.Yes + counts.No + counts.Unknown,
    },
    ...{ 'of these Yes': counts.Yes, 'of these Unknown': counts.Unknown },
    ...{ 'index, ms': indexed, 'index and all answers, ms': all, 'the same: CPU, ms': (user + system) / 1000 },
    '1000 verdicts with reasons, ms': milliseconds(single),
  };
};
