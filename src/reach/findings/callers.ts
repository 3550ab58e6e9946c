import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1.js';
import type { CompiledRule } from '../compiled-policy.ts';
import type { PodClass } from '../party.ts';
import type { Traffic } from '../ports.ts';
import type { Reach } from '../reach.ts';
import type { ReachPod } from '../world.ts';
import { isNarrow } from './rules.ts';

/** Whose connections count. */
interface Callers {
  /** Replicas of the pod itself do wherever a rule selects them, as members of a cluster; else where it selects just pods. */
  readonly replicas: 'Always' | 'WhereSelected' | 'Never';
}

/** Those of an ingress rule; none: everybody. */
const peersOf = ({ ref: { policy, index } }: CompiledRule): readonly NetworkPolicyPeer[] =>
  policy.spec.ingress?.[index]?.from ?? [];

/** Whether a rule can match some peer: an address, a pod of the world, or one that a part of a cluster does not show. */
const hasPeer = (rule: CompiledRule, reach: Reach, own: PodClass, { replicas }: Callers): boolean => {
  const list = peersOf(rule);
  if (list.length === 0 || list.some(({ ipBlock }) => ipBlock !== undefined)) return true;
  if (reach.world.partial !== undefined && list.some(({ namespaceSelector }) => namespaceSelector !== undefined))
    return true;
  const isOwnMeant =
    replicas === 'Always' || (replicas === 'WhereSelected' && list.some(({ podSelector }) => isNarrow(podSelector)));
  const { classes } = reach.ruleSets;
  const peers = reach.ruleSets.peers(rule).possible.numbers();
  return peers.some((n) => (isOwnMeant || classes[n] !== own) && !classes[n]!.finished);
};

/** Whether anybody may connect to a pod, by its NetworkPolicies. */
export const hasCallers = (reach: Reach, pod: ReachPod, traffic: Traffic, callers: Callers): boolean => {
  const own = reach.classOf(pod);
  const isolating = reach.isolating(own, 'Ingress');
  if (isolating.length === 0) return true;
  return isolating.some(({ rules }) =>
    rules.some((rule) => rule.ports(traffic, own) !== false && hasPeer(rule, reach, own, callers)),
  );
};
