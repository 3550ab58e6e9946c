import { printable } from '../../../text/printable.ts';

/** The answer of the API server to a dry run that changes the enforce label of a namespace, from its warnings. */
export interface Violations {
  /** Pods named or counted in the answer. */
  readonly pods: number;
  /** Groups of pods with the same reasons, as the API server words them. */
  readonly groups: readonly string[];
  /** Set when the API server checked only some of the pods, or none: its own words. */
  readonly incomplete?: string;
  /** Set when the API server ignores the labels of the namespace: its own words. */
  readonly exempt?: string;
  /** Warnings that Palisade does not know, and that Pod Security may have written. */
  readonly unknown?: readonly string[];
  /** Set when admission changed the label, so that the answer is not about the level that was sent. */
  readonly replaced?: string;
}

export const isClean = ({ pods, incomplete, exempt, unknown, replaced }: Violations): boolean =>
  pods === 0 && [incomplete, exempt, unknown, replaced].every((problem) => problem === undefined);

/** Of unknown warnings, which other plug-ins may write. */
const MAX_UNKNOWN = 10;
const MAX_LENGTH = 1024;

const HEADLINE = /^existing pods in namespace "[^"]*" violate the new PodSecurity enforce level/;
const INCOMPLETE =
  /^(new PodSecurity enforce level only checked against the first \d+ of \d+ existing pods|failed to list pods while checking new PodSecurity enforce level)/;
const EXEMPT = /^namespace "[^"]*" is exempt from Pod Security/;
const GROUP = /^(?<first>[a-z0-9][-a-z0-9.]*)(?: \(and (?<others>\d+) other pods?\))?: /;
/** The form of every ValidatingAdmissionPolicy with the action Warn. */
const OTHER_PLUGIN = /^Validation failed for ValidatingAdmissionPolicy '/;

/**
 * Reads the Warning headers of a dry run that changes the enforce label.
 * Source of the forms: k8s.io/pod-security-admission v0.36, ValidateNamespace and EvaluatePodsInNamespace; seen on a real server.
 * @param others warnings of other admission plug-ins, as a dry run without a change of these labels has them
 */
export const parseViolations = (warnings: readonly string[], others: readonly string[] = []): Violations => {
  const read = warnings.filter((w) => !OTHER_PLUGIN.test(w) && !others.includes(w));
  const incomplete = read.find((w) => INCOMPLETE.test(w));
  const exempt = read.find((w) => EXEMPT.test(w));
  const start = read.findIndex((w) => HEADLINE.test(w));
  const after = start < 0 ? [] : read.slice(start + 1);
  const groups = after.filter((w) => GROUP.test(w));
  const pods = groups.reduce((sum, w) => sum + 1 + Number(GROUP.exec(w)?.groups?.others ?? 0), 0);
  const isKnown = (w: string): boolean =>
    INCOMPLETE.test(w) || EXEMPT.test(w) || HEADLINE.test(w) || groups.includes(w);
  const unknown = read
    .filter((w) => !isKnown(w))
    .slice(0, MAX_UNKNOWN)
    .map((w) => printable(w, MAX_LENGTH));
  return {
    // A headline without readable groups still means that something violates.
    pods: start >= 0 ? Math.max(pods, 1) : 0,
    groups,
    ...(incomplete !== undefined && { incomplete }),
    ...(exempt !== undefined && { exempt }),
    ...(unknown.length > 0 && { unknown }),
  };
};
