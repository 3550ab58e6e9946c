import type { PolicySpec } from '../../../api/policy.ts';
import { describeGuards, type GuardCaches, guardState, IMAGE_GUARDS } from '../../guards.ts';
import type { Outcome } from '../../outcome.ts';

/** Image rules are nothing without their guard: the API server is who refuses. undefined when it is in force. */
export const notInstalled = (mode: PolicySpec['mode'] = 'Enforce', caches: GuardCaches): Outcome | undefined => {
  const guard = IMAGE_GUARDS[mode];
  const problem = describeGuards([guard], caches);
  if (problem === undefined) return undefined;
  const known = guardState(guard, caches) !== 'Unknown';
  return {
    section: 'Images',
    state: 'Stalled',
    reason: known ? 'AdmissionPolicyMissing' : 'Forbidden',
    message: known ? `no image is looked at: ${problem}` : problem,
  };
};
