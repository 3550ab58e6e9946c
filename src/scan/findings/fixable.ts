import type { Finding, KnownFinding } from './finding.ts';

/** Whether a newer package fixes it. */
export const isFixable = ({ fixed }: Pick<Finding, 'fixed'>): boolean => fixed.length > 0;

/** Since when a fix waits to be taken, RFC 3339. */
const waitingSince = ({ fixableSince, firstSeenAt }: KnownFinding): string => fixableSince ?? firstSeenAt;

/** Since when the oldest of the fixable findings is known to be fixable, RFC 3339; undefined without any. */
export const oldestFixable = (findings: readonly KnownFinding[]): string | undefined =>
  findings
    .filter(isFixable)
    .map(waitingSince)
    .sort((a, b) => Date.parse(a) - Date.parse(b))[0];
