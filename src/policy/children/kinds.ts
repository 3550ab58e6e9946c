import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1.js';
import { IMAGE_SCAN } from '../../api/group.ts';
import type { ScanSpec } from '../../api/imagescan.ts';
import { FIELD_MANAGERS } from '../../api/keys.ts';
import { NETWORK_POLICIES, ROLE_BINDINGS, ROLES } from '../../kube/kinds.ts';
import type { Resource } from '../../kube/rest/resource.ts';
import type { SectionName } from '../status/outcome.ts';
import type { ChildMeta } from './meta.ts';

export interface NetworkPolicyChild {
  apiVersion: 'networking.k8s.io/v1';
  kind: 'NetworkPolicy';
  metadata: ChildMeta;
  spec: NetworkPolicySpec;
}

export interface RoleChild {
  apiVersion: 'rbac.authorization.k8s.io/v1';
  kind: 'Role';
  metadata: ChildMeta;
  rules: PolicyRule[];
}

export interface RoleBindingChild {
  apiVersion: 'rbac.authorization.k8s.io/v1';
  kind: 'RoleBinding';
  metadata: ChildMeta;
  roleRef: RoleRef;
  subjects: Subject[];
}

export interface ImageScanChild {
  apiVersion: 'security.palisade.dev/v1alpha1';
  kind: 'ImageScan';
  metadata: ChildMeta;
  spec: ScanSpec;
}

/** An object that a policy generates. */
export type Child = NetworkPolicyChild | RoleChild | RoleBindingChild | ImageScanChild;
export type ChildKind = Child['kind'];

interface ChildType {
  readonly resource: Resource;
  /** The section that generates it. */
  readonly section: SectionName;
  readonly fieldManager: string;
  /** The fields beside metadata that say what the object does: all of them are ours. */
  readonly payload: readonly string[];
  /** Fields of spec that a child may omit: a write sets them to null, which removes what another client adds there. */
  readonly optional: readonly string[];
  /** How an existing one is corrected. merge: the API server refuses an applied null in a custom resource (1.36.3). */
  readonly patch: 'apply' | 'merge';
}

export const CHILD_TYPES: Readonly<Record<ChildKind, ChildType>> = {
  NetworkPolicy: {
    resource: NETWORK_POLICIES,
    section: 'Network',
    fieldManager: FIELD_MANAGERS.network,
    payload: ['spec'],
    optional: ['ingress', 'egress'],
    patch: 'apply',
  },
  Role: {
    resource: ROLES,
    section: 'Access',
    fieldManager: FIELD_MANAGERS.access,
    payload: ['rules'],
    optional: [],
    patch: 'apply',
  },
  RoleBinding: {
    resource: ROLE_BINDINGS,
    section: 'Access',
    fieldManager: FIELD_MANAGERS.access,
    payload: ['roleRef', 'subjects'],
    optional: [],
    patch: 'apply',
  },
  ImageScan: {
    resource: IMAGE_SCAN,
    section: 'Scan',
    fieldManager: FIELD_MANAGERS.scan,
    payload: ['spec'],
    optional: ['schedule', 'timeZone', 'target', 'pullSecrets', 'exceptions', 'failOnKnownExploited'],
    patch: 'merge',
  },
};
