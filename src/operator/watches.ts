import type { Logger } from 'pino';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../api/group.ts';
import type { ImageScan } from '../api/imagescan.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { KubeObject } from '../kube/object.ts';
import { Reflector, type ReflectorOptions } from '../kube/reflector.ts';
import type { Resource } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { type CachedService, type CachedSlice, type PolicyCaches, toCachedPolicy } from '../policy/caches.ts';
import { CHILD_TYPES, type ChildKind } from '../policy/children/kinds.ts';
import { toChildView } from '../policy/children/view.ts';
import {
  ADMISSION_BINDINGS,
  ADMISSION_POLICIES,
  type BindingView,
  toAdmissionPolicyView,
  toBindingView,
} from '../policy/guards.ts';
import { NAMESPACES, type NamespaceView, toNamespaceView } from '../policy/podsecurity/namespace.ts';
import { type ScanCaches, toCachedScan } from '../scan/caches.ts';
import { NODES, type NodeView, toNodeView } from '../scan/inventory/node.ts';
import { type CachedPod, toCachedPod } from './pods.ts';

export interface WatchOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches & { readonly pods: Store<CachedPod> };
  readonly scanCaches: ScanCaches;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly resyncMs: number;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
}

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const SERVICES: Resource = { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true };
const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

/** The API server's own Service, and the slices of its endpoints. */
const API_SERVER = { namespace: 'default', service: 'kubernetes' };

type Common = 'client' | 'metrics' | 'log';

/** Of several reflectors that fill one store: the object of this name. */
const only = (name: string) => ({
  fieldSelector: `metadata.name=${name}`,
  owns: ({ metadata }: KubeObject) => metadata.name === name,
});

/** One reflector for each thing that policies and ImageScans depend on; with a list of namespaces, one for each of them. */
export const createReflectors = (options: WatchOptions): Reflector<never>[] => {
  const { client, caches, scanCaches, namespaces, resyncMs, metrics, log } = options;
  const watch = <T extends KubeObject>(rest: Omit<ReflectorOptions<T>, Common>): Reflector<never> =>
    new Reflector<T>({ client, metrics, log, ...rest }) as unknown as Reflector<never>;
  const scopes = namespaces.length === 0 ? [undefined] : namespaces;
  const everywhere = <T extends KubeObject>(
    rest: Omit<ReflectorOptions<T>, Common | 'namespace'>,
  ): Reflector<never>[] => scopes.map((namespace) => watch<T>({ ...rest, namespace }));

  return [
    ...everywhere<ContainerSecurityPolicy>({
      resource: CONTAINER_SECURITY_POLICY,
      store: caches.policies,
      transform: toCachedPolicy,
      resyncMs,
    }),
    ...(Object.keys(CHILD_TYPES) as ChildKind[]).flatMap((kind) =>
      everywhere({
        resource: CHILD_TYPES[kind].resource,
        store: caches.children[kind],
        transform: (raw) => toChildView(kind)({ ...raw }),
        // Of our two kinds this one has no finalizer, so it goes first: policies must still be withdrawn.
        mayBeAbsent: kind === 'ImageScan',
      }),
    ),
    ...scopes.map((name) =>
      watch<NamespaceView>({
        resource: NAMESPACES,
        store: caches.namespaces,
        transform: toNamespaceView,
        ...(name !== undefined && only(name)),
      }),
    ),
    watch({
      resource: ADMISSION_POLICIES,
      store: caches.admissionPolicies,
      transform: toAdmissionPolicyView,
      mayBeForbidden: true,
    }),
    watch<BindingView>({
      resource: ADMISSION_BINDINGS,
      store: caches.admissionBindings,
      transform: toBindingView,
      mayBeForbidden: true,
    }),
    ...everywhere<CachedPod>({ resource: PODS, store: caches.pods, transform: toCachedPod }),
    ...everywhere<ImageScan>({
      resource: IMAGE_SCAN,
      store: scanCaches.scans,
      transform: toCachedScan,
      resyncMs,
      mayBeAbsent: true,
    }),
    watch<NodeView>({ resource: NODES, store: scanCaches.nodes, transform: toNodeView }),
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
};
