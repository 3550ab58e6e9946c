import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../api/group.ts';
import type { KubeObject, OwnerReference } from '../../kube/object.ts';

/** By group, not by version alone: another group may have a kind of the same name. */
const isPolicy = ({ apiVersion, kind }: OwnerReference): boolean =>
  kind === CONTAINER_SECURITY_POLICY.kind && apiVersion.startsWith(`${GROUP}/`);

export const isServedVersion = ({ apiVersion }: Pick<OwnerReference, 'apiVersion'>): boolean =>
  apiVersion === `${GROUP}/${VERSION}`;

/** The part of an object that names its owners. */
type Owned = { readonly metadata: Pick<KubeObject['metadata'], 'ownerReferences'> };

/** The ContainerSecurityPolicies that own the object, the one that controls it or not. */
export const owningPolicies = ({ metadata }: Owned): OwnerReference[] =>
  (metadata.ownerReferences ?? []).filter(isPolicy);

/** The ContainerSecurityPolicy that controls the object; the API server accepts one controller at most. */
export const controllingPolicy = (object: Owned): OwnerReference | undefined =>
  owningPolicies(object).find((o) => o.controller === true);
