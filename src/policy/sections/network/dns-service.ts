import type { Service } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import { clusterIps } from './apiserver.ts';
import { toCidr } from './cidr.ts';
import type { DnsPeer } from './context.ts';
import { podsPeer } from './dns.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
export type ServiceObject = Pick<Service, 'spec'> & { readonly metadata: Metadata };
export type SliceObject = Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'> & { readonly metadata: Metadata };

/** The label by which an EndpointSlice names its Service. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The port of resolv.conf, which knows no other. */
export const DNS_PORT = 53;

/** A DNS Service of the cluster, with its endpoints. */
export interface DnsService {
  readonly namespace: string;
  readonly name: string;
  /** Empty: headless. */
  readonly clusterIps: readonly string[];
  /** Of its pods; empty: its endpoints are no pods that a Service selects. */
  readonly selector: Readonly<Record<string, string>>;
  /** Ports of the pods, sorted; empty while a named one is not known. */
  readonly ports: readonly number[];
  /** Addresses of the ready endpoints, sorted. */
  readonly ready: readonly string[];
}

const belongsTo = (slice: SliceObject, { metadata }: ServiceObject): boolean =>
  slice.metadata.namespace === metadata.namespace && slice.metadata.labels?.[SERVICE_NAME_LABEL] === metadata.name;

/** The pods' ports behind port 53; metrics and others are left out. A named target port is a number in the EndpointSlices. */
const targetPorts = ({ spec }: ServiceObject, slices: readonly SliceObject[]): number[] => {
  const ports = (spec?.ports ?? []).filter(({ port }) => port === DNS_PORT);
  const names = new Set(ports.map(({ name }) => name ?? ''));
  const wanted = ports.map(({ targetPort }) => targetPort ?? DNS_PORT).filter((port) => typeof port === 'number');
  const found = slices.flatMap((slice) => slice.ports ?? []).filter(({ name }) => names.has(name ?? ''));
  return [...new Set([...wanted, ...found.flatMap(({ port }) => port ?? [])])].sort((a, b) => a - b);
};

const toDnsService = (service: ServiceObject, slices: readonly SliceObject[]): DnsService => {
  const own = slices.filter((slice) => slice.addressType !== 'FQDN' && belongsTo(slice, service));
  const endpoints = own.flatMap((slice) => slice.endpoints ?? []).filter((e) => e.conditions?.ready !== false);
  return {
    namespace: service.metadata.namespace ?? '',
    name: service.metadata.name,
    clusterIps: clusterIps(service),
    selector: service.spec?.selector ?? {},
    ports: targetPorts(service, own),
    ready: [...new Set(endpoints.flatMap(({ addresses }) => addresses))].sort(),
  };
};

export const describeService = ({ namespace, name }: DnsService): string => `Service ${namespace}/${name}`;

const answersDns = ({ spec }: ServiceObject): boolean =>
  spec?.type !== 'ExternalName' && spec?.ports?.some(({ port }) => port === DNS_PORT) === true;

/**
 * Where kube-system has the cluster's DNS, no other namespace does: a user who may create namespaces could create
 * openshift-dns in a cluster that is no OpenShift, and open every policy that allows DNS to addresses of their choice.
 */
const preferSystem = (services: readonly ServiceObject[]): readonly ServiceObject[] => {
  const system = services.filter(({ metadata }) => metadata.namespace === 'kube-system');
  return system.length > 0 ? system : services;
};

/** Why the Service of --dns-service, `namespace/name`, is no DNS Service; undefined: it is one. */
export const whyUnusable = (named: string, services: readonly ServiceObject[]): string | undefined => {
  const service = services.find(({ metadata: { namespace, name } }) => `${namespace}/${name}` === named);
  if (service === undefined) return `Service ${named} of --dns-service does not exist`;
  return answersDns(service) ? undefined : `Service ${named} of --dns-service does not answer at port ${DNS_PORT}`;
};

/** The Services that answer on port 53, sorted by name. */
export const dnsServices = (services: readonly ServiceObject[], slices: readonly SliceObject[]): DnsService[] =>
  preferSystem(services.filter(answersDns))
    .map((service) => toDnsService(service, slices))
    .sort((a, b) => (describeService(a) < describeService(b) ? -1 : 1));

/**
 * The cluster IPs, for plug-ins that match before the translation and for node-local caches that listen on them; and the
 * pods by the Service's selector, so that the rules stay the same when pods come and go. Endpoints of a Service without a
 * selector are addresses.
 */
export const peersOf = ({ namespace, clusterIps, selector, ports, ready }: DnsService): DnsPeer[] => {
  const hasSelector = Object.keys(selector).length > 0;
  const behind = hasSelector ? [podsPeer(namespace, selector)] : ready.map((a) => ({ ipBlock: { cidr: toCidr(a) } }));
  return [
    ...clusterIps.map((ip) => ({ peer: { ipBlock: { cidr: toCidr(ip) } }, port: DNS_PORT })),
    ...behind.flatMap((peer) => ports.map((port) => ({ peer, port }))),
  ];
};
