import { compare, valid } from 'semver';

/** Go and Cargo omit zeros: `v1.21` is 1.21.0. */
const complete = (version: string): string | null => {
  const [, major, minor = '.0', patch = '.0', rest = ''] = /^v?(\d+)(\.\d+)?(\.\d+)?([-+].*)?$/.exec(version) ?? [];
  return major === undefined ? null : valid(`${major}${minor}${patch}${rest}`);
};

/** Semantic versions; undefined when one is none. */
export const compareSemver = (a: string, b: string): number | undefined => {
  const [left, right] = [complete(a), complete(b)];
  return left === null || right === null ? undefined : compare(left, right);
};
