import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import { anyOf, type Match } from './match.ts';
import type { ContainerPort, Protocol } from './world.ts';

/** One connection at the destination's own port: after the translation from a Service to its pods. */
export interface Traffic {
  readonly port: number;
  readonly protocol: Protocol;
}

/** `8080`, `53/UDP` */
export const portText = ({ port, protocol }: Traffic): string =>
  protocol === 'TCP' ? `${port}` : `${port}/${protocol}`;

/** What the name of a port is looked up in: the destination. */
interface Destination {
  /** Absent: the destination is an address, and no name is a port of it. */
  readonly ports?: readonly ContainerPort[];
  readonly hostNetwork?: boolean;
}

const namedPort = (name: string, { port, protocol }: Traffic, { ports = [], hostNetwork }: Destination): Match => {
  const named = ports.filter((p) => p.name === name && p.protocol === protocol);
  if (!named.some((p) => p.port === port)) return false;
  if (named.some((p) => p.port !== port)) return 'AmbiguousPortName';
  if (named.every(({ sidecar }) => sidecar)) return 'SidecarPort';
  return hostNetwork === true ? 'HostNetworkPort' : true;
};

const onePort = (rule: NetworkPolicyPort, traffic: Traffic, destination: Destination): Match => {
  if ((rule.protocol ?? 'TCP') !== traffic.protocol) return false;
  const { port, endPort } = rule;
  if (port === undefined || port === null) return true;
  if (typeof port === 'string') return namedPort(port, traffic, destination);
  return port <= traffic.port && traffic.port <= (endPort ?? port);
};

/** Whether the ports of a rule have this one; without ports, the rule has every port. */
export const matchPorts = (
  ports: readonly NetworkPolicyPort[] | undefined,
  traffic: Traffic,
  destination: Destination,
): Match => (!ports?.length ? true : anyOf(ports, (one) => onePort(one, traffic, destination)));
