import { parse } from 'semver';

/** Bitnami's: what stands behind the dash is a revision, and newer than without. Undefined when one is none. */
export const compareBitnami = (a: string, b: string): number | undefined => {
  const [left, right] = [parse(a), parse(b)];
  if (left === null || right === null) return undefined;
  return (
    left.compareMain(right) ||
    Number(left.prerelease.length > 0) - Number(right.prerelease.length > 0) ||
    left.comparePre(right)
  );
};
