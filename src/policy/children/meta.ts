import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../api/group.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_LABEL } from '../../api/keys.ts';
import type { PolicyName } from '../../api/policy.ts';
import type { OwnerReference } from '../../kube/object.ts';

export interface ChildMeta {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  /** Absent in what is rendered: the writer adds them. */
  ownerReferences?: OwnerReference[];
}

/** Metadata of a generated object: in the policy's own namespace, and only our labels (copied GitOps labels would have it pruned). */
export const childMeta = (policy: PolicyName, name: string): ChildMeta => ({
  name,
  namespace: policy.namespace,
  labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [POLICY_LABEL]: policy.name },
});

/**
 * The second owner of an object that must be deleted after others. Deletion with propagationPolicy Foreground makes the
 * garbage collector delete all objects of a policy at once, while our finalizer still holds the policy; of an object with
 * another owner it removes only the reference to the policy (1.36.3), and the operator deletes the object in its turn.
 */
export const keeperReference = ({ name, uid }: { name: string; uid: string }): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  name,
  uid,
});

export const ownerReference = (policy: { name: string; uid: string }): OwnerReference => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: CONTAINER_SECURITY_POLICY.kind,
  name: policy.name,
  uid: policy.uid,
  controller: true,
  blockOwnerDeletion: true,
});
