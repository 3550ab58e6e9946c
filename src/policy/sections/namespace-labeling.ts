import { KeyedMutex } from '../../kube/keyed-mutex.ts';
import type { CachedPolicy } from '../caches.ts';
import { failed, type SectionName } from '../status/outcome.ts';
import type { Section, SectionResult } from './section.ts';

/**
 * `enforce` and `withdraw` of a section that labels its namespace. The labels are decided for all policies of the
 * namespace together, so one policy is handled at a time. After an error the last known status stays.
 * @param field of the spec and of the status
 */
export const namespaceLabeling = (
  section: SectionName,
  field: 'podSecurity' | 'images',
  apply: (policy: CachedPolicy) => Promise<SectionResult>,
): Pick<Section, 'enforce' | 'withdraw'> => {
  const namespaces = new KeyedMutex();
  const run = async (policy: CachedPolicy): Promise<SectionResult> => {
    try {
      return await namespaces.run(policy.metadata.namespace, () => apply(policy));
    } catch (error) {
      const before = policy.spec[field] && policy.status?.[field];
      return { outcome: failed(section, error), ...(before && { status: { [field]: before } }) };
    }
  };
  return { enforce: run, withdraw: run };
};
