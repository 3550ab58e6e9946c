import type { PolicySpec } from '../../api/policy.ts';
import type { Resource } from '../../kube/resource.ts';
import type { PolicyCaches } from '../caches.ts';
import type { Outcome } from '../outcome.ts';

const admission = (plural: string, kind: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

export const ADMISSION_POLICIES = admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy');
export const ADMISSION_BINDINGS = admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding');

const NAMES = { Enforce: 'palisade-trusted-images', Audit: 'palisade-trusted-images-audit' } as const;

/** Of the admission policies of config/admission that image rules need, and of the bindings of the same names. */
export const ADMISSION_NAMES: readonly string[] = Object.values(NAMES);

/** Image rules are nothing without them: the API server is who refuses. undefined when they are installed. */
export const notInstalled = (
  mode: PolicySpec['mode'] = 'Enforce',
  { admissionPolicies, admissionBindings }: Pick<PolicyCaches, 'admissionPolicies' | 'admissionBindings'>,
): Outcome | undefined => {
  const name = NAMES[mode];
  const missing = [
    ...(admissionPolicies.get(name) === undefined ? [ADMISSION_POLICIES.kind] : []),
    ...(admissionBindings.get(name) === undefined ? [ADMISSION_BINDINGS.kind] : []),
  ];
  if (missing.length === 0) return undefined;
  return {
    section: 'Images',
    state: 'Stalled',
    reason: 'AdmissionPolicyMissing',
    message: `${missing.map((kind) => `${kind} ${name}`).join(' and ')} not installed, so no image is looked at: kubectl apply -k config/admission`,
  };
};
