import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1.js';
import { childName } from '../../../api/names.ts';
import type { Direction, NetworkSection, PolicyName } from '../../../api/policy.ts';
import type { NetworkPolicyChild } from '../../children/kinds.ts';
import { childMeta } from '../../children/meta.ts';
import type { NetworkContext } from './context.ts';
import { type Group, groupByPods } from './groups.ts';
import { type PodSet, podSet, podSetKey, toSelector } from './requirements.ts';
import { type Allowed, allowedRules, isolated } from './rules.ts';

export interface RenderedNetwork {
  /** In the order in which they must be applied; to be deleted in the opposite one. The last isolates all pods. */
  readonly policies: readonly NetworkPolicyChild[];
  readonly ingressRules: number;
  readonly egressRules: number;
  /** allow.apiServer is asked for and no address is known. */
  readonly apiServerUnknown: boolean;
}

const distinct = <T>(entries: readonly T[]): T[] => [...new Map(entries.map((e) => [JSON.stringify(e), e])).values()];

const ingressRules = (allowed: readonly Allowed[]): NetworkPolicyIngressRule[] =>
  distinct(allowed.map(({ peers, ports }) => ({ from: [...peers], ...(ports && { ports: [...ports] }) })));

const egressRules = (allowed: readonly Allowed[]): NetworkPolicyEgressRule[] =>
  distinct(allowed.map(({ peers, ports }) => ({ to: [...peers], ...(ports && { ports: [...ports] }) })));

/** Without empty lists: the API server does not store them, and applying one makes a new generation each time. */
const spec = (pods: PodSet, groups: Partial<Record<Direction, Group>>): NetworkPolicySpec => {
  const ingress = ingressRules(groups.Ingress?.allowed ?? []);
  const egress = egressRules(groups.Egress?.allowed ?? []);
  return {
    podSelector: toSelector(pods),
    policyTypes: (['Ingress', 'Egress'] as const).filter((d) => groups[d] !== undefined),
    ...(ingress.length > 0 && { ingress }),
    ...(egress.length > 0 && { egress }),
  };
};

const child = (policy: PolicyName, name: string, spec: NetworkPolicySpec): NetworkPolicyChild => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: childMeta(policy, name),
  spec,
});

const countIngress = ({ allow = {} }: NetworkSection): number =>
  (allow.sameNamespace === true ? 1 : 0) + (allow.ingress?.length ?? 0);

const countEgress = ({ allow = {} }: NetworkSection, { dnsPeers, apiServer }: NetworkContext): number =>
  (allow.dns === false || dnsPeers.length === 0 ? 0 : 1) +
  (allow.sameNamespace === true ? 1 : 0) +
  (allow.apiServer === true && apiServer.length > 0 ? 1 : 0) +
  (allow.egress?.length ?? 0);

/**
 * The NetworkPolicies of a policy. Rules for all of its pods, and the isolation itself, are one NetworkPolicy, so that
 * they are created, changed and deleted at once. Rules for some pods make one more for those pods, which repeats the
 * rules for all pods.
 * @throws StalledError when the pods of its rules overlap in too many ways.
 */
export const renderNetwork = (
  policy: PolicyName,
  network: NetworkSection,
  context: NetworkContext,
): RenderedNetwork => {
  const all = podSet(network.podSelector);
  const directions = isolated(network);
  const narrow: NetworkPolicyChild[] = [];
  const base: Partial<Record<Direction, Group>> = {};
  for (const direction of directions) {
    for (const group of groupByPods(all, allowedRules(network, direction, context))) {
      const key = podSetKey(group.pods);
      if (key === podSetKey(all)) base[direction] = group;
      else {
        const name = childName(policy.name, direction.toLowerCase(), key);
        narrow.push(child(policy, name, spec(group.pods, { [direction]: group })));
      }
    }
  }
  const apiServerUnknown =
    directions.includes('Egress') && network.allow?.apiServer === true && context.apiServer.length === 0;
  return {
    policies: [...narrow, child(policy, childName(policy.name, 'base'), spec(all, base))],
    ingressRules: directions.includes('Ingress') ? countIngress(network) : 0,
    egressRules: directions.includes('Egress') ? countEgress(network, context) : 0,
    apiServerUnknown,
  };
};
