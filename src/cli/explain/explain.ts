import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy, PolicySpec } from '../../api/policy.ts';
import { refusal } from '../render/render.ts';
import { explainAccess } from './access.ts';
import { explainImages } from './images.ts';
import { explainNetwork } from './network.ts';
import { explainPodSecurity } from './pod-security.ts';
import { explainScan } from './scan.ts';

const explainMode = ({ mode = 'Enforce', suspend }: PolicySpec): string => {
  if (suspend === true) {
    return `Suspended: the operator creates, changes and repairs nothing until suspend is false; then mode ${mode} applies. Everything already in force stays in force.`;
  }
  return mode === 'Audit'
    ? 'Mode Audit: nothing is enforced. The following describes mode Enforce.'
    : 'Mode Enforce: the operator enforces this policy, and reverts changes to the objects that it generates.';
};

const explainProposed = ({ proposed }: PolicySpec): string[] => {
  if (proposed === undefined) return [];
  const sections = Object.keys(proposed);
  return [
    `spec.proposed (${sections.length === 0 ? 'no section' : sections.join(', ')}) has no effect and is not described: status.preview shows the effects that it would have.`,
  ];
};

/** Describes a policy in plain English, for a reviewer. Ends in a newline. */
export const explain = (policy: ContainerSecurityPolicy): string => {
  const { metadata, spec } = policy;
  const refused = refusal(policy);
  const title = `${CONTAINER_SECURITY_POLICY.kind} ${metadata.name} in namespace ${metadata.namespace}`;
  const paragraphs = [
    [
      title,
      explainMode(spec),
      ...explainProposed(spec),
      ...(refused === undefined ? [] : [`Warning: the operator refuses this policy: ${refused}.`]),
    ],
    explainNetwork(spec.network),
    explainPodSecurity(spec.podSecurity),
    explainAccess(spec.access),
    explainImages(spec),
    explainScan(metadata.name, spec.scan),
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
};
