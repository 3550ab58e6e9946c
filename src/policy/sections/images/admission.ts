import type { PolicySpec } from '../../../api/policy.ts';
import {
  type AdmissionCaches,
  admissionPolicyState,
  describeInactive,
  IMAGE_ADMISSION_POLICIES,
} from '../../admission-policies.ts';
import type { SectionOutcome } from '../../status/outcome.ts';

/** The API server enforces image rules by an admission policy. undefined: the admission policy is in force. */
export const notInstalled = (
  mode: PolicySpec['mode'] = 'Enforce',
  caches: AdmissionCaches,
): SectionOutcome | undefined => {
  const policy = IMAGE_ADMISSION_POLICIES[mode];
  const problem = describeInactive([policy], caches);
  if (problem === undefined) return undefined;
  const known = admissionPolicyState(policy, caches) !== 'Unknown';
  return {
    section: 'Images',
    state: 'Stalled',
    reason: known ? 'AdmissionPolicyMissing' : 'Forbidden',
    message: known ? `image rules are not enforced: ${problem}` : problem,
  };
};
