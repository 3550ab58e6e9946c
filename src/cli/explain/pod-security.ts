import type { PodSecurityLevel, PodSecuritySection } from '../../api/policy.ts';

const LEVELS: Readonly<Record<PodSecurityLevel, string>> = {
  privileged: 'Pods may do everything, up to taking over their node.',
  baseline:
    'Pods may run as root, but known ways out of a container are refused: privileged containers, host namespaces, host paths, host ports, unusual capabilities and the like.',
  restricted:
    'Pods must run as non-root with a seccomp profile, drop all capabilities (but may add NET_BIND_SERVICE), allow no privilege escalation and use only ordinary kinds of volume; what baseline refuses is refused too.',
};

const ON_VIOLATION = {
  Wait: 'Wait: audited and warned about at once; refused only from when no existing pod violates it.',
  Enforce: 'Enforce: refused at once; pods that violate it keep running, but cannot be started again.',
} as const;

/** What may run, line by line. */
export const explainPodSecurity = (section: PodSecuritySection | undefined): string[] => {
  if (section === undefined) return ['What may run: this policy says nothing about it.'];
  const { level, version = 'latest', onViolation = 'Wait' } = section;
  const definition =
    version === 'latest' ? "as the cluster's own version defines it" : `as Kubernetes ${version} defines it`;
  return [
    `What may run: Pod Security level ${level}, ${definition}, for every pod of the namespace`,
    `  ${LEVELS[level]}`,
    ...(level === 'privileged' ? [] : [`  ${ON_VIOLATION[onViolation]}`]),
    '  The strictest policy of the namespace decides; labels that somebody else set are left as they are.',
  ];
};
