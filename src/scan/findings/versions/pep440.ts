import { compare, explain, valid } from '@renovatebot/pep440';
import type { ExclusiveBounds } from './fixed-ranges.ts';

/** Versions of Python packages (PEP 440); undefined when one is none. */
export const comparePep440 = (a: string, b: string): number | undefined =>
  valid(a) === null || valid(b) === null ? undefined : compare(a, b);

/** No post-release has a greater number. */
const LAST_POST = Number.MAX_SAFE_INTEGER;

/** `<V` leaves out the pre-releases of V unless V is one, and `>V` its post-releases (PEP 440, exclusive ordered comparison). */
export const PEP440_BOUNDS: ExclusiveBounds = {
  before: (version) => {
    const { public: release, is_prerelease: isPre = true } = explain(version) ?? {};
    return isPre ? version : `${release}.dev0`;
  },
  after: (version) => {
    const { public: release, is_devrelease: isDev = true, is_postrelease: isPost = true } = explain(version) ?? {};
    return isDev || isPost ? version : `${release}.post${LAST_POST}`;
  },
};
