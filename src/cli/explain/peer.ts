import type { Peer } from '../../api/policy.ts';
import { NAMESPACE_NAME_LABEL } from '../../policy/sections/network/peers.ts';
import { podSet } from '../../policy/sections/network/requirements.ts';
import { listed } from '../../text/listed.ts';
import { selected } from './selector.ts';

const where = ({ namespaces, namespaceSelector }: Peer): string => {
  if (namespaces !== undefined) {
    const names = [...new Set(namespaces)].sort();
    return names.length === 1 ? `namespace ${names[0]}` : `namespaces ${listed(names)}`;
  }
  if (namespaceSelector === undefined) return 'this namespace';
  const set = podSet(namespaceSelector);
  const [only] = set;
  // Every namespace has its name as a label.
  const everyOne = set.length === 1 && only?.key === NAMESPACE_NAME_LABEL && only.operator === 'Exists';
  return everyOne ? 'every namespace' : selected('namespaces', set);
};

/** A peer in words. */
export const describePeer = (peer: Peer): string => {
  if (peer.anywhere === true) return 'any address and any pod';
  if (peer.cidr !== undefined) {
    const except = peer.except ?? [];
    return `addresses in ${peer.cidr}${except.length === 0 ? '' : ` except ${listed(except)}`}`;
  }
  return `${selected('pods', podSet(peer.pods))} in ${where(peer)}`;
};
