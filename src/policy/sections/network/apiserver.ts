import type { Service } from 'kubernetes-types/core/v1.js';
import type { EndpointSlice } from 'kubernetes-types/discovery/v1.js';
import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { ApiServerEndpoint } from './context.ts';

type Slice = Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>;
type ServiceAddresses = Pick<Service, 'spec'>;

const toCidr = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

const port = (protocol: string | undefined, number: number): NetworkPolicyPort => ({
  protocol: protocol ?? 'TCP',
  port: number,
});

const fromSlice = ({ addressType, endpoints, ports }: Slice): ApiServerEndpoint[] => {
  const addresses = (endpoints ?? []).filter((e) => e.conditions?.ready !== false).flatMap((e) => e.addresses);
  const numbered = (ports ?? []).flatMap((p) => (p.port === undefined ? [] : [port(p.protocol, p.port)]));
  // A host name cannot stand in a NetworkPolicy; no port would mean every port.
  if (addressType === 'FQDN' || addresses.length === 0 || numbered.length === 0) return [];
  return [{ cidrs: addresses.map(toCidr), ports: numbered }];
};

const fromService = ({ spec }: ServiceAddresses): ApiServerEndpoint[] => {
  const addresses = (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
  const ports = (spec?.ports ?? []).map((p) => port(p.protocol, p.port));
  return addresses.length === 0 || ports.length === 0 ? [] : [{ cidrs: addresses.map(toCidr), ports }];
};

const portsKey = (ports: readonly NetworkPolicyPort[]): string =>
  ports
    .map((p) => `${p.protocol}/${p.port}`)
    .sort()
    .join(',');

/**
 * Where pods reach the API server: the ready endpoints of Service default/kubernetes, and its cluster IPs for network
 * plug-ins that evaluate before the translation. The same addresses in another order give the same result. Without a
 * ready endpoint: nothing, since the cluster IP alone leads nowhere.
 */
export const apiServerEndpoints = (
  slices: readonly Slice[],
  services: readonly ServiceAddresses[],
): ApiServerEndpoint[] => {
  const ready = slices.flatMap(fromSlice);
  if (ready.length === 0) return [];
  const byPorts = Map.groupBy([...ready, ...services.flatMap(fromService)], ({ ports }) => portsKey(ports));
  return [...byPorts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => ({
      cidrs: [...new Set(group.flatMap((e) => e.cidrs))].sort(),
      ports: [...(group[0]?.ports ?? [])].sort((a, b) => (portsKey([a]) < portsKey([b]) ? -1 : 1)),
    }));
};
