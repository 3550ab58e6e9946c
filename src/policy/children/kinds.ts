import { FIELD_MANAGERS } from '../../api/keys.ts';
import type { Resource } from '../../kube/resource.ts';
import type { RoleBindingChild, RoleChild } from '../access/render.ts';
import type { NetworkPolicyChild } from '../network/render.ts';

/** An object that a policy generates. */
export type Child = NetworkPolicyChild | RoleChild | RoleBindingChild;
export type ChildKind = Child['kind'];

export interface ChildType {
  readonly resource: Resource;
  readonly fieldManager: string;
  /** The fields beside metadata that say what the object does: all of them are ours. */
  readonly payload: readonly string[];
}

const rbac = (plural: string, kind: string): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

export const CHILD_TYPES: Readonly<Record<ChildKind, ChildType>> = {
  NetworkPolicy: {
    resource: {
      group: 'networking.k8s.io',
      version: 'v1',
      plural: 'networkpolicies',
      kind: 'NetworkPolicy',
      namespaced: true,
    },
    fieldManager: FIELD_MANAGERS.network,
    payload: ['spec'],
  },
  Role: { resource: rbac('roles', 'Role'), fieldManager: FIELD_MANAGERS.access, payload: ['rules'] },
  RoleBinding: {
    resource: rbac('rolebindings', 'RoleBinding'),
    fieldManager: FIELD_MANAGERS.access,
    payload: ['roleRef', 'subjects'],
  },
};
