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
  REPLICA_SETS,
  SERVICES,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
  WORKLOADS,
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
import { SERVICE_NAME_LABEL } from '../policy/sections/network/dns-service.ts';
import { type CachedReachService, toCachedReachService } from '../policy/warnings/facts.ts';
import { type ScanCaches, toCachedScan } from '../scan/imagescan/caches.ts';
import { type CachedNode, toCachedNode } from '../scan/imagescan/inventory/node.ts';
import { type CachedPod, toCachedPod } from './pods.ts';
import { type CachedWorkload, toCachedWorkload } from './workloads.ts';

interface WatchOptions {
  readonly client: KubeClient;
  readonly caches: PolicyCaches & {
    readonly pods: Store<CachedPod>;
    readonly workloads: Readonly<Record<string, Store<CachedWorkload>>>;
  };
  readonly scanCaches: ScanCaches;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly resyncMs: number;
  /** `namespace/name` of the cluster's DNS Service; undefined: where platforms have it. */
  readonly dnsService: string | undefined;
  /** `namespace/name` of the Service of the API server. */
  readonly apiServer: string;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
}

/** The Service of the API server, as `namespace/name`. */
export const API_SERVER = 'default/kubernetes';

/** Where platforms have the cluster's DNS Service. The EndpointSlices of a Service have its labels. */
const DNS_PLACES: readonly ServicePlace[] = [
  // kube-dns of most; coredns of kubespray, rke2-coredns-rke2-coredns of RKE2.
  { namespace: 'kube-system', labelSelector: 'k8s-app in (kube-dns,coredns)' },
  // OpenShift.
  { namespace: 'openshift-dns', service: 'dns-default' },
];

/** The ReplicaSets of Deployments are many, and all have this label: the API server leaves them out. */
const NOT_OF_DEPLOYMENTS = '!pod-template-hash';

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
    cluster: [
      ...clusterReflectors(options, watch),
      ...scopes.map((namespace) => servicesOf(options, watch, namespace)),
    ],
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
    ...WORKLOADS.map((resource) =>
      watch<CachedWorkload>({
        ...scope,
        resource,
        ...(resource === REPLICA_SETS && { labelSelector: NOT_OF_DEPLOYMENTS }),
        store: caches.workloads[resource.kind]!,
        transform: toCachedWorkload,
      }),
    ),
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

const clusterReflectors = (options: WatchOptions, watch: CreateWatch): Watch[] => [
  ...admissionReflectors(options, watch),
  watch<CachedNode>({ resource: NODES, store: options.scanCaches.nodes, transform: toCachedNode }),
  ...serviceReflectors(
    watch,
    options.caches.apiServerServices,
    options.caches.apiServerSlices,
    named(options.apiServer),
  ),
  ...(options.dnsService === undefined ? DNS_PLACES : [named(options.dnsService)]).flatMap((place) =>
    // Without the right, the DNS is not known, and everything else works.
    serviceReflectors(watch, options.caches.dnsServices, options.caches.dnsSlices, { ...place, mayBeForbidden: true }),
  ),
];

/** For warnings alone: without the right they are unknown, and everything else works. */
const servicesOf = ({ caches }: WatchOptions, watch: CreateWatch, namespace: string | undefined): Watch => {
  const services = watch<CachedReachService>({
    namespace,
    resource: SERVICES,
    store: caches.services,
    transform: toCachedReachService,
    mayBeForbidden: true,
  });
  void services.known.then(() => caches.readServices.add(namespace ?? ''));
  return services;
};

const admissionReflectors = ({ caches }: WatchOptions, watch: CreateWatch): Watch[] => [
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
];

interface ServicePlace {
  readonly namespace: string;
  /** Of the Service; its EndpointSlices have its labels, and one more with its name. */
  readonly labelSelector?: string;
  readonly service?: string;
  readonly mayBeForbidden?: boolean;
}

/** @param service as `namespace/name` */
const named = (service: string): ServicePlace => {
  const [namespace = '', name = ''] = service.split('/');
  return { namespace, service: name };
};

const serviceReflectors = (
  watch: CreateWatch,
  services: Store<CachedService>,
  slices: Store<CachedSlice>,
  { service, labelSelector, ...scope }: ServicePlace,
): Watch[] => [
  watch<CachedSlice>({
    ...scope,
    resource: ENDPOINT_SLICES,
    store: slices,
    labelSelector: service === undefined ? labelSelector : `${SERVICE_NAME_LABEL}=${service}`,
  }),
  watch<CachedService>({
    ...scope,
    resource: SERVICES,
    store: services,
    ...(service === undefined ? { labelSelector } : { fieldSelector: `metadata.name=${service}` }),
  }),
];
