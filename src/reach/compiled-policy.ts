import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { Direction } from '../api/policy.ts';
import type { Selects } from './label-sets.ts';
import { both, type Match } from './match.ts';
import type { Party } from './party.ts';
import { type MatchesPeer, type PeerContext, peersOf } from './peers.ts';
import { matchPorts, type Traffic } from './ports.ts';
import type { ReachPolicy } from './world.ts';

/** A rule of a NetworkPolicy. */
export interface RuleRef {
  readonly policy: ReachPolicy;
  readonly direction: Direction;
  /** In spec.ingress or spec.egress. */
  readonly index: number;
}

export interface CompiledRule {
  readonly ref: RuleRef;
  readonly peers: MatchesPeer;
  /** @param to the destination, where the names of ports are looked up */
  readonly ports: (traffic: Traffic, to: Party) => Match;
}

/** A NetworkPolicy in one direction, in which it isolates its pods. */
export interface CompiledPolicy {
  readonly policy: ReachPolicy;
  readonly selects: Selects;
  readonly rules: readonly CompiledRule[];
}

/** @param from the end that is not the policy's pod */
export const matchRule = ({ peers, ports }: CompiledRule, peer: Party, to: Party, traffic: Traffic): Match => {
  const port = ports(traffic, to);
  return port === false ? false : both(peers(peer), port);
};

/** As the API server fills in an absent list. */
export const policyTypes = ({ policyTypes, egress }: NetworkPolicySpec): Direction[] => {
  if (policyTypes?.length) return policyTypes as Direction[];
  return egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
};

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

const rulesOf = ({ ingress = [], egress = [] }: NetworkPolicySpec, direction: Direction): Rule[] =>
  direction === 'Ingress'
    ? ingress.map(({ from, ports }) => ({ peers: from, ports }))
    : egress.map(({ to, ports }) => ({ peers: to, ports }));

/** Undefined when the policy does not isolate its pods in this direction. */
export const compilePolicy = (
  policy: ReachPolicy,
  direction: Direction,
  context: PeerContext,
): CompiledPolicy | undefined => {
  if (!policyTypes(policy.spec).includes(direction)) return undefined;
  const rules = rulesOf(policy.spec, direction).map(
    ({ peers, ports }, index): CompiledRule => ({
      ref: { policy, direction, index },
      peers: peersOf(peers, policy.namespace, context),
      ports: (traffic, to) => matchPorts(ports, traffic, 'address' in to ? {} : to),
    }),
  );
  return { policy, selects: context.sets.selector(policy.spec.podSelector), rules };
};
