/** The existing pods that violate a level, as the API server reports them in a dry run. */
export interface Violations {
  /** Pods named or counted in the answer. */
  readonly pods: number;
  /** Groups of pods with the same reasons, as the API server words them. */
  readonly groups: readonly string[];
  /** Set when the API server checked only some of the pods: its own words. */
  readonly incomplete?: string;
}

export const isClean = (violations: Violations): boolean =>
  violations.pods === 0 && violations.incomplete === undefined;

const HEADLINE = /^existing pods in namespace "[^"]*" violate the new PodSecurity enforce level/;
const INCOMPLETE = /^new PodSecurity enforce level only checked against the first \d+ of \d+ existing pods/;
const GROUP = /^(?<first>[a-z0-9][-a-z0-9.]*)(?: \(and (?<others>\d+) other pods?\))?: /;

/**
 * Reads the Warning headers of a dry-run that changes the enforce label.
 * Source of the forms: k8s.io/pod-security-admission v0.36, admission.EvaluatePodsInNamespace; seen on a real server.
 * Ignores warnings of other admission plug-ins.
 */
export const parseViolations = (warnings: readonly string[]): Violations => {
  const incomplete = warnings.find((w) => INCOMPLETE.test(w));
  const start = warnings.findIndex((w) => HEADLINE.test(w));
  const groups: string[] = [];
  let pods = 0;
  for (const warning of start < 0 ? [] : warnings.slice(start + 1)) {
    const match = GROUP.exec(warning);
    if (match === null) continue;
    groups.push(warning);
    pods += 1 + Number(match.groups?.others ?? 0);
  }
  // A headline without readable groups still means that something violates.
  return { pods: start >= 0 ? Math.max(pods, 1) : 0, groups, ...(incomplete !== undefined && { incomplete }) };
};
