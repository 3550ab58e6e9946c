import { KeyedMutex } from '../../kube/keyed-mutex.ts';
import type { CachedPolicy } from '../caches.ts';
import type { Section, SectionResult } from './section.ts';

/**
 * `enforce` and `withdraw` of a section that labels its namespace. The labels are decided for all policies of the
 * namespace together, so one policy is handled at a time.
 */
export const namespaceLabeling = (
  apply: (policy: CachedPolicy) => Promise<SectionResult>,
): Pick<Section, 'enforce' | 'withdraw'> => {
  const namespaces = new KeyedMutex();
  const run = (policy: CachedPolicy) => namespaces.run(policy.metadata.namespace, () => apply(policy));
  return { enforce: run, withdraw: run };
};
