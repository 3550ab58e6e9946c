/** Random network sections in the world of semantics.ts, rich in pods that several rules are for. */
import fc from 'fast-check';
import type { EgressRule, IngressRule, NetworkSection, Peer, Port, Selector } from '../../../../src/api/policy.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { parseDnsPeers } from '../../../../src/policy/sections/network/dns.ts';
import { KEYS, VALUES } from './semantics.ts';

interface Wanted {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: string[];
}

const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      key: fc.constantFrom(...KEYS),
      operator: fc.constant('In' as const),
      values: fc.subarray([...VALUES], { minLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      key: fc.constantFrom(...KEYS),
      operator: fc.constant('NotIn' as const),
      values: fc.subarray([...VALUES], { minLength: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      key: fc.constantFrom(...KEYS),
      operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
      values: fc.constant<string[]>([]),
    }),
  },
);

const toExpression = ({ key, operator, values }: Wanted) => ({ key, operator, ...(values.length > 0 && { values }) });

/** As matchLabels where that can be said, else as expressions. */
const compact = (requirements: readonly Wanted[]): Selector => {
  const labels = new Map<string, string>();
  const rest: Wanted[] = [];
  for (const requirement of requirements) {
    const { key, operator, values } = requirement;
    if (operator === 'In' && values.length === 1 && !labels.has(key)) labels.set(key, values[0]!);
    else rest.push(requirement);
  }
  return {
    ...(labels.size > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(rest.length > 0 && { matchExpressions: rest.map(toExpression) }),
  };
};

/** The same in other words: expressions only, backwards, the first one twice, values backwards and twice. */
const wordy = (requirements: readonly Wanted[]): Selector => ({
  matchLabels: {},
  matchExpressions: [...requirements, ...requirements.slice(0, 1)]
    .toReversed()
    .map((r) => toExpression({ ...r, values: [...r.values.toReversed(), ...r.values] })),
});

const requirements = fc.array(wanted, { minLength: 1, maxLength: 2, size: 'max' });

/** A few, so that rules often share them. */
const someRequirements = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom<Wanted[]>(
      [],
      [{ key: 'app', operator: 'In', values: ['x'] }],
      [{ key: 'app', operator: 'In', values: ['y'] }],
      [{ key: 'tier', operator: 'In', values: ['x'] }],
      [{ key: 'app', operator: 'Exists', values: [] }],
    ),
  },
  { weight: 3, arbitrary: requirements },
);

export type Style = (requirements: readonly Wanted[]) => Selector;
export const STYLES: readonly [Style, Style] = [compact, wordy];

const port: fc.Arbitrary<Port> = fc.constantFrom<Port>(
  { port: 80 },
  { port: 'http' },
  { port: 53, protocol: 'UDP' },
  { port: 50, endPort: 90 },
  { port: 53, endPort: 80, protocol: 'UDP' },
  { protocol: 'SCTP' },
  { protocol: 'TCP' },
);

/** A section whose selectors can be worded in any style. */
export type Draft = (style: Style) => NetworkSection;

const peer: fc.Arbitrary<(style: Style) => Peer> = fc.oneof(
  fc
    .constantFrom<Peer>(
      { anywhere: true },
      { cidr: '192.0.2.0/24' },
      { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] },
      { cidr: '0.0.0.0/0' },
      { cidr: 'fd00::/8' },
      { namespaces: ['other'] },
      { namespaces: ['other', 'kube-system'] },
      { namespaceSelector: { matchLabels: { team: 'b' } } },
      { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } },
      { pods: {} },
    )
    .map((p) => () => p),
  requirements.map((pods) => (style: Style) => ({ pods: style(pods) })),
  requirements.map((pods) => (style: Style) => ({ namespaces: ['other'], pods: style(pods) })),
  requirements.map((pods) => (style: Style) => ({
    namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' as const }] },
    pods: style(pods),
  })),
);

interface Rule {
  readonly pods: Wanted[] | undefined;
  readonly peers: ((style: Style) => Peer)[];
  readonly ports: Port[] | undefined;
}

const rule: fc.Arbitrary<Rule> = fc.record({
  pods: fc.option(someRequirements, { nil: undefined, freq: 6 }),
  peers: fc.array(peer, { minLength: 1, maxLength: 2 }),
  ports: fc.option(fc.array(port, { minLength: 1, maxLength: 2 }), { nil: undefined }),
});

const ingressRule = ({ pods, peers, ports }: Rule, style: Style): IngressRule => ({
  ...(pods && { pods: style(pods) }),
  from: peers.map((p) => p(style)),
  ...(ports && { ports }),
});

const egressRule = ({ pods, peers, ports }: Rule, style: Style): EgressRule => ({
  ...(pods && { pods: style(pods) }),
  to: peers.map((p) => p(style)),
  ...(ports && { ports }),
});

/** What sections are drawn from, so that two of them share pods and rules as an edited section does. */
interface Pool {
  readonly podSelectors: readonly Wanted[][];
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

const pool: fc.Arbitrary<Pool> = fc.record({
  podSelectors: fc.array(someRequirements, { minLength: 1, maxLength: 2 }),
  ingress: fc.array(rule, { minLength: 3, maxLength: 5, size: 'max' }),
  egress: fc.array(rule, { minLength: 3, maxLength: 5, size: 'max' }),
});

const draftFrom = ({ podSelectors, ingress, egress }: Pool): fc.Arbitrary<Draft> =>
  fc
    .record({
      podSelector: fc.option(fc.constantFrom(...podSelectors), { nil: undefined, freq: 2 }),
      isolate: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom<NetworkSection['isolate']>(undefined, ['Egress', 'Ingress']) },
        { weight: 1, arbitrary: fc.constantFrom<NetworkSection['isolate']>(['Ingress'], ['Egress']) },
      ),
      dns: fc.constantFrom(undefined, true, false),
      sameNamespace: fc.constantFrom(undefined, true, false),
      apiServer: fc.constantFrom(undefined, true),
      ingress: fc.shuffledSubarray([...ingress], { minLength: 2 }),
      egress: fc.shuffledSubarray([...egress]),
    })
    .map(({ podSelector, isolate, dns, sameNamespace, apiServer, ingress, egress }) => (style) => ({
      ...(podSelector && { podSelector: style(podSelector) }),
      ...(isolate && { isolate }),
      allow: {
        ...(dns !== undefined && { dns }),
        ...(sameNamespace !== undefined && { sameNamespace }),
        ...(apiServer !== undefined && { apiServer }),
        ...(ingress.length > 0 && { ingress: ingress.map((r) => ingressRule(r, style)) }),
        ...(egress.length > 0 && { egress: egress.map((r) => egressRule(r, style)) }),
      },
    }));

export const drafts: fc.Arbitrary<Draft> = pool.chain(draftFrom);

const inSomeStyle = (draft: fc.Arbitrary<Draft>): fc.Arbitrary<NetworkSection> =>
  fc.tuple(draft, fc.constantFrom(...STYLES)).map(([d, style]) => d(style));

/** Sections that may follow one another. */
export const histories: fc.Arbitrary<[NetworkSection, NetworkSection, NetworkSection]> = pool.chain((p) => {
  const section = inSomeStyle(draftFrom(p));
  return fc.tuple(section, section, section);
});

export const sections: fc.Arbitrary<NetworkSection> = inSomeStyle(drafts);

export const contexts: fc.Arbitrary<NetworkContext> = fc.record({
  dnsPeers: fc.constantFrom(
    parseDnsPeers('kube-system/app=dns:53'),
    parseDnsPeers('kube-system/app=dns:53,192.0.2.130/32:53'),
  ),
  apiServer: fc.constantFrom(
    [],
    [{ cidrs: ['192.0.2.1/32'], ports: [{ protocol: 'TCP', port: 80 }] }],
    [
      { cidrs: ['192.0.2.130/32', 'fd00::1/128'], ports: [{ protocol: 'TCP', port: 53 }] },
      { cidrs: ['192.0.2.1/32'], ports: [{ protocol: 'TCP', port: 80 }] },
    ],
  ),
});
