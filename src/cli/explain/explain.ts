import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy, PolicySpec } from '../../api/policy.ts';
import { explainAccess } from './access.ts';
import { explainImages } from './images.ts';
import { explainNetwork } from './network.ts';
import { explainPodSecurity } from './pod-security.ts';
import { explainScan } from './scan.ts';

const explainMode = ({ mode = 'Enforce', suspend }: PolicySpec): string => {
  if (suspend === true) {
    return `Suspended: nothing is put in force, changed or repaired until suspend is false; then mode ${mode} counts again. What is in force stays in force.`;
  }
  return mode === 'Audit'
    ? 'Mode Audit: nothing of this is in force. What follows is what mode Enforce would do.'
    : 'Mode Enforce: this is put in force, and repaired when somebody changes it.';
};

/** Says in words what a policy means, for somebody who reviews it. Ends in a newline. */
export const explain = ({ metadata, spec }: ContainerSecurityPolicy): string => {
  const title = `${CONTAINER_SECURITY_POLICY.kind} ${metadata.name} of namespace ${metadata.namespace}`;
  const paragraphs = [
    [title, explainMode(spec)],
    explainNetwork(spec.network),
    explainPodSecurity(spec.podSecurity),
    explainAccess(spec.access),
    explainImages(spec),
    explainScan(metadata.name, spec.scan),
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
};
