import { StalledError } from '../../errors.ts';
import { MAX_OVERLAPS, MAX_SELECTOR_VALUES } from '../../limits.ts';
import { overlapsOf } from './overlaps.ts';
import { intersect, isEmpty, narrowness, type PodSet, podSetKey } from './requirements.ts';
import type { Allowed } from './rules.ts';

/** A set of pods with everything that it is allowed. */
export interface Group {
  readonly pods: PodSet;
  readonly allowed: readonly Allowed[];
}

const tooManyOverlaps = (): StalledError =>
  new StalledError(
    'TooManyOverlaps',
    `the pods of the rules of spec.network.allow overlap in more than ${MAX_OVERLAPS} combinations: ` +
      'select them by different values of one label, or split the policy',
  );

const assertValues = (combinations: readonly (readonly PodSet[])[]): void => {
  const counted = (set: PodSet): number => set.reduce((sum, { values }) => sum + values.length, 0);
  const values = combinations.flat().reduce((sum, set) => sum + counted(set), 0);
  if (values <= MAX_SELECTOR_VALUES) return;
  throw new StalledError(
    'TooLarge',
    `the ${combinations.length} combinations of the pods of spec.network.allow name ${values} values of labels, and ${MAX_SELECTOR_VALUES} ` +
      'are allowed: name fewer values, or split the policy',
  );
};

/**
 * Groups rules by the pods that they are for, so that each group, made into one NetworkPolicy, is complete: it allows
 * its pods everything that the policy allows them. A NetworkPolicy for one rule alone would isolate its pods, and cut the
 * traffic of the other rules until their NetworkPolicies exist too. Besides the group for all pods, there is one for each
 * combination of rules that some pod can have: the pods that all of these rules are for.
 *
 * Most specific first. Applied in this order (and deleted in the opposite one) no pod is ever isolated by less than all
 * that it is allowed: the first group that selects a pod is the intersection of all sets that the pod is in.
 * @throws StalledError
 */
export const groupByPods = (all: PodSet, rules: readonly Allowed[]): Group[] => {
  const keys = rules.map(({ pods }) => podSetKey(pods));
  // All pods are bit 0.
  const sets = new Map([[podSetKey(all), all]]);
  for (const [index, { pods }] of rules.entries()) if (!isEmpty(pods)) sets.set(keys[index]!, pods);
  const bits = new Map([...sets.keys()].map((key, n) => [key, 1n << BigInt(n)]));
  const list = [...sets.values()];
  const overlaps = isEmpty(all) ? [] : overlapsOf(list);
  const narrow = overlaps?.filter((overlap) => overlap !== 1n);
  if (narrow === undefined || narrow.length > MAX_OVERLAPS) throw tooManyOverlaps();
  const combinations = [...narrow, 1n].map((overlap) => {
    const isIn = (bit: bigint | undefined): boolean => bit !== undefined && (overlap & bit) !== 0n;
    return {
      of: list.filter((_, n) => isIn(1n << BigInt(n))),
      allowed: rules.filter((_, index) => isIn(bits.get(keys[index]!))),
    };
  });
  assertValues(combinations.map(({ of }) => of));
  return combinations
    .map(({ of, allowed }) => {
      const pods = intersect(...of);
      return { pods, key: podSetKey(pods), allowed };
    })
    .sort((a, b) => narrowness(b.pods) - narrowness(a.pods) || a.key.localeCompare(b.key, 'en'))
    .map(({ pods, allowed }) => ({ pods, allowed }));
};
