import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { CachedChild } from '../../children/cached-child.ts';
import { narrowness, podSet } from './requirements.ts';

/**
 * The order in which NetworkPolicies may be deleted: one for a set of pods before those for parts of it. Then the last one
 * that isolates a pod still allows it everything.
 */
export const deletionOrder = (policies: readonly CachedChild[]): CachedChild[] => {
  const narrow = ({ spec }: CachedChild): number =>
    narrowness(podSet((spec as NetworkPolicySpec | undefined)?.podSelector as never));
  return policies
    .map((policy) => ({ policy, narrow: narrow(policy) }))
    .sort((a, b) => a.narrow - b.narrow)
    .map(({ policy }) => policy);
};
