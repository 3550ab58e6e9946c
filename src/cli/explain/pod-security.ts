import type { PodSecurityLevel, PodSecuritySection } from '../../api/policy.ts';

const LEVELS: Readonly<Record<PodSecurityLevel, string>> = {
  privileged: 'Pods are not restricted, and can take over their node.',
  baseline:
    'Pods may run as root, but known privilege escalations are denied: privileged containers, host namespaces, hostPath volumes, host ports, unusual capabilities and the like.',
  restricted:
    'Pods must run as non-root with a seccomp profile, drop all capabilities (NET_BIND_SERVICE may be added), allow no privilege escalation and use only ordinary volume types; everything that baseline denies is denied too.',
};

const ON_VIOLATION = {
  Wait: 'onViolation Wait: a violation is audited and returns a warning at once; it is rejected only after no existing pod violates the level.',
  Enforce:
    'onViolation Enforce: new pods that violate the level are rejected at once; existing ones keep running, but cannot be recreated.',
} as const;

/** The Pod Security level, line by line. */
export const explainPodSecurity = (section: PodSecuritySection | undefined): string[] => {
  if (section === undefined) return ['Pod security: not restricted by this policy.'];
  const { level, version = 'latest', onViolation = 'Wait' } = section;
  const definition =
    version === 'latest' ? "as the cluster's own Kubernetes version defines it" : `as Kubernetes ${version} defines it`;
  return [
    `Pod security: level ${level}, ${definition}, for every pod in the namespace`,
    `  ${LEVELS[level]}`,
    ...(level === 'privileged' ? [] : [`  ${ON_VIOLATION[onViolation]}`]),
    '  The strictest policy in the namespace applies; labels that another client set are not changed.',
  ];
};
