import type { IPBlock, NetworkPolicyPeer } from 'kubernetes-types/networking/v1.js';
import { type Address, blockOf } from './address-block.ts';
import type { LabelSets } from './label-sets.ts';
import { anyOf, both, type Match } from './match.ts';
import type { Namespaces } from './namespaces.ts';
import { isAddress, type Party, type PodClass } from './party.ts';

/** Whether a peer of a rule is this one. */
export type MatchesPeer = (party: Party) => Match;

export interface Peers {
  readonly peers: MatchesPeer;
  /** False: no pod of the namespace is a peer. */
  readonly isIn: (namespace: string) => boolean;
}

const everywhere = (): boolean => true;

/** The distinct ipBlocks of a world. */
export class Blocks {
  readonly #ids = new Map<string, number>();
  readonly #contains: ReturnType<typeof blockOf>[] = [];
  #isClosed = false;

  /** Pods are sorted by the blocks that there are: another one would not be asked. */
  close(): void {
    this.#isClosed = true;
  }

  /** @returns its number */
  add(block: IPBlock): number {
    const key = JSON.stringify([block.cidr, block.except ?? []]);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    if (this.#isClosed) throw new Error(`the index was made without ipBlock ${block.cidr}`);
    this.#ids.set(key, this.#contains.length);
    return this.#contains.push(blockOf(block)) - 1;
  }

  isReadable(id: number): boolean {
    return this.#contains[id] !== undefined;
  }

  contains(id: number, address: Address): boolean {
    return this.#contains[id]?.(address) ?? false;
  }

  /** The blocks that contain one of the addresses. */
  of(addresses: readonly Address[]): Set<number> {
    const ids = this.#contains.keys().filter((id) => addresses.some((address) => this.contains(id, address)));
    return new Set(ids);
  }
}

/** A pod matches by its address in some plug-ins and in others not; see docs/network.md. */
const podByAddress = ({ hostNetwork, blocks }: PodClass, id: number): Match => {
  if (blocks === undefined) return 'NoAddressYet';
  return blocks.has(id) && (hostNetwork ? 'NodeByAddress' : 'PodByAddress');
};

const matchesBlock = (block: IPBlock, blocks: Blocks): MatchesPeer => {
  const id = blocks.add(block);
  return (party) => {
    if (!blocks.isReadable(id)) return 'UnreadableBlock';
    if (!isAddress(party)) return podByAddress(party, id);
    return blocks.contains(id, party.address) && (party.isNode ? 'NodeByAddress' : true);
  };
};

const matchesPods = (peer: NetworkPolicyPeer, namespace: string, sets: LabelSets, namespaces: Namespaces): Peers => {
  const pods = sets.selector(peer.podSelector);
  const inNamespace = peer.namespaceSelector
    ? namespaces.selector(peer.namespaceSelector)
    : (name: string): Match => name === namespace;
  const isPeer: MatchesPeer = (party) => {
    if (isAddress(party)) return false;
    // Most peers are of one namespace, and names are compared faster.
    if (!peer.namespaceSelector && party.namespace !== namespace) return false;
    if (!pods(party.labels)) return false;
    return both(inNamespace(party.namespace), party.hostNetwork ? 'HostNetworkPeer' : true);
  };
  return { peers: isPeer, isIn: (name) => inNamespace(name) !== false };
};

export interface PeerContext {
  readonly sets: LabelSets;
  readonly namespaces: Namespaces;
  readonly blocks: Blocks;
}

/**
 * The peers of a rule in a NetworkPolicy of a namespace. Without any, the rule has all peers.
 * @param peers `from` or `to`
 */
export const peersOf = (
  peers: readonly NetworkPolicyPeer[] | undefined,
  namespace: string,
  { sets, namespaces, blocks }: PeerContext,
): Peers => {
  if (!peers?.length) return { peers: everywhere, isIn: everywhere };
  const each = peers.map((peer) =>
    peer.ipBlock
      ? { peers: matchesBlock(peer.ipBlock, blocks), isIn: everywhere }
      : matchesPods(peer, namespace, sets, namespaces),
  );
  const [first, ...others] = each;
  if (others.length === 0) return first!;
  return {
    peers: (party) => anyOf(each, (one) => one.peers(party)),
    isIn: (name) => each.some(({ isIn }) => isIn(name)),
  };
};
