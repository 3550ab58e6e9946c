import { gt, lt, valid } from '@renovatebot/ruby-semver';

/** Versions of Ruby gems and of pods, as Gem::Version orders them; undefined when one is none. */
export const compareGem = (a: string, b: string): number | undefined => {
  if (valid(a) === null || valid(b) === null) return undefined;
  if (lt(a, b)) return -1;
  return gt(a, b) ? 1 : 0;
};
