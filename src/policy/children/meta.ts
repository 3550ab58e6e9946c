import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../api/group.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_LABEL } from '../../api/keys.ts';
import type { PolicyName } from '../../api/policy.ts';
import type { OwnerReference } from '../../kube/object.ts';

export interface ChildMeta {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** Metadata of a generated object: in the policy's own namespace, and only our labels (copied GitOps labels would have it pruned). */
export const childMeta = (policy: PolicyName, name: string): ChildMeta => ({
  name,
  namespace: policy.namespace,
  labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [POLICY_LABEL]: policy.name },
});

export const ownerReference = (policy: { name: string; uid: string }): OwnerReference => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: CONTAINER_SECURITY_POLICY.kind,
  name: policy.name,
  uid: policy.uid,
  controller: true,
  blockOwnerDeletion: true,
});
