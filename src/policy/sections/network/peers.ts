import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1.js';
import type { Peer } from '../../../api/policy.ts';
import { canonical } from './requirements.ts';

/** Set by the API server on every namespace since Kubernetes 1.21. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** Both: some network plug-ins (Cilium) never match pods by address, and no namespaceSelector matches what is outside. */
const ANYWHERE: readonly NetworkPolicyPeer[] = [
  { ipBlock: { cidr: '0.0.0.0/0' } },
  { ipBlock: { cidr: '::/0' } },
  { namespaceSelector: {} },
];

const namespaceSelector = (peer: Peer): NetworkPolicyPeer['namespaceSelector'] => {
  if (peer.namespaceSelector !== undefined) return canonical(peer.namespaceSelector);
  if (peer.namespaces === undefined) return undefined;
  return canonical({ matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: 'In', values: peer.namespaces }] });
};

/**
 * One peer of a rule. Namespaces AND pods stand in one NetworkPolicyPeer: in two they would mean OR.
 * An empty peer renders to nothing, never to all peers; the schema refuses it before.
 */
export const renderPeer = (peer: Peer): NetworkPolicyPeer[] => {
  if (peer.anywhere === true) return [...ANYWHERE];
  if (peer.cidr !== undefined) {
    const except = peer.except ?? [];
    return [{ ipBlock: { cidr: peer.cidr, ...(except.length > 0 && { except: [...except] }) } }];
  }
  const namespaces = namespaceSelector(peer);
  if (namespaces === undefined && peer.pods === undefined) return [];
  return [
    {
      ...(namespaces !== undefined && { namespaceSelector: namespaces }),
      ...(peer.pods !== undefined && { podSelector: canonical(peer.pods) }),
    },
  ];
};
