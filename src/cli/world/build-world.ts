import { ENDPOINT_SLICES, NAMESPACES, NODES, PODS, SERVICES } from '../../kube/kinds.ts';
import type { NetworkContext } from '../../policy/sections/network/context.ts';
import { toReachNamespace, toReachNode, toReachService, toReachSlice } from '../../reach/kubernetes-objects.ts';
import type { ReachNamespace, ReachPod, ReachService, ReachSlice, World } from '../../reach/world.ts';
import { InputError } from '../errors.ts';
import { type FactSettings, factsOf } from './facts.ts';
import { type ClusterObjects, describeUnread, isUnread, type Unread } from './from-cluster.ts';
import { isOfKind, type KubernetesObject, keyOf, pathOf } from './kubernetes-object.ts';
import type { Manifest } from './manifests.ts';
import { findPolicies, type PolicyInWorld } from './policies.ts';
import { podsOf, templateOf } from './workloads.ts';

/** A ContainerSecurityPolicy of the world, and the manifest that it comes from; absent: it is the cluster's. */
export interface WorldPolicy extends PolicyInWorld {
  readonly manifest?: Manifest;
}

export interface LoadedWorld {
  readonly world: World;
  readonly policies: readonly WorldPolicy[];
  /** Those of the cluster, and over them those of the files, of every kind. */
  readonly objects: readonly KubernetesObject[];
  /** The objects of the files, of every kind. */
  readonly manifests: readonly Manifest[];
  /** What the rules of policies depend on besides the policies. */
  readonly context: NetworkContext;
  /** Absent: the world is that of the files alone. */
  readonly cluster?: ClusterObjects;
  /** What the user may not read. */
  readonly unread: readonly Unread[];
  /** What the answers leave out, or assume; for stderr. */
  readonly notes: readonly string[];
}

export interface WorldParts extends FactSettings {
  readonly manifests: readonly Manifest[];
  /** Absent: there are only the files. */
  readonly cluster?: ClusterObjects;
}

/** An applied Namespace keeps the labels of other clients. */
const merged = (before: KubernetesObject | undefined, after: KubernetesObject): KubernetesObject =>
  before !== undefined && isOfKind(after, NAMESPACES)
    ? { ...after, metadata: { ...after.metadata, labels: { ...before.metadata.labels, ...after.metadata.labels } } }
    : after;

/** The files over the cluster: an object of a file replaces that of the cluster. */
const overlay = (manifests: readonly Manifest[], cluster: readonly KubernetesObject[]) => {
  const before = new Map(cluster.map((object) => [keyOf(object), object]));
  const files = new Map<KubernetesObject, Manifest>();
  for (const manifest of manifests) files.set(merged(before.get(keyOf(manifest.object)), manifest.object), manifest);
  const replaced = new Set([...files.keys()].map(keyOf));
  return { files, objects: [...cluster.filter((object) => !replaced.has(keyOf(object))), ...files.keys()] };
};

const isWorkload = (object: KubernetesObject): boolean =>
  templateOf(object) !== undefined || isOfKind(object, PODS) || isOfKind(object, SERVICES);

/** EndpointSlices show the pods of before the files were applied: there the selectors of Services count. */
const currentSlices = (
  slices: readonly ReachSlice[],
  services: readonly ReachService[],
  files: Iterable<KubernetesObject>,
): ReachSlice[] => {
  const changed = new Set([...files].filter(isWorkload).map(({ metadata }) => metadata.namespace));
  const selecting = new Set(
    services.filter(({ selector }) => selector !== undefined).map(({ namespace, name }) => `${namespace}/${name}`),
  );
  return slices.filter(
    ({ namespace, service }) => !changed.has(namespace) || !selecting.has(`${namespace}/${service}`),
  );
};

/** Every namespace that something is in; the labels of those without a Namespace are unknown. */
const namespacesOf = (
  objects: readonly KubernetesObject[],
  pods: readonly ReachPod[],
  arePodsUnknown: (namespace: string) => boolean,
): ReachNamespace[] => {
  const described = objects
    .filter((object) => isOfKind(object, NAMESPACES))
    .map((object) => toReachNamespace(object as never));
  const names = new Set([
    ...described.map(({ name }) => name),
    ...objects.flatMap(({ metadata }) => metadata.namespace ?? []),
  ]);
  const byName = new Map(described.map((namespace) => [namespace.name, namespace]));
  const inhabited = new Set(pods.map(({ namespace }) => namespace));
  return [...names].sort().map((name) => ({
    ...(byName.get(name) ?? { name }),
    ...(arePodsUnknown(name) && !inhabited.has(name) && { podsUnknown: true }),
  }));
};

/** Files without a pod of a namespace do not describe it; a user may have no right to read it. */
const unknownPods = ({ cluster }: WorldParts): ((namespace: string) => boolean) =>
  cluster === undefined ? () => true : (namespace) => isUnread(cluster.unread, PODS.kind, namespace);

/**
 * The world of files, of a cluster, or of files that are applied to a cluster.
 * @throws InputError for a policy that the operator would refuse
 */
export const buildWorld = (parts: WorldParts): LoadedWorld => {
  const { manifests, cluster } = parts;
  const { files, objects } = overlay(manifests, cluster?.objects ?? []);
  const isNew = (object: KubernetesObject): boolean => files.has(object);
  const facts = factsOf(objects, parts);
  const { policies, foreign, notes, problems } = findPolicies(objects, isNew, facts);
  if (problems.length > 0)
    throw new InputError(
      problems.map(
        ({ policy, message }) => `${files.get(policy)?.source.file}: ${policy.kind} ${pathOf(policy)}: ${message}`,
      ),
    );
  const pods = podsOf(objects, isNew);
  const of = (kind: { kind: string; group: string }) => objects.filter((object) => isOfKind(object, kind)) as never[];
  const services = of(SERVICES).map(toReachService);
  const slices = of(ENDPOINT_SLICES).flatMap((slice) => toReachSlice(slice) ?? []);
  const unread = cluster?.unread ?? [];
  const nodes = of(NODES).map(toReachNode);
  const byKey = new Map([...files].map(([object, manifest]) => [object as unknown, manifest]));
  return {
    world: {
      namespaces: namespacesOf(objects, pods, unknownPods(parts)),
      ...{ pods, services, slices: currentSlices(slices, services, files.keys()) },
      policies: [...policies.flatMap(({ networkPolicies }) => networkPolicies), ...foreign],
      ...(nodes.length > 0 && { nodes }),
      ...(cluster === undefined && { partial: 'Files' }),
      ...(isUnread(unread, NAMESPACES.kind) && { partial: 'Readable' }),
    },
    policies: policies.map((policy) => {
      const manifest = byKey.get(policy.policy);
      return { ...policy, ...(manifest && { manifest }) };
    }),
    ...{ objects, manifests, unread, context: facts.context },
    ...(cluster && { cluster }),
    notes: [...describeUnread(unread), ...notes],
  };
};
