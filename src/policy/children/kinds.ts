import { IMAGE_SCAN } from '../../api/group.ts';
import { FIELD_MANAGERS } from '../../api/keys.ts';
import { NETWORK_POLICIES, ROLE_BINDINGS, ROLES } from '../../kube/kinds.ts';
import type { Resource } from '../../kube/rest/resource.ts';
import type { RoleBindingChild, RoleChild } from '../sections/access/render.ts';
import type { ImageScanChild } from '../sections/imagescan/render.ts';
import type { NetworkPolicyChild } from '../sections/network/render.ts';

/** An object that a policy generates. */
export type Child = NetworkPolicyChild | RoleChild | RoleBindingChild | ImageScanChild;
export type ChildKind = Child['kind'];

export interface ChildType {
  readonly resource: Resource;
  readonly fieldManager: string;
  /** The fields beside metadata that say what the object does: all of them are ours. */
  readonly payload: readonly string[];
  /** Fields of spec that a child may leave out: a write names them with null, which takes away what somebody adds there. */
  readonly optional: readonly string[];
  /** How an existing one is put right. merge: the API server refuses an applied null in a custom resource (1.36.3). */
  readonly patch: 'apply' | 'merge';
}

export const CHILD_TYPES: Readonly<Record<ChildKind, ChildType>> = {
  NetworkPolicy: {
    resource: NETWORK_POLICIES,
    fieldManager: FIELD_MANAGERS.network,
    payload: ['spec'],
    optional: ['ingress', 'egress'],
    patch: 'apply',
  },
  Role: {
    resource: ROLES,
    fieldManager: FIELD_MANAGERS.access,
    payload: ['rules'],
    optional: [],
    patch: 'apply',
  },
  RoleBinding: {
    resource: ROLE_BINDINGS,
    fieldManager: FIELD_MANAGERS.access,
    payload: ['roleRef', 'subjects'],
    optional: [],
    patch: 'apply',
  },
  ImageScan: {
    resource: IMAGE_SCAN,
    fieldManager: FIELD_MANAGERS.scan,
    payload: ['spec'],
    optional: ['schedule', 'timeZone', 'target', 'pullSecrets', 'exceptions'],
    patch: 'merge',
  },
};
