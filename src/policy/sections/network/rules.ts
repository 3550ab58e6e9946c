import type { NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { Direction, NetworkSection, Peer, Port, Selector } from '../../../api/policy.ts';
import type { NetworkContext } from './context.ts';
import { renderPeer } from './peers.ts';
import { renderPort } from './ports.ts';
import { intersect, type PodSet, podSet } from './requirements.ts';

/** Traffic that the pods of one set are allowed in one direction. */
export interface Allowed {
  readonly pods: PodSet;
  readonly peers: readonly NetworkPolicyPeer[];
  /** Absent: every port. */
  readonly ports?: readonly NetworkPolicyPort[];
}

export const isolated = (network: NetworkSection): Direction[] => network.isolate ?? ['Ingress', 'Egress'];

const dns = (pods: PodSet, { dnsPeers }: NetworkContext): Allowed[] =>
  dnsPeers.map(({ peer, port }) => ({
    pods,
    peers: [peer],
    ports: [
      { protocol: 'UDP', port },
      { protocol: 'TCP', port },
    ],
  }));

const apiServer = (pods: PodSet, { apiServer }: NetworkContext): Allowed[] =>
  apiServer.map(({ cidrs, ports }) => ({
    pods,
    peers: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
    ports: [...ports],
  }));

const rule = (
  all: PodSet,
  pods: Selector | undefined,
  peers: readonly Peer[],
  ports: readonly Port[] | undefined,
): Allowed[] => {
  const rendered = peers.flatMap(renderPeer);
  // To the API server, no peers would mean all peers.
  if (rendered.length === 0) return [];
  return [
    {
      pods: intersect(all, podSet(pods)),
      peers: rendered,
      ...(ports !== undefined && { ports: ports.map(renderPort) }),
    },
  ];
};

/** Everything that the section allows in one direction, rule by rule, in the order of the spec. */
export const allowedRules = (network: NetworkSection, direction: Direction, context: NetworkContext): Allowed[] => {
  const all = podSet(network.podSelector);
  const { allow = {} } = network;
  const sameNamespace: Allowed[] = allow.sameNamespace === true ? [{ pods: all, peers: [{ podSelector: {} }] }] : [];
  if (direction === 'Ingress') {
    return [...sameNamespace, ...(allow.ingress ?? []).flatMap((r) => rule(all, r.pods, r.from, r.ports))];
  }
  return [
    ...(allow.dns === false ? [] : dns(all, context)),
    ...sameNamespace,
    ...(allow.apiServer === true ? apiServer(all, context) : []),
    ...(allow.egress ?? []).flatMap((r) => rule(all, r.pods, r.to, r.ports)),
  ];
};
