import type { Finding, KnownFinding } from './finding.ts';

/** Whether a newer package fixes it. */
export const isFixable = ({ fixed }: Pick<Finding, 'fixed'>): boolean => fixed.length > 0;

/** Since when the oldest of the fixable findings is known, RFC 3339; undefined without any. */
export const oldestFixable = (findings: readonly KnownFinding[]): string | undefined =>
  findings
    .filter(isFixable)
    .map(({ firstSeenAt }) => firstSeenAt)
    .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
