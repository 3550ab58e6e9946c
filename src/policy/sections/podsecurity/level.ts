import type { PodSecurityLevel } from '../../../api/policy.ts';

/** A Pod Security Standard and the Kubernetes version whose definition counts. */
export interface Standard {
  readonly level: PodSecurityLevel;
  /** `latest` or `v1.<minor>` */
  readonly version: string;
}

const LEVELS: readonly PodSecurityLevel[] = ['privileged', 'baseline', 'restricted'];

export const isLevel = (value: string | undefined): value is PodSecurityLevel =>
  LEVELS.includes(value as PodSecurityLevel);

/** Later definitions are stricter, and latest follows them. */
const minor = (version: string): number =>
  version === 'latest' ? Number.POSITIVE_INFINITY : Number(version.slice('v1.'.length));

/**
 * Negative when `a` is weaker than `b`, 0 when they are equal, positive when it is stricter. undefined: a higher level of an
 * older version is neither. restricted:v1.0 allows what baseline:latest forbids, such as seccomp Unconfined.
 */
export const compareStandards = (a: Standard, b: Standard): number | undefined => {
  const byLevel = LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);
  if (a.level === 'privileged' || b.level === 'privileged' || a.version === b.version) return byLevel;
  const byVersion = minor(a.version) - minor(b.version);
  const isClear = byLevel === 0 || Math.sign(byLevel) === Math.sign(byVersion);
  if (!isClear || Number.isNaN(byVersion)) return undefined;
  return byVersion;
};

/** Whether a namespace that enforces `a` forbids all that `b` forbids. */
export const isAtLeast = (a: Standard, b: Standard): boolean => {
  const compared = compareStandards(a, b);
  return compared !== undefined && compared >= 0;
};

/** A total order for sorting: of two standards that cannot be compared, the one of the lower level comes first. */
export const rankStandards = (a: Standard, b: Standard): number =>
  compareStandards(a, b) ?? LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);

/** `restricted:latest`, as the API server writes it. */
export const describeStandard = ({ level, version }: Standard): string => `${level}:${version}`;
