import type { CachedPolicy } from './caches.ts';

/** Whether the policy is not reconciled: its generated objects and the level that it requested stay. */
export const isAtRest = ({ spec, unsupported }: CachedPolicy): boolean =>
  spec.suspend === true || unsupported !== undefined;
