import type { Service } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import { toCidr } from './cidr.ts';
import type { ApiServerEndpoint } from './context.ts';

type Slice = Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>;
type ServiceAddresses = Pick<Service, 'spec'>;

const port = (protocol: string | undefined, number: number): NetworkPolicyPort => ({
  protocol: protocol ?? 'TCP',
  port: number,
});

const portsKey = (ports: readonly NetworkPolicyPort[]): string =>
  ports
    .map((p) => `${p.protocol}/${p.port}`)
    .sort()
    .join(',');

const endpoints = (addresses: readonly string[], ports: readonly NetworkPolicyPort[]): ApiServerEndpoint[] => {
  // No port would mean every port.
  if (ports.length === 0) return [];
  const sorted = [...ports].sort((a, b) => (portsKey([a]) < portsKey([b]) ? -1 : 1));
  return addresses.map((address) => ({ cidrs: [toCidr(address)], ports: sorted }));
};

const fromSlice = ({ addressType, endpoints: found, ports }: Slice): ApiServerEndpoint[] => {
  // A host name cannot stand in a NetworkPolicy.
  if (addressType === 'FQDN') return [];
  const addresses = (found ?? []).filter((e) => e.conditions?.ready !== false).flatMap((e) => e.addresses);
  const numbered = (ports ?? []).flatMap((p) => (p.port === undefined ? [] : [port(p.protocol, p.port)]));
  return endpoints(addresses, numbered);
};

/** Empty for a headless Service. */
export const clusterIps = ({ spec }: ServiceAddresses): string[] =>
  (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');

const fromService = (service: ServiceAddresses): ApiServerEndpoint[] =>
  endpoints(
    clusterIps(service),
    (service.spec?.ports ?? []).map((p) => port(p.protocol, p.port)),
  );

/**
 * Where pods reach the API server, an address each: the ready endpoints of Service default/kubernetes, and its cluster
 * IPs for network plug-ins that evaluate before the translation. Without a ready endpoint: nothing, since the cluster IP
 * alone leads nowhere.
 */
export const apiServerAddresses = (
  slices: readonly Slice[],
  services: readonly ServiceAddresses[],
): ApiServerEndpoint[] => {
  const ready = slices.flatMap(fromSlice);
  return ready.length === 0 ? [] : [...ready, ...services.flatMap(fromService)];
};

/** One entry for all addresses that share ports. The same addresses in another order give the same result. */
export const groupByPorts = (addresses: readonly ApiServerEndpoint[]): ApiServerEndpoint[] =>
  [...Map.groupBy(addresses, ({ ports }) => portsKey(ports))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => ({
      cidrs: [...new Set(group.flatMap((e) => e.cidrs))].sort(),
      ports: group[0]?.ports ?? [],
    }));

export const apiServerEndpoints = (
  slices: readonly Slice[],
  services: readonly ServiceAddresses[],
): ApiServerEndpoint[] => groupByPorts(apiServerAddresses(slices, services));
