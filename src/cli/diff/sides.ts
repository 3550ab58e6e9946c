import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { refusal } from '../render/render.ts';
import { buildWorld, type LoadedWorld } from '../world/build-world.ts';
import { type FactSettings, type Facts, factsOf } from '../world/facts.ts';
import type { ClusterObjects } from '../world/from-cluster.ts';
import { withoutAudit } from '../world/in-force.ts';
import { isOfKind, type KubernetesObject, keyOf } from '../world/kubernetes-object.ts';
import type { Manifest } from '../world/manifests.ts';

/** The world before or after the change. */
export interface Side {
  /** The objects that are compared. */
  readonly compared: readonly KubernetesObject[];
  /** All of them. */
  readonly objects: readonly KubernetesObject[];
  /** With the rules that are in force: none of a policy in mode Audit. */
  readonly inForce: LoadedWorld;
  /** With the rules of those, too: findings are about what is written. */
  readonly written: LoadedWorld;
  readonly context: Facts['context'];
}

const isPolicy = (object: KubernetesObject): boolean => isOfKind(object, CONTAINER_SECURITY_POLICY);

const asPolicy = (object: KubernetesObject): ContainerSecurityPolicy => object as unknown as ContainerSecurityPolicy;

const objectsOf = (manifests: readonly Manifest[]): KubernetesObject[] => manifests.map(({ object }) => object);

/** Files, over the cluster if there is one. @throws InputError */
export const fileSide = (manifests: readonly Manifest[], settings: FactSettings, cluster?: ClusterObjects): Side => {
  const over = { ...settings, ...(cluster && { cluster }) };
  const written = buildWorld({ ...over, manifests });
  const { objects, context } = written;
  return {
    ...{ compared: objectsOf(manifests), objects, context, written },
    inForce: buildWorld({ ...over, manifests: manifests.map(withoutAudit) }),
  };
};

/** The cluster as it is. @param files of the other side: only their objects are compared */
export const clusterSide = (cluster: ClusterObjects, files: readonly Manifest[], settings: FactSettings): Side => {
  const { objects } = cluster;
  const keys = new Set(objectsOf(files).map(keyOf));
  const compared = objects.filter((object) => keys.has(keyOf(object)));
  const { context } = factsOf(objects, settings);
  const source = { file: 'the cluster', text: '' };
  // As files would say them: the findings of both sides then have the same meaning.
  const manifests = compared
    .filter((object) => isPolicy(object) && refusal(asPolicy(object), context) === undefined)
    .map((object): Manifest => ({ source, document: 0, path: [], object }));
  return {
    ...{ compared, objects, context },
    inForce: buildWorld({ ...settings, manifests: [], cluster }),
    written: buildWorld({ ...settings, manifests, cluster }),
  };
};
