import type { FailOn, Severity } from '../../api/imagescan.ts';

/** The most severe first. */
export const SEVERITIES = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const satisfies readonly Severity[];

export type SeverityCounts = Readonly<Record<Severity, number>>;

/** For sorting: the most severe first. */
export const compareSeverity = (a: Severity, b: Severity): number => SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);

export const countBySeverity = (findings: readonly { readonly severity: Severity }[]): SeverityCounts => {
  const counts: Record<Severity, number> = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
};

/** For sorting: more of the most severe first. */
export const compareCounts = (a: SeverityCounts, b: SeverityCounts): number => {
  const differing = SEVERITIES.find((severity) => a[severity] !== b[severity]);
  return differing === undefined ? 0 : b[differing] - a[differing];
};

/** `2 Critical, 1 High`; empty without any. */
export const describeCounts = (counts: SeverityCounts): string =>
  SEVERITIES.filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${severity}`)
    .join(', ');

/** Whether a finding is as severe as failOn asks. Unknown counts as Low, as the schema says. */
export const isAtLeast = (severity: Severity, failOn: FailOn): boolean =>
  failOn !== 'None' && compareSeverity(severity === 'Unknown' ? 'Low' : severity, failOn) <= 0;
