import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from 'kubernetes-types/networking/v1.js';
import type { OraclePeer, OracleTraffic, OracleWorld } from '../../hack/reach/ask.ts';
import type { Traffic } from '../../src/reach/ports.ts';
import { type Endpoint, isPod } from '../../src/reach/verdict.ts';
import type { ReachPolicy, World } from '../../src/reach/world.ts';

type Policies = OracleWorld['policies'];
type Rule = NetworkPolicyIngressRule & NetworkPolicyEgressRule;

export const asWritten = (policies: readonly ReachPolicy[]): Policies =>
  policies.map(({ namespace, name, spec }) => ({ metadata: { namespace, name }, spec }));

/**
 * The same selector as several, one of which selects: to Cyclonus, NotIn needs the label, and a label of matchLabels with
 * an empty value may be missing. Both contradict Kubernetes.
 */
const alternatives = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector[] => {
  const all = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions,
  ];
  return all.reduce<LabelSelector[]>(
    (found, one) => {
      const ways = one.operator === 'NotIn' ? [one, { key: one.key, operator: 'DoesNotExist' }] : [one];
      return found.flatMap((of) => ways.map((way) => ({ matchExpressions: [...(of.matchExpressions ?? []), way] })));
    },
    [{ matchExpressions: [] }],
  );
};

const peers = (peer: NetworkPolicyPeer): NetworkPolicyPeer[] => {
  if (peer.ipBlock) return [peer];
  const namespaces = peer.namespaceSelector && alternatives(peer.namespaceSelector);
  const pods = alternatives(peer.podSelector ?? {});
  return pods.flatMap((podSelector) =>
    namespaces === undefined
      ? [{ podSelector }]
      : namespaces.map((namespaceSelector) => ({ namespaceSelector, podSelector })),
  );
};

/** The same policies, in words that Cyclonus takes as Kubernetes does. */
export const asKubernetes = (policies: readonly ReachPolicy[]): Policies =>
  policies.flatMap(({ namespace, name, spec }) =>
    alternatives(spec.podSelector ?? {}).map((podSelector, n) => ({
      metadata: { namespace, name: `${name}-${n}` },
      spec: {
        ...spec,
        podSelector,
        ...(spec.ingress && {
          ingress: spec.ingress.map((r) => ({ ...r, ...(r.from && { from: r.from.flatMap(peers) }) })),
        }),
        ...(spec.egress && { egress: spec.egress.map((r) => ({ ...r, ...(r.to && { to: r.to.flatMap(peers) }) })) }),
      },
    })),
  );

/** A rule that had ipBlocks alone has no peers left, which would be all of them. */
const withoutBlocks = (rules: readonly Rule[], field: 'from' | 'to'): Rule[] =>
  rules.flatMap((rule) => {
    const all = rule[field];
    if (!all?.length) return [rule];
    const left = all.filter(({ ipBlock }) => !ipBlock);
    return left.length > 0 ? [{ ...rule, [field]: left }] : [];
  });

/** As a network plug-in has them that never matches pods by address. */
export const withoutAddresses = (policies: Policies): Policies =>
  policies.map(({ metadata, spec: { ingress, egress, ...rest } }) => ({
    metadata,
    spec: {
      ...rest,
      // Rules of egress make the type of a policy without types.
      ...(!rest.policyTypes?.length && { policyTypes: ['Ingress', ...(egress?.length ? ['Egress'] : [])] }),
      ...(ingress && { ingress: withoutBlocks(ingress, 'from') }),
      ...(egress && { egress: withoutBlocks(egress, 'to') }),
    },
  }));

/** Of each address, since a peer of Cyclonus has one. */
const oraclePeers = (endpoint: Endpoint, { namespaces }: World): OraclePeer[] => {
  if (!isPod(endpoint)) return [{ ip: endpoint.address }];
  const { namespace, labels, addresses = [] } = endpoint;
  const of = namespaces.find(({ name }) => name === namespace)?.labels;
  const namespaceLabels = { ...of, 'kubernetes.io/metadata.name': namespace };
  return addresses.map((ip) => ({ ip, namespace, namespaceLabels, labels }));
};

/** The connection, from each address to each address. */
export const oracleTraffic = (
  from: Endpoint,
  to: Endpoint,
  { port, protocol }: Traffic,
  world: World,
): OracleTraffic[] => {
  const declared = isPod(to) ? to.ports.filter((p) => p.port === port && p.protocol === protocol) : [];
  const names = declared.flatMap(({ name }) => name ?? []);
  return oraclePeers(from, world).flatMap((source) =>
    oraclePeers(to, world).map((target) => ({ from: source, to: target, port, names, protocol })),
  );
};
