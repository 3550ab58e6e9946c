import type { Logger } from 'pino';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../api/group.ts';
import type { ImageScan } from '../api/imagescan.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { Reflector } from '../kube/cache/reflector.ts';
import type { ReflectorOptions } from '../kube/cache/reflector-options.ts';
import type { Store } from '../kube/cache/store.ts';
import {
  ENDPOINT_SLICES,
  NAMESPACES,
  NODES,
  PODS,
  SERVICES,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '../kube/kinds.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { KubeObject } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import {
  type CachedAdmissionBinding,
  toCachedAdmissionBinding,
  toCachedAdmissionPolicy,
} from '../policy/admission-policies.ts';
import { type CachedService, type CachedSlice, type PolicyCaches, toCachedPolicy } from '../policy/caches.ts';
import { toCachedChild } from '../policy/children/cached-child.ts';
import { CHILD_TYPES, type ChildKind } from '../policy/children/kinds.ts';
import { type CachedNamespace, toCachedNamespace } from '../policy/namespace.ts';
import { type ScanCaches, toCachedScan } from '../scan/imagescan/caches.ts';
import { type CachedNode, toCachedNode } from '../scan/imagescan/inventory/node.ts';
import { type CachedPod, toCachedPod } from './pods.ts';

interface WatchOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches & { readonly pods: Store<CachedPod> };
  readonly scanCaches: ScanCaches;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly resyncMs: number;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
}

/** The Service of the API server; its EndpointSlices have its name as a label. */
const API_SERVER = { namespace: 'default', service: 'kubernetes' };

/** Options of one of several reflectors that fill one store: the object of this name. */
const only = (name: string) => ({
  fieldSelector: `metadata.name=${name}`,
  owns: ({ metadata }: KubeObject) => metadata.name === name,
});

/** A reflector of any kind of object. */
export type Watch = Pick<Reflector, 'name' | 'synced' | 'known' | 'hasSynced' | 'isStuck' | 'run'>;

export interface Watches {
  /** Required by every policy and ImageScan. */
  readonly cluster: readonly Watch[];
  /** Required by the policies and ImageScans of one namespace; with all namespaces watched one entry, for undefined. */
  readonly byNamespace: ReadonlyMap<string | undefined, readonly Watch[]>;
}

type CreateWatch = <T extends KubeObject>(options: Omit<ReflectorOptions<T>, 'client' | 'metrics' | 'log'>) => Watch;

/** Creates a reflector for each kind that policies and ImageScans depend on; with --namespaces, one for each namespace. */
export const createWatches = (options: WatchOptions): Watches => {
  const { client, metrics, log, namespaces } = options;
  const watch: CreateWatch = (rest) => new Reflector({ client, metrics, log, ...rest });
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  return {
    cluster: clusterReflectors(options, watch),
    byNamespace: new Map(scopes.map((namespace) => [namespace, namespaceReflectors(options, watch, namespace)])),
  };
};

const namespaceReflectors = (
  { caches, scanCaches, namespaces, resyncMs }: WatchOptions,
  watch: CreateWatch,
  namespace: string | undefined,
): Watch[] => {
  // Of several namespaces, one that is forbidden does not stop the others.
  const scope = { namespace, mayBeForbidden: namespaces.length > 1 };
  return [
    watch<ContainerSecurityPolicy>({
      ...scope,
      resource: CONTAINER_SECURITY_POLICY,
      store: caches.policies,
      transform: toCachedPolicy,
      resyncMs,
    }),
    ...(Object.keys(CHILD_TYPES) as ChildKind[]).map((kind) =>
      watch({
        ...scope,
        resource: CHILD_TYPES[kind].resource,
        store: caches.children[kind],
        transform: (raw) => toCachedChild(kind)({ ...raw }),
        // ImageScans have no finalizer, so their CRD is deleted first: policies must still be withdrawn then.
        mayBeAbsent: kind === 'ImageScan',
      }),
    ),
    watch<CachedNamespace>({
      resource: NAMESPACES,
      store: caches.namespaces,
      transform: toCachedNamespace,
      mayBeForbidden: scope.mayBeForbidden,
      ...(namespace !== undefined && only(namespace)),
    }),
    watch<CachedPod>({ ...scope, resource: PODS, store: caches.pods, transform: toCachedPod }),
    watch<ImageScan>({
      ...scope,
      resource: IMAGE_SCAN,
      store: scanCaches.scans,
      transform: toCachedScan,
      resyncMs,
      mayBeAbsent: true,
    }),
  ];
};

const clusterReflectors = ({ caches, scanCaches }: WatchOptions, watch: CreateWatch): Watch[] => [
  watch({
    resource: VALIDATING_ADMISSION_POLICIES,
    store: caches.admissionPolicies,
    transform: toCachedAdmissionPolicy,
    mayBeForbidden: true,
  }),
  watch<CachedAdmissionBinding>({
    resource: VALIDATING_ADMISSION_POLICY_BINDINGS,
    store: caches.admissionBindings,
    transform: toCachedAdmissionBinding,
    mayBeForbidden: true,
  }),
  watch<CachedNode>({ resource: NODES, store: scanCaches.nodes, transform: toCachedNode }),
  watch<CachedSlice>({
    resource: ENDPOINT_SLICES,
    store: caches.apiServerSlices,
    namespace: API_SERVER.namespace,
    labelSelector: `kubernetes.io/service-name=${API_SERVER.service}`,
  }),
  watch<CachedService>({
    resource: SERVICES,
    store: caches.apiServerServices,
    namespace: API_SERVER.namespace,
    fieldSelector: `metadata.name=${API_SERVER.service}`,
  }),
];
