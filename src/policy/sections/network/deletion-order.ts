import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { CachedChild } from '../../children/cached-child.ts';
import { podSet } from './requirements.ts';

/**
 * The order in which NetworkPolicies may be deleted: those for the most pods first. Then the last one that isolates a
 * pod still allows it everything.
 */
export const deletionOrder = (policies: readonly CachedChild[]): CachedChild[] => {
  const width = (p: CachedChild): number =>
    podSet((p.spec as NetworkPolicySpec | undefined)?.podSelector as never).length;
  return [...policies].sort((a, b) => width(a) - width(b));
};
