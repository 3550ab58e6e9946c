import type { CompiledRule } from '../compiled-policy.ts';
import type { PodClass } from '../party.ts';
import type { Traffic } from '../ports.ts';
import type { Reach } from '../reach.ts';
import type { ReachPod } from '../world.ts';

/** Whether a rule can match some peer: an address, a pod of the world, or one that a part of a cluster does not show. */
const hasPeer = ({ ref: { policy, direction, index }, peers }: CompiledRule, reach: Reach, own: PodClass): boolean => {
  const { ingress = [], egress = [] } = policy.spec;
  const list = direction === 'Ingress' ? ingress[index]?.from : egress[index]?.to;
  if (!list?.length || list.some(({ ipBlock }) => ipBlock !== undefined)) return true;
  if (reach.world.partial === true && list.some(({ namespaceSelector }) => namespaceSelector !== undefined))
    return true;
  return reach.classes.some((other) => other !== own && !other.finished && peers(other) !== false);
};

/** Whether anybody but the pod's own kind may connect to it, by its NetworkPolicies. */
export const hasCallers = (reach: Reach, pod: ReachPod, traffic: Traffic): boolean => {
  const own = reach.classOf(pod);
  const isolating = reach.isolating(own, 'Ingress');
  if (isolating.length === 0) return true;
  return isolating.some(({ rules }) =>
    rules.some((rule) => rule.ports(traffic, own) !== false && hasPeer(rule, reach, own)),
  );
};
