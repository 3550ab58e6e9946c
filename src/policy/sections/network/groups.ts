import { StalledError } from '../../errors.ts';
import { MAX_OVERLAPS } from '../../limits.ts';
import { includes, intersect, isEmpty, type PodSet, podSetKey } from './requirements.ts';
import type { Allowed } from './rules.ts';

/** A set of pods with everything that it is allowed. */
export interface Group {
  readonly pods: PodSet;
  readonly allowed: readonly Allowed[];
}

/** `all`, the sets, and their intersections, without those that no pod can be in. */
const closure = (all: PodSet, sets: readonly PodSet[]): PodSet[] => {
  const found = new Map<string, PodSet>([[podSetKey(all), all]]);
  for (const set of sets) {
    for (const candidate of [set, ...[...found.values()].map((other) => intersect(set, other))]) {
      if (!isEmpty(candidate)) found.set(podSetKey(candidate), candidate);
    }
    if (found.size - 1 > MAX_OVERLAPS) {
      throw new StalledError(
        'TooManyOverlaps',
        `the pods of the rules of spec.network.allow overlap in more than ${MAX_OVERLAPS} combinations: ` +
          'select them by different values of one label, or split the policy',
      );
    }
  }
  return [...found.values()];
};

/**
 * Groups rules by the pods that they are for, so that each group, made into one NetworkPolicy, is complete: it allows
 * its pods everything that the policy allows them. A NetworkPolicy for one rule alone would isolate its pods, and cut the
 * traffic of the other rules until their NetworkPolicies exist too.
 *
 * Most specific first. Applied in this order (and deleted in the opposite one) no pod is ever isolated by less than all
 * that it is allowed: the first group that selects a pod is the intersection of all sets that the pod is in.
 */
export const groupByPods = (all: PodSet, rules: readonly Allowed[]): Group[] =>
  closure(
    all,
    rules.map((r) => r.pods),
  )
    .sort((a, b) => b.length - a.length || podSetKey(a).localeCompare(podSetKey(b), 'en'))
    .map((pods) => ({ pods, allowed: rules.filter((r) => includes(r.pods, pods)) }));
