import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { Direction, NetworkSection, Peer, Port, Selector } from '../../../api/policy.ts';
import type { NetworkContext } from './context.ts';
import { sortPeers } from './dns.ts';
import { type RulePeers, renderPeers } from './peers.ts';
import { renderPort } from './ports.ts';
import { intersect, isEmpty, type PodSet, podSet } from './requirements.ts';

/** Traffic that the pods of one set are allowed in one direction. */
export interface Allowed {
  /** The part of spec.network.allow: `dns`, `ingress[0]`. */
  readonly source: string;
  readonly pods: PodSet;
  readonly peers: RulePeers;
  /** Absent: every port. */
  readonly ports?: readonly NetworkPolicyPort[];
}

export const isolated = (network: NetworkSection): Direction[] => network.isolate ?? ['Ingress', 'Egress'];

const dns = (pods: PodSet, { dnsPeers }: NetworkContext): Allowed[] =>
  [...Map.groupBy(sortPeers(dnsPeers), ({ port }) => port)].map(([port, group]) => ({
    source: 'dns',
    pods,
    peers: group.map(({ peer }) => peer),
    ports: [
      { protocol: 'UDP', port },
      { protocol: 'TCP', port },
    ],
  }));

const apiServer = (pods: PodSet, { apiServer }: NetworkContext): Allowed[] =>
  apiServer.map(({ cidrs, ports }) => ({
    source: 'apiServer',
    pods,
    peers: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
    ports: [...ports],
  }));

interface Rule {
  readonly pods: Selector | undefined;
  readonly peers: readonly Peer[];
  readonly ports: readonly Port[] | undefined;
}

const rule = (source: string, all: PodSet, { pods, peers, ports }: Rule): Allowed => ({
  source,
  pods: intersect(all, podSet(pods)),
  peers: renderPeers(peers),
  ...(ports !== undefined && { ports: ports.map(renderPort) }),
});

/** To the API server, an empty list of peers or ports would mean all of them. */
const isComplete = ({ peers, ports }: Allowed): boolean => peers.length > 0 && ports?.length !== 0;

/**
 * Everything that the section allows in one direction, rule by rule, in the order of the spec. Rules without effect are
 * left out.
 */
export const allowedRules = (network: NetworkSection, direction: Direction, context: NetworkContext): Allowed[] => {
  const pods = podSet(network.podSelector);
  const { allow = {} } = network;
  const sameNamespace: Allowed[] =
    allow.sameNamespace === true ? [{ source: 'sameNamespace', pods, peers: [{ podSelector: {} }] }] : [];
  const ingress = (): Allowed[] => [
    ...sameNamespace,
    ...(allow.ingress ?? []).map(({ pods: some, from, ports }, index) =>
      rule(`ingress[${index}]`, pods, { pods: some, peers: from, ports }),
    ),
  ];
  const egress = (): Allowed[] => [
    ...(allow.dns === false ? [] : dns(pods, context)),
    ...sameNamespace,
    ...(allow.apiServer === true ? apiServer(pods, context) : []),
    ...(allow.egress ?? []).map(({ pods: some, to, ports }, index) =>
      rule(`egress[${index}]`, pods, { pods: some, peers: to, ports }),
    ),
  ];
  const all = direction === 'Ingress' ? ingress() : egress();
  return all.filter((allowed) => isComplete(allowed) && !isEmpty(allowed.pods));
};
