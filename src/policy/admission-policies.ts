import type { Store } from '../kube/cache/store.ts';
import { VALIDATING_ADMISSION_POLICIES, VALIDATING_ADMISSION_POLICY_BINDINGS } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';

/** A ValidatingAdmissionPolicy of config/admission. */
export interface AdmissionPolicy {
  readonly name: string;
  /** The validation action that a binding must have. */
  readonly action: 'Deny' | 'Warn';
}

const deny = (name: string): AdmissionPolicy => ({ name, action: 'Deny' });

/** Those that spec.images needs, by the mode of the policy. */
export const IMAGE_ADMISSION_POLICIES = {
  Enforce: deny('palisade-trusted-images'),
  Audit: { name: 'palisade-trusted-images-audit', action: 'Warn' },
} as const satisfies Record<string, AdmissionPolicy>;

/** All of config/admission. */
export const ADMISSION_POLICIES: readonly AdmissionPolicy[] = [
  deny('palisade-policy-requester'),
  deny('palisade-policy-deleter'),
  deny('palisade-operator-namespaces'),
  deny('palisade-operator-children'),
  deny('palisade-operator-rolebindings'),
  deny('palisade-operator-roles'),
  deny('palisade-operator-policies'),
  deny('palisade-reserved-namespaces'),
  ...Object.values(IMAGE_ADMISSION_POLICIES),
];

/** A ValidatingAdmissionPolicyBinding as the cache keeps it. */
export interface CachedAdmissionBinding extends KubeObject {
  readonly policyName: string;
  readonly actions: readonly string[];
}

export interface AdmissionCaches {
  /** Names only. */
  readonly admissionPolicies: Store<KubeObject>;
  readonly admissionBindings: Store<CachedAdmissionBinding>;
}

const nameOnly = ({ apiVersion, kind, metadata: { name, uid, resourceVersion } }: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, uid, resourceVersion },
});

export const toCachedAdmissionPolicy = nameOnly;

export const toCachedAdmissionBinding = (raw: KubeObject): CachedAdmissionBinding => {
  const { spec } = raw as KubeObject & { spec?: { policyName?: string; validationActions?: string[] } };
  return { ...nameOnly(raw), policyName: spec?.policyName ?? '', actions: spec?.validationActions ?? [] };
};

/** Missing: the policy or its binding does not exist. Unknown: the operator may not list them. */
export type AdmissionPolicyState = 'InForce' | 'Missing' | 'Unknown';
export const ADMISSION_POLICY_STATES: readonly AdmissionPolicyState[] = ['InForce', 'Missing', 'Unknown'];

const isBound = ({ name, action }: AdmissionPolicy, { admissionBindings }: AdmissionCaches): boolean =>
  admissionBindings.list().some(({ policyName, actions }) => policyName === name && actions.includes(action));

const isKnown = ({ admissionPolicies, admissionBindings }: AdmissionCaches): boolean =>
  admissionPolicies.listed && admissionBindings.listed;

/** Does not detect a binding that is narrowed to some namespaces, or a policy that was weakened by a patch. */
export const admissionPolicyState = (policy: AdmissionPolicy, caches: AdmissionCaches): AdmissionPolicyState => {
  if (!isKnown(caches)) return 'Unknown';
  return caches.admissionPolicies.get(policy.name) !== undefined && isBound(policy, caches) ? 'InForce' : 'Missing';
};

const lacking = (policy: AdmissionPolicy, { admissionPolicies }: AdmissionCaches): string =>
  admissionPolicies.get(policy.name) === undefined
    ? `${VALIDATING_ADMISSION_POLICIES.kind} ${policy.name} is not installed`
    : `${VALIDATING_ADMISSION_POLICIES.kind} ${policy.name} has no ${VALIDATING_ADMISSION_POLICY_BINDINGS.kind} with action ${policy.action}`;

/** The policies that are not in force, and the cure, on one line; undefined: all are in force. */
export const describeInactive = (policies: readonly AdmissionPolicy[], caches: AdmissionCaches): string | undefined => {
  if (!isKnown(caches)) {
    const resources = [VALIDATING_ADMISSION_POLICIES, VALIDATING_ADMISSION_POLICY_BINDINGS]
      .map(({ plural }) => plural)
      .join(' and ');
    const names = policies.map(({ name }) => name).join(', ');
    const inForce = policies.length === 1 ? 'is in force' : 'are in force';
    return `cannot tell whether ${names} ${inForce}: the operator may not list ${resources}: kubectl apply -k config/rbac`;
  }
  const missing = policies.filter((policy) => admissionPolicyState(policy, caches) === 'Missing');
  if (missing.length === 0) return undefined;
  return `${missing.map((policy) => lacking(policy, caches)).join('; ')}: kubectl apply -k config/admission`;
};
