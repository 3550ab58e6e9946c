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

/** Negative when `a` is weaker than `b`, 0 when they are equal, positive when it is stricter. */
export const compareStandards = (a: Standard, b: Standard): number => {
  const byLevel = LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);
  if (byLevel !== 0 || a.level === 'privileged' || a.version === b.version) return byLevel;
  return minor(a.version) - minor(b.version);
};

export const stricter = (a: Standard, b: Standard): Standard => (compareStandards(a, b) >= 0 ? a : b);

/** `restricted:latest`, as the API server writes it. */
export const describeStandard = ({ level, version }: Standard): string => `${level}:${version}`;
