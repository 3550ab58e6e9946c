import type { Service } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { type Cached, cachedAs } from '../api/cached.ts';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { byNamespace, Store } from '../kube/cache/store.ts';
import { WORKLOADS } from '../kube/kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import type { AdmissionCaches, CachedAdmissionBinding, CachedAdmissionPolicy } from './admission-policies.ts';
import { BY_POLICY, type CachedChild, ownerKeys, policyKeys } from './children/cached-child.ts';
import type { ChildKind } from './children/kinds.ts';
import { BY_OWNER } from './children/writer.ts';
import type { CachedNamespace } from './namespace.ts';
import type { PodImages, WorkloadImages } from './pod.ts';
import type { CachedReachService } from './warnings/facts.ts';

export type CachedPolicy = Cached<ContainerSecurityPolicy>;
export type CachedSlice = KubeObject & Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>;
export type CachedService = KubeObject & Pick<Service, 'spec'>;

/** Everything that a reconcile reads. Filled by watches, and by the answers to our own writes. */
export interface PolicyCaches extends AdmissionCaches {
  readonly policies: Store<CachedPolicy>;
  readonly namespaces: Store<CachedNamespace>;
  readonly children: Readonly<Record<ChildKind, Store<CachedChild>>>;
  /** Indexed by BY_NAMESPACE. Its objects may have more fields. */
  readonly pods: Pick<Store<PodImages>, 'byIndex' | 'subscribe' | 'upsert' | 'remove' | 'resync'>;
  /** By kind. Indexed by BY_NAMESPACE. Their objects may have more fields. */
  readonly workloads: Readonly<
    Record<string, Pick<Store<WorkloadImages>, 'byIndex' | 'subscribe' | 'upsert' | 'remove'>>
  >;
  /** Every Service of the watched namespaces, for warnings. */
  readonly services: Store<CachedReachService>;
  /** Namespaces whose Services the operator has read; '': every one. */
  readonly readServices: Set<string>;
  readonly apiServerSlices: Store<CachedSlice>;
  readonly apiServerServices: Store<CachedService>;
  /** Of the Services that may be the cluster's DNS. */
  readonly dnsSlices: Store<CachedSlice>;
  readonly dnsServices: Store<CachedService>;
}

const childStore = (): Store<CachedChild> =>
  new Store<CachedChild>({ indexers: { [BY_OWNER]: ownerKeys, [BY_POLICY]: policyKeys } });

/** The caches that ImageScans use too: the large ones of a cluster. */
interface SharedCaches<Pod extends PodImages, Workload extends WorkloadImages> {
  readonly pods: Store<Pod>;
  readonly workloads: Readonly<Record<string, Store<Workload>>>;
}

/** @template Pod an entry of the cache of pods @template Workload an entry of a cache of workloads */
export const createCaches = <
  Pod extends PodImages = PodImages,
  Workload extends WorkloadImages = WorkloadImages,
>(): PolicyCaches & SharedCaches<Pod, Workload> => ({
  policies: new Store<CachedPolicy>({ indexers: byNamespace }),
  namespaces: new Store<CachedNamespace>(),
  children: { NetworkPolicy: childStore(), Role: childStore(), RoleBinding: childStore(), ImageScan: childStore() },
  pods: new Store<Pod>({ indexers: byNamespace }),
  workloads: Object.fromEntries(WORKLOADS.map(({ kind }) => [kind, new Store<Workload>({ indexers: byNamespace })])),
  admissionPolicies: new Store<CachedAdmissionPolicy>(),
  admissionBindings: new Store<CachedAdmissionBinding>(),
  services: new Store<CachedReachService>(),
  readServices: new Set(),
  apiServerSlices: new Store<CachedSlice>(),
  apiServerServices: new Store<CachedService>(),
  dnsSlices: new Store<CachedSlice>(),
  dnsServices: new Store<CachedService>(),
});

export const toCachedPolicy = cachedAs<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY);
