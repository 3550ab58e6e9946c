import { TRUSTED_IMAGES_LABEL } from '../../../api/keys.ts';
import type { PolicySpec } from '../../../api/policy.ts';
import {
  type AdmissionCaches,
  admissionPolicyState,
  describeInactive,
  IMAGE_ADMISSION_POLICIES,
} from '../../admission-policies.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { isReserved } from '../../reserved-namespaces.ts';
import type { SectionOutcome } from '../../status/outcome.ts';

const stalled = (reason: SectionOutcome['reason'], message: string): SectionOutcome => ({
  section: 'Images',
  state: 'Stalled',
  reason,
  message,
});

/** The API server enforces image rules by an admission policy. undefined: the admission policy is in force. */
export const notInForce = (
  mode: PolicySpec['mode'] = 'Enforce',
  namespace: string,
  caches: AdmissionCaches,
): SectionOutcome | undefined => {
  const policy = IMAGE_ADMISSION_POLICIES[mode];
  const problem = describeInactive([policy], caches);
  const state = admissionPolicyState(policy, caches);
  if (problem !== undefined && state === 'Unknown') return stalled('Forbidden', problem);
  if (problem !== undefined && state === 'Changed')
    return stalled('AdmissionPolicyChanged', `cannot tell whether image rules are enforced: ${problem}`);
  if (problem !== undefined) return stalled('AdmissionPolicyMissing', `image rules are not enforced: ${problem}`);
  if (!isReserved(namespace, caches.admissionPolicies.get(policy.name)?.reserved ?? [])) return undefined;
  return stalled(
    'AdmissionPolicyChanged',
    `image rules are not enforced: ValidatingAdmissionPolicy ${policy.name} excludes namespace ${namespace} in its match condition ` +
      'not-reserved, and --reserved-namespaces does not: make the lists the same (docs/SECURITY.md)',
  );
};

/** Of a policy that waits, the API server enforces what is recorded. undefined: it is stored as it was written. */
export const unrecorded = (
  { metadata: { name }, records }: CachedNamespace,
  key: string,
  record: string | undefined,
): SectionOutcome | undefined =>
  records.get(key)?.value === record
    ? undefined
    : stalled(
        'ChangedByAdmission',
        `cannot tell which image rules are enforced: annotation ${key} of namespace ${name} is not stored as written: exempt the ` +
          "operator's account from the MutatingAdmissionPolicy or webhook that changes it",
      );

/** The admission policies match labeled namespaces only. undefined: the namespace has the label. */
export const unlabeled = ({ metadata: { name }, labels }: CachedNamespace): SectionOutcome | undefined =>
  labels.has(TRUSTED_IMAGES_LABEL)
    ? undefined
    : stalled(
        'ChangedByAdmission',
        `image rules are not enforced: label ${TRUSTED_IMAGES_LABEL} of namespace ${name} is not stored: exempt the operator's account ` +
          'from the MutatingAdmissionPolicy or webhook that removes it',
      );
