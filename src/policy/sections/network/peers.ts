import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1.js';
import type { Peer, Selector } from '../../../api/policy.ts';
import { contradiction, isEmpty, type PodSet, podSet, type Requirement, toSelector } from './requirements.ts';

/** Set by the API server on every namespace since Kubernetes 1.21. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * The peers of a rendered rule. Everything: the rule has neither `from` nor `to`. No list of peers has that meaning: in
 * Cilium, 0.0.0.0/0 matches neither pods nor nodes, and in OVN-Kubernetes no namespaceSelector matches pods on the host
 * network.
 */
export type RulePeers = readonly NetworkPolicyPeer[] | 'Everything';

const namespaceSelector = (peer: Peer): Selector | undefined => {
  if (peer.namespaceSelector !== undefined) return peer.namespaceSelector;
  if (peer.namespaces === undefined) return undefined;
  return { matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: 'In', values: peer.namespaces }] };
};

/** The namespaces and the pods of a peer. */
const setsOf = (peer: Peer): [namespaces: PodSet, pods: PodSet] => [podSet(namespaceSelector(peer)), podSet(peer.pods)];

/** The requirements that no pod or no namespace can meet together; empty when the peer can match. */
export const peerContradiction = (peer: Peer): Requirement[] => setsOf(peer).flatMap(contradiction);

/**
 * One peer of a rule. Namespaces AND pods stand in one NetworkPolicyPeer: in two they would mean OR. Namespaces alone have
 * an empty podSelector: the same to the API server, but some network plug-ins treat a bare namespaceSelector differently.
 * An empty peer renders to nothing, never to all peers; the schema refuses it before.
 */
const renderPeer = (peer: Peer): NetworkPolicyPeer[] => {
  if (peer.cidr !== undefined) {
    const except = peer.except ?? [];
    return [{ ipBlock: { cidr: peer.cidr, ...(except.length > 0 && { except: [...except] }) } }];
  }
  const otherNamespaces = peer.namespaces !== undefined || peer.namespaceSelector !== undefined;
  const [namespaces, pods] = setsOf(peer);
  if ((!otherNamespaces && peer.pods === undefined) || isEmpty(namespaces) || isEmpty(pods)) return [];
  return [{ ...(otherNamespaces && { namespaceSelector: toSelector(namespaces) }), podSelector: toSelector(pods) }];
};

/** With `anywhere` among them, the others add nothing. */
export const renderPeers = (peers: readonly Peer[]): RulePeers =>
  peers.some(({ anywhere }) => anywhere === true) ? 'Everything' : peers.flatMap(renderPeer);
