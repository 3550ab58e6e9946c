import type { SectionOutcome } from '../../status/outcome.ts';
import { describeStandard, type Standard } from './level.ts';
import type { Violations } from './violations.ts';

/** The reason why labels of a namespace are not in force. */
export type Problem = Pick<SectionOutcome, 'reason' | 'message'>;

/** The answer of a dry run that says, or may say, that the labels of a namespace have no effect. */
export const describeProblem = (
  namespace: string,
  standard: Standard,
  { exempt, unknown }: Violations,
): Problem | undefined => {
  if (exempt !== undefined) {
    return {
      reason: 'Exempt',
      message:
        `the API server ignores ${describeStandard(standard)} of namespace ${namespace}: ${exempt}. Remove the namespace from ` +
        "exemptions.namespaces in the API server's PodSecurityConfiguration, or remove podSecurity from the policy",
    };
  }
  if (unknown === undefined) return undefined;
  return {
    reason: 'NotVerified',
    message:
      `cannot tell whether namespace ${namespace} enforces ${describeStandard(standard)}: a dry run of the label returns a warning ` +
      `that Palisade does not know: ${unknown.join('; ')}. If an admission webhook writes it, exempt the operator's account from the ` +
      'webhook; otherwise run a release of Palisade that knows the warnings of this API server',
  };
};
