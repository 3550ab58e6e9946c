import type { NetworkSection, Peer, Selector } from '../../../api/policy.ts';
import { printable } from '../../../text/printable.ts';
import { peerContradiction } from './peers.ts';
import { contradiction, describeRequirements, intersect, type PodSet, podSet } from './requirements.ts';
import { isolated } from './rules.ts';

/** A rule or a peer that allows nothing, with the reason and the cure. */
const noEffect = (where: string, description: string | undefined, why: string, cure: string): string =>
  `spec.network.allow.${where}${description === undefined ? '' : ` (${printable(description)})`} has no effect: ${why}; ${cure}`;

interface Rule {
  readonly description?: string;
  readonly pods?: Selector;
  readonly peers: readonly Peer[];
}

const ofRule = (all: PodSet, where: string, field: string, { description, pods, peers }: Rule): string[] => {
  const of = contradiction(podSet(pods));
  if (of.length > 0)
    return [noEffect(where, description, `no pod can have ${describeRequirements(of)}`, "correct the rule's pods")];
  const within = contradiction(intersect(all, podSet(pods)));
  if (within.length > 0) {
    const why = `its pods contradict podSelector, because no pod can have ${describeRequirements(within)}`;
    return [noEffect(where, description, why, "correct the rule's pods, or podSelector")];
  }
  return peers.flatMap((peer, index) => {
    const clash = peerContradiction(peer);
    if (clash.length === 0) return [];
    const why = `nothing can have ${describeRequirements(clash)}`;
    return [noEffect(`${where}.${field}[${index}]`, description, why, "correct the peer's selectors")];
  });
};

/** The rules and peers of a section that allow nothing, because no pod or namespace can have such labels. */
export const withoutEffect = (network: NetworkSection): string[] => {
  const all = podSet(network.podSelector);
  const directions = isolated(network);
  const { ingress = [], egress = [] } = network.allow ?? {};
  if (contradiction(all).length > 0) return [];
  return [
    ...(directions.includes('Ingress')
      ? ingress.flatMap(({ from, ...rule }, n) => ofRule(all, `ingress[${n}]`, 'from', { ...rule, peers: from }))
      : []),
    ...(directions.includes('Egress')
      ? egress.flatMap(({ to, ...rule }, n) => ofRule(all, `egress[${n}]`, 'to', { ...rule, peers: to }))
      : []),
  ];
};

/** Why the section isolates no pod at all; undefined when it can isolate one. */
export const isolatesNothing = ({ podSelector }: NetworkSection): string | undefined => {
  const clash = contradiction(podSet(podSelector));
  if (clash.length === 0) return undefined;
  return `spec.network isolates no pod: podSelector contradicts itself, because no pod can have ${describeRequirements(clash)}; correct podSelector`;
};
