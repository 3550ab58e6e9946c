import type { RuleRef } from './compiled-policy.ts';
import type { Doubt } from './match.ts';
import type { Traffic } from './ports.ts';
import type { ReachPod, ReachPolicy } from './world.ts';

/** A pod of the world or any other, or an address. An address of one of the world's pods is that pod. */
export type Endpoint = ReachPod | { readonly address: string };

export const isPod = (endpoint: Endpoint): endpoint is ReachPod => !('address' in endpoint);

/** Why NetworkPolicies do not decide: a pod to itself, a pod on the host network, a node to its pods, no pod. */
export type Exemption = 'Itself' | 'HostNetwork' | 'OwnNode' | 'Outside';

export type EndState =
  | 'NotGoverned'
  /** No policy isolates the pod in this direction. */
  | 'NotIsolated'
  | 'Allowed'
  | 'Denied'
  /** No rule surely allows it, and one may. */
  | 'Unknown'
  /** The pod is finished: it neither sends nor receives. */
  | 'Finished';

export interface PossibleRule extends RuleRef {
  readonly doubt: Doubt;
}

/** One end of a connection: egress of the source, or ingress of the destination. */
export interface End {
  readonly state: EndState;
  /** Of NotGoverned. */
  readonly exemption?: Exemption;
  /** The policies that isolate the pod in this direction. */
  readonly isolatedBy: readonly ReachPolicy[];
  readonly allowedBy: readonly RuleRef[];
  /** Rules that match in some network plug-ins, or as soon as a fact is known. */
  readonly mayAllow: readonly PossibleRule[];
  /** Of Unknown, when no rule is in doubt but the node is. */
  readonly doubt?: Doubt;
}

export type Answer = 'Yes' | 'No' | 'Unknown';

export interface Verdict {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly traffic: Traffic;
  /** Both ends must allow it. */
  readonly allowed: Answer;
  readonly egress: End;
  readonly ingress: End;
}

const answerOf = ({ state }: End): Answer => {
  if (state === 'Unknown') return 'Unknown';
  return state === 'Denied' || state === 'Finished' ? 'No' : 'Yes';
};

export const combine = (...answers: readonly Answer[]): Answer => {
  if (answers.includes('No')) return 'No';
  return answers.includes('Unknown') ? 'Unknown' : 'Yes';
};

export const allowedBy = (egress: End, ingress: End): Answer => combine(answerOf(egress), answerOf(ingress));
