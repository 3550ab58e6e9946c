import type { Store } from '../kube/cache/store.ts';
import { VALIDATING_ADMISSION_POLICIES, VALIDATING_ADMISSION_POLICY_BINDINGS } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import { bindsLike, reservedIn, weakenedField } from './admission/changes.ts';
import { SHIPPED } from './admission/shipped.generated.ts';
import type { AdmissionBindingSpec, AdmissionPolicySpec } from './admission/shipped.ts';

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
  deny('palisade-status'),
  deny('palisade-enforced-images'),
  { name: 'palisade-withdrawal-warning', action: 'Warn' },
  ...Object.values(IMAGE_ADMISSION_POLICIES),
];

/** A ValidatingAdmissionPolicy as the cache keeps it. */
export interface CachedAdmissionPolicy extends KubeObject {
  /** Field by which it can be weaker than the one of config/admission. */
  readonly weakened?: string;
  /** The namespaces of its list. */
  readonly reserved: readonly string[];
}

/** A ValidatingAdmissionPolicyBinding as the cache keeps it. */
export interface CachedAdmissionBinding extends KubeObject {
  readonly policyName: string;
  readonly actions: readonly string[];
  /** The actions that it has wherever the binding of config/admission has them. */
  readonly complete: readonly string[];
}

export interface AdmissionCaches {
  readonly admissionPolicies: Store<CachedAdmissionPolicy>;
  readonly admissionBindings: Store<CachedAdmissionBinding>;
}

const nameOnly = ({ apiVersion, kind, metadata: { name, uid, resourceVersion } }: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, uid, resourceVersion },
});

export const toCachedAdmissionPolicy = (raw: KubeObject): CachedAdmissionPolicy => {
  const { spec = {} } = raw as KubeObject & { spec?: AdmissionPolicySpec };
  const shipped = SHIPPED.policies.find(({ name }) => name === raw.metadata.name);
  const weakened = shipped && weakenedField(spec, shipped.spec);
  return { ...nameOnly(raw), reserved: shipped ? reservedIn(spec) : [], ...(weakened !== undefined && { weakened }) };
};

export const toCachedAdmissionBinding = (raw: KubeObject): CachedAdmissionBinding => {
  const { spec = {} } = raw as KubeObject & { spec?: AdmissionBindingSpec };
  const { policyName = '', validationActions: actions = [] } = spec;
  const alike = SHIPPED.bindings.filter((shipped) => bindsLike(spec, shipped.spec));
  const complete = actions.filter((action) => alike.some((b) => b.spec.validationActions?.includes(action)));
  return { ...nameOnly(raw), policyName, actions, complete };
};

/**
 * Missing: the policy or its binding does not exist. Changed: one of them can be weaker than that of config/admission.
 * Unknown: the operator may not list them.
 */
export type AdmissionPolicyState = 'InForce' | 'Missing' | 'Changed' | 'Unknown';
export const ADMISSION_POLICY_STATES: readonly AdmissionPolicyState[] = ['InForce', 'Missing', 'Changed', 'Unknown'];

const bindingsOf = ({ name, action }: AdmissionPolicy, { admissionBindings }: AdmissionCaches) =>
  admissionBindings.list().filter(({ policyName, actions }) => policyName === name && actions.includes(action));

const isKnown = ({ admissionPolicies, admissionBindings }: AdmissionCaches): boolean =>
  admissionPolicies.listed && admissionBindings.listed;

export const admissionPolicyState = (policy: AdmissionPolicy, caches: AdmissionCaches): AdmissionPolicyState => {
  if (!isKnown(caches)) return 'Unknown';
  const installed = caches.admissionPolicies.get(policy.name);
  const bindings = bindingsOf(policy, caches);
  if (installed === undefined || bindings.length === 0) return 'Missing';
  const isComplete = bindings.some(({ complete }) => complete.includes(policy.action));
  return installed.weakened === undefined && isComplete ? 'InForce' : 'Changed';
};

const lacking = (policy: AdmissionPolicy, caches: AdmissionCaches): string => {
  const { name, action } = policy;
  const installed = caches.admissionPolicies.get(name);
  const binding = VALIDATING_ADMISSION_POLICY_BINDINGS.kind;
  const subject = `${VALIDATING_ADMISSION_POLICIES.kind} ${name}`;
  if (installed === undefined) return `${subject} is not installed`;
  if (bindingsOf(policy, caches).length === 0) return `${subject} has no ${binding} with action ${action}`;
  return installed.weakened === undefined
    ? `every ${binding} of ${subject} with action ${action} selects less than that of config/admission`
    : `${subject} differs from config/admission in ${installed.weakened}`;
};

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
  const missing = policies.filter((policy) => admissionPolicyState(policy, caches) !== 'InForce');
  if (missing.length === 0) return undefined;
  return `${missing.map((policy) => lacking(policy, caches)).join('; ')}: kubectl apply -k config/admission`;
};
