import type { NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { Direction } from '../api/policy.ts';
import type { Selects } from './label-sets.ts';
import { both, type Match } from './match.ts';
import type { Party } from './party.ts';
import { type PeerContext, type Peers, peersOf } from './peers.ts';
import { matchPorts, type Traffic } from './ports.ts';
import { remembered } from './remembered.ts';
import type { ReachPolicy } from './world.ts';

/** A rule of a NetworkPolicy. */
export interface RuleRef {
  readonly policy: ReachPolicy;
  readonly direction: Direction;
  /** In spec.ingress or spec.egress. */
  readonly index: number;
}

/** @param to the destination, where the names of ports are looked up */
type MatchesPorts = (traffic: Traffic, to: Party) => Match;

/** Equal peers, and equal ports, are one function. */
export interface CompiledRule extends Peers {
  readonly ref: RuleRef;
  readonly ports: MatchesPorts;
}

export interface CompileContext extends PeerContext {
  readonly peers: Map<string, Peers>;
  readonly ports: Map<string, MatchesPorts>;
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

/** The namespace of the policy matters to peers that name no other. */
const peersKey = (peers: Rule['peers'] = [], namespace: string): string => {
  const isRelative = peers.some(({ ipBlock, namespaceSelector }) => !ipBlock && !namespaceSelector);
  return JSON.stringify([peers, isRelative && namespace]);
};

/** Undefined when the policy does not isolate its pods in this direction. */
export const compilePolicy = (
  policy: ReachPolicy,
  direction: Direction,
  context: CompileContext,
): CompiledPolicy | undefined => {
  if (!policyTypes(policy.spec).includes(direction)) return undefined;
  const rules = rulesOf(policy.spec, direction).map(
    ({ peers, ports }, index): CompiledRule => ({
      ref: { policy, direction, index },
      ...remembered(context.peers, peersKey(peers, policy.namespace), () => peersOf(peers, policy.namespace, context)),
      ports: remembered(
        context.ports,
        JSON.stringify(ports ?? []),
        () => (traffic, to) => matchPorts(ports, traffic, 'address' in to ? {} : to),
      ),
    }),
  );
  return { policy, selects: context.sets.selector(policy.spec.podSelector), rules };
};
