import type { Store } from '../kube/cache/store.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/rest/resource.ts';

const admission = (plural: string, kind: string): Resource => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

export const ADMISSION_POLICIES = admission('validatingadmissionpolicies', 'ValidatingAdmissionPolicy');
export const ADMISSION_BINDINGS = admission('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding');

/** A ValidatingAdmissionPolicy of config/admission. */
export interface Guard {
  readonly name: string;
  /** What a binding has to tell the API server to do. */
  readonly action: 'Deny' | 'Warn';
}

const deny = (name: string): Guard => ({ name, action: 'Deny' });

/** Those that spec.images needs, by the mode of the policy. */
export const IMAGE_GUARDS = {
  Enforce: deny('palisade-trusted-images'),
  Audit: { name: 'palisade-trusted-images-audit', action: 'Warn' },
} as const satisfies Record<string, Guard>;

/** All of config/admission. */
export const GUARDS: readonly Guard[] = [
  deny('palisade-policy-requester'),
  deny('palisade-policy-deleter'),
  deny('palisade-operator-namespaces'),
  deny('palisade-operator-children'),
  deny('palisade-operator-rolebindings'),
  deny('palisade-operator-roles'),
  deny('palisade-operator-policies'),
  deny('palisade-reserved-namespaces'),
  ...Object.values(IMAGE_GUARDS),
];

/** A ValidatingAdmissionPolicyBinding as the cache keeps it. */
export interface BindingView extends KubeObject {
  readonly policyName: string;
  readonly actions: readonly string[];
}

export interface GuardCaches {
  /** Names only. */
  readonly admissionPolicies: Store<KubeObject>;
  readonly admissionBindings: Store<BindingView>;
}

const nameOnly = ({ apiVersion, kind, metadata: { name, uid, resourceVersion } }: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, uid, resourceVersion },
});

export const toAdmissionPolicyView = nameOnly;

export const toBindingView = (raw: KubeObject): BindingView => {
  const { spec } = raw as KubeObject & { spec?: { policyName?: string; validationActions?: string[] } };
  return { ...nameOnly(raw), policyName: spec?.policyName ?? '', actions: spec?.validationActions ?? [] };
};

/** Missing: the policy or a binding of it; Unknown: the operator may not look. */
export type GuardState = 'InForce' | 'Missing' | 'Unknown';
export const GUARD_STATES: readonly GuardState[] = ['InForce', 'Missing', 'Unknown'];

const isBound = ({ name, action }: Guard, { admissionBindings }: GuardCaches): boolean =>
  admissionBindings.list().some(({ policyName, actions }) => policyName === name && actions.includes(action));

const isKnown = ({ admissionPolicies, admissionBindings }: GuardCaches): boolean =>
  admissionPolicies.listed && admissionBindings.listed;

/** That a binding is narrowed to some namespaces, or a policy weakened by a patch, is not seen. */
export const guardState = (guard: Guard, caches: GuardCaches): GuardState => {
  if (!isKnown(caches)) return 'Unknown';
  return caches.admissionPolicies.get(guard.name) !== undefined && isBound(guard, caches) ? 'InForce' : 'Missing';
};

const lacking = (guard: Guard, { admissionPolicies }: GuardCaches): string =>
  admissionPolicies.get(guard.name) === undefined
    ? `${ADMISSION_POLICIES.kind} ${guard.name} is not installed`
    : `${ADMISSION_POLICIES.kind} ${guard.name} is bound with ${guard.action} by no ${ADMISSION_BINDINGS.kind}`;

/** What does not hold of these guards, and the cure, on one line; undefined when all do. */
export const describeGuards = (guards: readonly Guard[], caches: GuardCaches): string | undefined => {
  if (!isKnown(caches)) {
    const resources = [ADMISSION_POLICIES, ADMISSION_BINDINGS].map(({ plural }) => plural).join(' and ');
    const names = guards.map(({ name }) => name).join(', ');
    const inForce = guards.length === 1 ? 'is in force' : 'are in force';
    return `cannot tell whether ${names} ${inForce}: the operator may not list ${resources}: kubectl apply -k config/rbac`;
  }
  const missing = guards.filter((guard) => guardState(guard, caches) === 'Missing');
  if (missing.length === 0) return undefined;
  return `${missing.map((guard) => lacking(guard, caches)).join('; ')}: kubectl apply -k config/admission`;
};
