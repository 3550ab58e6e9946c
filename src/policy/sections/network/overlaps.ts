import type { PodSet, Requirement } from './requirements.ts';

/** Sets of pods, one bit each. */
export type Overlap = bigint;

/** Combinations that are tried before the sets count as too many: well under 100 ms. */
const MAX_TRIES = 2 ** 17;

type Indexed = readonly [bit: Overlap, requirement: Requirement];

/**
 * For each value that a label can have, and for its lack, the sets whose requirements on that label hold. Values that all
 * sets treat alike are one.
 */
const overlapsOfKey = (everySet: Overlap, requirements: readonly Indexed[]): Set<Overlap> => {
  const bitsOf = (...operators: Requirement['operator'][]): Overlap =>
    requirements.reduce((bits, [bit, { operator }]) => (operators.includes(operator) ? bits | bit : bits), 0n);
  const absent = everySet & ~bitsOf('In', 'Exists');
  const unnamed = everySet & ~bitsOf('In', 'DoesNotExist');
  const named = new Map<string, Overlap>();
  for (const [bit, { operator, values }] of requirements) {
    // In adds its set to what an unnamed value is in, NotIn removes it.
    for (const value of values) {
      const bits = named.get(value) ?? unnamed;
      named.set(value, operator === 'In' ? bits | bit : bits & ~bit);
    }
  }
  return new Set([absent, unnamed, ...named.values()]);
};

const meanSize = (overlaps: ReadonlySet<Overlap>): number => {
  const ones = [...overlaps].reduce((sum, bits) => sum + bits.toString(2).replaceAll('0', '').length, 0);
  return ones / overlaps.size;
};

/**
 * Of some sets of pods, the combinations such that some pod is in these sets and in no other: at most one for each pod that
 * labels can make. Bit n stands for the set n. Only combinations with bit 0 are of interest.
 * @param sets none that no pod can be in
 * @returns undefined when there are too many
 */
export const overlapsOf = (sets: readonly PodSet[]): Overlap[] | undefined => {
  const everySet = (1n << BigInt(sets.length)) - 1n;
  const indexed = sets.flatMap((set, n) => set.map((r): Indexed => [1n << BigInt(n), r]));
  const keys = [...Map.groupBy(indexed, ([, { key }]) => key).values()].map((of) => overlapsOfKey(everySet, of));
  // The labels that tell most sets apart first, so that few combinations are left for the others.
  const ordered = keys.map((of) => ({ of, size: meanSize(of) })).sort((a, b) => a.size - b.size);
  let found = new Set([everySet]);
  let tries = 0;
  for (const { of } of ordered) {
    tries += found.size * of.size;
    if (tries > MAX_TRIES) return undefined;
    const next = new Set<Overlap>();
    for (const a of found) for (const b of of) if (a & b & 1n) next.add(a & b);
    found = next;
  }
  return [...found];
};
