import type { SectionOutcome } from '../../status/outcome.ts';
import { describeStandard, type Standard } from './level.ts';
import type { Violations } from './violations.ts';

/** The reason why labels of a namespace are not in force. */
export type Problem = Pick<SectionOutcome, 'reason' | 'message'>;

/** @param why with the cure */
export const notVerified = (namespace: string, standard: Standard, why: string): Problem => ({
  reason: 'NotVerified',
  message: `cannot tell whether namespace ${namespace} enforces ${describeStandard(standard)}: ${why}`,
});

/** Admission of the cluster changed the label of a dry run. */
export const labelReplaced = (namespace: string, standard: Standard, replaced: string): Problem =>
  notVerified(
    namespace,
    standard,
    `in a dry run, label ${replaced}: exempt the operator's account from the MutatingAdmissionPolicy or webhook that changes it`,
  );

/** The answer of a dry run that says, or may say, that the labels of a namespace have no effect. */
export const describeProblem = (
  namespace: string,
  standard: Standard,
  { exempt, unknown, replaced }: Violations,
): Problem | undefined => {
  if (exempt !== undefined) {
    return {
      reason: 'Exempt',
      message:
        `the API server ignores ${describeStandard(standard)} for namespace ${namespace}, because it exempts the namespace from Pod Security. Remove the namespace from ` +
        "exemptions.namespaces in the API server's PodSecurityConfiguration, or remove podSecurity from the policy",
    };
  }
  if (replaced !== undefined) return labelReplaced(namespace, standard, replaced);
  if (unknown === undefined) return undefined;
  const why =
    `a dry run of the label returns a warning that Palisade does not know: ${unknown.join('; ')}. If an admission webhook ` +
    "writes it, exempt the operator's account from the webhook; otherwise run a release of Palisade that knows the warnings of this API server";
  return notVerified(namespace, standard, why);
};
