import fc from 'fast-check';
import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { ContainerPort, Labels, PodState, ReachPod, ReachPolicy, World } from '../../src/reach/world.ts';

const NAMESPACES = ['a', 'b', 'c'] as const;
const KEYS = ['app', 'tier', 'constructor'] as const;
const VALUES = ['x', 'y', ''] as const;
const value = fc.constantFrom(...VALUES, 'x');

export const labels: fc.Arbitrary<Labels> = fc
  .record({ app: value, tier: value, constructor: value }, { requiredKeys: [] })
  .map((found) => ({ ...found }));

const name = 'kubernetes.io/metadata.name';
const expression = (keys: readonly string[], values: readonly string[]) =>
  fc.oneof(
    fc.record({
      key: fc.constantFrom(...keys),
      operator: fc.constantFrom('In', 'NotIn'),
      values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({ key: fc.constantFrom(...keys), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  );

export const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc.record(
    { matchLabels: labels, matchExpressions: fc.array(expression(KEYS, VALUES), { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
);

const namespaceSelector: fc.Arbitrary<LabelSelector> = fc.oneof(
  selector,
  fc.constantFrom(...NAMESPACES).map((of) => ({ matchLabels: { [name]: of } })),
  expression([name], NAMESPACES).map((one) => ({ matchExpressions: [one] })),
);

const BLOCKS: [cidr: string, ...except: string[]][] = [
  ['10.0.0.0/8', '10.0.0.0/30', '10.0.0.4/32', '10.128.0.0/9'],
  ['10.0.0.7/29', '10.0.0.1/32'],
  ['0.0.0.0/0', '10.0.0.0/8', '203.0.113.0/24'],
  ['203.0.113.0/24', '203.0.113.5/32'],
  ['::/0', 'fd00::/8'],
  ['fd00::/64', 'fd00::4/126'],
  ['2001:db8::/32', '2001:db8:0:1::/64'],
  ['::ffff:10.0.0.0/104', '::ffff:10.0.0.4/128'],
];
const ipBlock = fc
  .constantFrom(...BLOCKS)
  .chain(([cidr, ...except]) =>
    fc.record({ cidr: fc.constant(cidr), except: fc.subarray(except) }, { requiredKeys: ['cidr'] }),
  );

const peer: fc.Arbitrary<NetworkPolicyPeer> = fc.oneof(
  { weight: 2, arbitrary: ipBlock.map((block) => ({ ipBlock: block })) },
  { weight: 2, arbitrary: fc.record({ podSelector: selector }) },
  { weight: 2, arbitrary: fc.record({ namespaceSelector }) },
  { weight: 3, arbitrary: fc.record({ namespaceSelector, podSelector: selector }) },
);

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;
const protocol = fc.constantFrom(...PROTOCOLS);
const rulePort: fc.Arbitrary<NetworkPolicyPort> = fc.oneof(
  fc.record(
    { port: fc.constantFrom<number | string>('http', 'dns', 'sig', 'web', 80, 53, 8080), protocol },
    { requiredKeys: ['port'] },
  ),
  fc.record({ protocol }),
  fc.tuple(fc.constantFrom(1, 53, 80, 8000), fc.nat(500), fc.option(protocol)).map(([port, more, of]) => ({
    ...{ port, endPort: port + more },
    ...(of !== null && { protocol: of }),
  })),
);

const rule = (field: 'from' | 'to') =>
  fc.record(
    { [field]: fc.array(peer, { maxLength: 3 }), ports: fc.array(rulePort, { maxLength: 3 }) },
    { requiredKeys: [] },
  );

const spec = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress']),
    ingress: fc.array(rule('from'), { maxLength: 3 }),
    egress: fc.array(rule('to'), { maxLength: 3 }),
  },
  { requiredKeys: ['podSelector'] },
) as fc.Arbitrary<NetworkPolicySpec>;

const policies: fc.Arbitrary<ReachPolicy[]> = fc
  .array(fc.record({ namespace: fc.constantFrom(...NAMESPACES), spec }), { minLength: 1, maxLength: 6 })
  .map((all) => all.map((policy, n) => ({ ...policy, name: `p${n}` })));

const PORTS: ContainerPort[] = [
  { port: 8080, name: 'http', protocol: 'TCP' },
  { port: 8080, name: 'web', protocol: 'TCP' },
  { port: 80, protocol: 'TCP' },
  { port: 53, name: 'dns', protocol: 'UDP' },
  { port: 53, name: 'dns', protocol: 'TCP' },
  { port: 9, name: 'sig', protocol: 'SCTP' },
];
/** A second port of the same name, now and then. */
const AMBIGUOUS: ContainerPort = { port: 8443, name: 'http', protocol: 'TCP' };
const ports = fc.oneof(
  { weight: 6, arbitrary: fc.subarray(PORTS) },
  { weight: 1, arbitrary: fc.subarray(PORTS).map((of) => [...of, AMBIGUOUS]) },
);

const rarely = <T>(usual: T, rare: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) });

interface PodFacts {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: ContainerPort[];
  readonly families: readonly ('4' | '6')[];
  readonly addressed: boolean;
  readonly state: PodState;
  readonly hostNetwork: boolean;
  readonly node: 'n1' | 'n2' | undefined;
}

const podFacts: fc.Arbitrary<PodFacts> = fc.record({
  ...{ namespace: fc.constantFrom(...NAMESPACES), labels, ports },
  families: fc.constantFrom(['4'], ['6'], ['4', '6']),
  addressed: rarely(true, false),
  state: rarely<PodState>('Running', 'Finished'),
  hostNetwork: rarely(false, true),
  node: fc.constantFrom('n1', 'n2', undefined),
});

/** A world as it is, and as much of it as we are told. */
export interface PartlyKnown {
  readonly truth: World;
  readonly known: World;
  readonly outside: readonly string[];
}

const OUTSIDE = ['203.0.113.5', '203.0.113.9', '10.200.0.1', '2001:db8::1', '2001:db8:0:1::1', '::ffff:203.0.113.6'];

const toPod = ({ families, addressed: _, node, hostNetwork, ...facts }: PodFacts, n: number): ReachPod => ({
  ...facts,
  name: `pod${n}`,
  addresses: families.map((of) => (of === '4' ? `10.0.0.${n + 1}` : `fd00::${n + 1}`)),
  ...(hostNetwork && { hostNetwork }),
  ...(node !== undefined && { node }),
});

export const partlyKnown: fc.Arbitrary<PartlyKnown> = fc
  .record({
    pods: fc.array(podFacts, { minLength: 2, maxLength: 5 }),
    namespaces: fc.tuple(labels, labels, labels),
    described: rarely(true, false),
    policies,
    outside: fc.subarray(OUTSIDE, { minLength: 1, maxLength: 2 }),
  })
  .map(({ pods, namespaces, described, policies, outside }) => {
    const all = NAMESPACES.map((of, n) => ({ name: of, labels: namespaces[n]! }));
    const truth = { namespaces: all, pods: pods.map(toPod), services: [], slices: [], policies };
    const hidden = truth.pods.map((pod, n) => {
      const { addresses: _, ...rest } = pod;
      return pods[n]?.addressed ? pod : rest;
    });
    return {
      truth,
      known: { ...truth, pods: hidden, namespaces: described ? all : all.slice(1) },
      outside,
    };
  });
