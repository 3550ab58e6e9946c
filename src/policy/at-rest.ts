import type { CachedPolicy } from './caches.ts';

/** Nothing of it is changed; what it had asked for is kept. */
export const isAtRest = ({ spec, unsupported }: CachedPolicy): boolean =>
  spec.suspend === true || unsupported !== undefined;
