import type { Subject as RbacSubject, RoleRef } from 'kubernetes-types/rbac/v1.js';
import { childName } from '../../../api/names.ts';
import type { AccessSection, PolicyName, Profile, Subject } from '../../../api/policy.ts';
import type { RoleBindingChild, RoleChild } from '../../children/kinds.ts';
import { childMeta } from '../../children/meta.ts';

const RBAC = 'rbac.authorization.k8s.io';

export interface RenderedAccess {
  /** Applied before the bindings: the API server refuses a binding to a Role that does not exist. */
  readonly roles: readonly RoleChild[];
  readonly bindings: readonly RoleBindingChild[];
}

/** config/rbac/profiles.yaml ships them. */
export const profileClusterRole = (profile: Profile): string => `palisade-${profile}`;

const subject = (namespace: string, { kind, name }: Subject): RbacSubject =>
  kind === 'ServiceAccount' ? { kind, name, namespace } : { kind, name, apiGroup: RBAC };

/** A RoleBinding's roleRef cannot be changed, so it is part of the name: another role makes another binding. */
const binding = (
  policy: PolicyName,
  what: string,
  ref: Omit<RoleRef, 'apiGroup'>,
  subjects: readonly Subject[],
): RoleBindingChild => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: childMeta(policy, childName(policy.name, what, ref.kind, ref.name)),
  roleRef: { apiGroup: RBAC, ...ref },
  subjects: subjects.map((s) => subject(policy.namespace, s)),
});

export const renderAccess = (policy: PolicyName, access: AccessSection): RenderedAccess => {
  const roles = (access.roles ?? []).map(
    ({ name, rules }): RoleChild => ({
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: childMeta(policy, childName(policy.name, name, 'Role')),
      rules: rules.map(({ apiGroups, resources, resourceNames, verbs }) => ({
        apiGroups: [...apiGroups],
        resources: [...resources],
        ...(resourceNames !== undefined && { resourceNames: [...resourceNames] }),
        verbs: [...verbs],
      })),
    }),
  );
  const toProfiles = (access.bindings ?? []).map(({ profile, subjects }) =>
    binding(policy, profile, { kind: 'ClusterRole', name: profileClusterRole(profile) }, subjects),
  );
  const toRoles = (access.roles ?? []).map(({ name, subjects }) =>
    binding(policy, name, { kind: 'Role', name: childName(policy.name, name, 'Role') }, subjects),
  );
  return { roles, bindings: [...toProfiles, ...toRoles] };
};
