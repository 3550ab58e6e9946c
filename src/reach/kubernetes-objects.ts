/** Objects of Kubernetes as the facts of a world. */
import type { Container, Namespace, Node, Pod, PodSpec, PodTemplateSpec, Service } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type {
  ContainerPort,
  PodState,
  Protocol,
  ReachNamespace,
  ReachNode,
  ReachPod,
  ReachPolicy,
  ReachService,
  ReachSlice,
  WorkloadRef,
} from './world.ts';

/** An object of the API, of any kind: the part of it that every object has. */
interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}
type Of<T> = Omit<T, 'metadata'> & { readonly metadata: Metadata };

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

const namespaceOf = ({ namespace = '' }: Metadata): string => namespace;

/** Init containers with this restartPolicy are sidecars; kubernetes-types has no such field yet. */
const isSidecar = (container: Container & { restartPolicy?: string }): boolean => container.restartPolicy === 'Always';

/** Those that containers and sidecars declare. */
const portsOf = ({ containers = [], initContainers = [] }: PodSpec): ContainerPort[] =>
  [...initContainers.filter(isSidecar), ...containers].flatMap((container) =>
    (container.ports ?? []).map(({ containerPort, name, protocol = 'TCP' }) => ({
      ...{ port: containerPort, protocol: protocol as Protocol },
      ...(name !== undefined && { name }),
      ...(isSidecar(container) && { sidecar: true }),
    })),
  );

/** A pod without a status is a manifest. */
const stateOf = ({ status }: Of<Pod>): PodState => {
  if (status?.phase === undefined) return 'Planned';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? 'Finished' : 'Running';
};

const addressesOf = ({ status }: Of<Pod>): string[] => {
  const ips = status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? [];
  return ips.length > 0 ? ips : status?.podIP === undefined ? [] : [status.podIP];
};

/** By the annotations that most configurations of Prometheus follow; without a port, each declared one. */
const scrapePortsOf = (annotations: Metadata['annotations'] = {}, ports: readonly ContainerPort[]): number[] => {
  if (annotations['prometheus.io/scrape'] !== 'true') return [];
  const port = annotations['prometheus.io/port'];
  if (port !== undefined) return /^\d{1,5}$/.test(port) ? [Number(port)] : [];
  return ports.filter(({ protocol }) => protocol === 'TCP').map((one) => one.port);
};

/** What a template and a pod of it have in common. */
const specFacts = (spec: PodSpec, annotations: Metadata['annotations']) => {
  const ports = portsOf(spec);
  const scrapePorts = scrapePortsOf(annotations, ports);
  return {
    ports,
    ...(scrapePorts.length > 0 && { scrapePorts }),
    ...(spec.hostNetwork === true && { hostNetwork: true }),
  };
};

const HASH_LABEL = 'pod-template-hash';

/** The controller; of a ReplicaSet its Deployment, since a ReplicaSet has the name of its Deployment and the hash. */
export const controllerOf = ({ ownerReferences = [], labels = {} }: Metadata): WorkloadRef | undefined => {
  const owner = ownerReferences.find(({ controller }) => controller === true);
  if (owner === undefined) return undefined;
  const suffix = `-${labels[HASH_LABEL]}`;
  return owner.kind === 'ReplicaSet' && owner.name.endsWith(suffix)
    ? { kind: 'Deployment', name: owner.name.slice(0, -suffix.length) }
    : { kind: owner.kind, name: owner.name };
};

/** @param workload that the pod belongs to in the end: the Deployment, not its ReplicaSet */
export const toReachPod = (pod: Of<Pod>, workload?: WorkloadRef): ReachPod => {
  const { metadata, spec = { containers: [] } } = pod;
  const addresses = addressesOf(pod);
  return {
    ...{ namespace: namespaceOf(metadata), name: metadata.name, labels: metadata.labels ?? {} },
    ...{ ...specFacts(spec, metadata.annotations), state: stateOf(pod) },
    ...(addresses.length > 0 && { addresses }),
    ...(spec.nodeName && { node: spec.nodeName }),
    ...(workload && { workload }),
  };
};

/** The labels that a Job gives its pods. */
const jobLabels = ({ kind, name }: WorkloadRef): Record<string, string> =>
  kind === 'Job' ? { 'job-name': name, 'batch.kubernetes.io/job-name': name } : {};

/** The labels that a StatefulSet gives one of its pods. */
export const ordinalLabels = (pod: string): Record<string, string> => ({
  'statefulset.kubernetes.io/pod-name': pod,
  'apps.kubernetes.io/pod-index': pod.slice(pod.lastIndexOf('-') + 1),
});

/** The labels of pods that no template has. */
export const CONTROLLER_LABELS: readonly string[] = [
  ...Object.keys(ordinalLabels('')),
  ...['job-name', 'batch.kubernetes.io/job-name', 'batch.kubernetes.io/job-completion-index'],
  ...['batch.kubernetes.io/controller-uid', 'controller-uid'],
  ...[HASH_LABEL, 'controller-revision-hash', 'pod-template-generation'],
];

/** The pod that a workload will have: of a template, or of a CronJob that does not run now. */
export const toPlannedPod = (namespace: string, workload: WorkloadRef, template: PodTemplateSpec): ReachPod => ({
  ...{ namespace, name: workload.name, labels: { ...template.metadata?.labels, ...jobLabels(workload) } },
  ...{ ...specFacts(template.spec ?? { containers: [] }, template.metadata?.annotations), state: 'Planned', workload },
});

export const toReachNamespace = ({ metadata: { name, labels = {} } }: Of<Namespace>): ReachNamespace => ({
  name,
  labels,
});

export const toReachNode = ({ metadata: { name }, status }: Of<Node>): ReachNode => ({
  name,
  addresses: (status?.addresses ?? []).filter(({ type }) => type.endsWith('IP')).map(({ address }) => address),
});

/** A Service out of a file has no address, unless it says None. */
const clusterIPsOf = ({ spec = {} }: Of<Service>): string[] | undefined => {
  const all = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  const given = all.filter((ip) => ip !== '');
  if (spec.type === 'ExternalName' || given.includes('None')) return [];
  return given.length === 0 ? undefined : given;
};

const externalIPsOf = ({ spec, status }: Of<Service>): string[] => [
  ...(spec?.externalIPs ?? []),
  ...(status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
];

export const toReachService = (service: Of<Service>): ReachService => {
  const { metadata, spec = {} } = service;
  const externalIPs = externalIPsOf(service);
  const clusterIPs = clusterIPsOf(service);
  const isExternal = spec.type === 'ExternalName';
  return {
    ...{ namespace: namespaceOf(metadata), name: metadata.name },
    ...(clusterIPs && { clusterIPs }),
    ...(externalIPs.length > 0 && { externalIPs }),
    ...(spec.selector && !isExternal && { selector: spec.selector }),
    ports: (spec.ports ?? []).map(({ port, name, protocol = 'TCP', targetPort, nodePort }) => ({
      ...{ port, protocol: protocol as Protocol },
      ...(name !== undefined && { name }),
      ...(targetPort !== undefined && targetPort !== 0 && targetPort !== '' && { targetPort }),
      ...(nodePort && { nodePort }),
    })),
    ...(isExternal && { externalName: spec.externalName ?? '' }),
  };
};

/** @returns undefined for a slice of no Service, and for one of host names */
export const toReachSlice = ({
  metadata,
  addressType,
  endpoints,
  ports,
}: Of<EndpointSlice>): ReachSlice | undefined => {
  const service = metadata.labels?.[SERVICE_NAME_LABEL];
  if (service === undefined || addressType === 'FQDN') return undefined;
  return {
    ...{ namespace: namespaceOf(metadata), service },
    endpoints: (endpoints ?? []).map(({ addresses, conditions, targetRef }) => ({
      addresses,
      ...(conditions?.ready === false && { unready: true }),
      ...(targetRef?.kind === 'Pod' && targetRef.name !== undefined && { pod: targetRef.name }),
    })),
    ports: (ports ?? []).map(({ name, port, protocol = 'TCP' }) => ({
      ...(name && { name }),
      ...(port !== undefined && { port }),
      protocol: protocol as Protocol,
    })),
  };
};

export const toReachPolicy = ({ metadata, spec }: Of<NetworkPolicy>): ReachPolicy => ({
  ...{ namespace: namespaceOf(metadata), name: metadata.name },
  spec: spec ?? { podSelector: {} },
});
