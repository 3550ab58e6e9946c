import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicySpec,
} from 'kubernetes-types/networking/v1.js';
import { childName } from '../../../api/names.ts';
import type { Direction, NetworkSection, PolicyName } from '../../../api/policy.ts';
import type { NetworkPolicyChild } from '../../children/kinds.ts';
import { childMeta } from '../../children/meta.ts';
import { StalledError } from '../../errors.ts';
import { MAX_NETWORK_POLICIES_MIB, MAX_NETWORK_POLICY_MIB } from '../../limits.ts';
import type { NetworkContext } from './context.ts';
import { groupByPods } from './groups.ts';
import { type PodSet, podSet, podSetKey, toSelector } from './requirements.ts';
import { type Allowed, allowedRules, isolated } from './rules.ts';

/** For each rule of a NetworkPolicy, the parts of spec.network.allow that say it: equal rules are rendered once. */
type RuleSources = Readonly<Record<Direction, readonly (readonly string[])[]>>;

export interface RenderedNetwork {
  /** In the order in which they must be applied; to be deleted in the opposite one. The last isolates all pods. */
  readonly policies: readonly NetworkPolicyChild[];
  /** Of each of the policies. */
  readonly rules: readonly RuleSources[];
}

/** Without `from` and `to`, a rule matches every peer. */
const toRule = (
  direction: Direction,
  { peers, ports }: Allowed,
): NetworkPolicyIngressRule & NetworkPolicyEgressRule => ({
  ...(peers !== 'Everything' && { [direction === 'Ingress' ? 'from' : 'to']: [...peers] }),
  ...(ports && { ports: [...ports] }),
});

/** The rules of one NetworkPolicy in one direction. */
interface DirectionRules {
  /** Each once. The NetworkPolicies of a policy share the objects. */
  readonly rules: readonly (NetworkPolicyIngressRule & NetworkPolicyEgressRule)[];
  /** Of each rule. */
  readonly sources: readonly (readonly string[])[];
  /** As JSON. */
  readonly bytes: number;
}

interface Draft {
  readonly pods: PodSet;
  readonly of: Readonly<Partial<Record<Direction, DirectionRules>>>;
}

/** The groups of a direction, with rules that are rendered once. */
const drafts = (all: PodSet, direction: Direction, allowed: readonly Allowed[]): Draft[] => {
  const rendered = new Map(
    allowed.map((a) => {
      const rule = toRule(direction, a);
      return [a, { rule, json: JSON.stringify(rule) }];
    }),
  );
  return groupByPods(all, allowed).map((group) => {
    const distinct = Map.groupBy(group.allowed, (a) => rendered.get(a)!.json);
    const bytes = [...distinct.keys()].reduce((sum, json) => sum + json.length, podSetKey(group.pods).length);
    const equal = [...distinct.values()];
    const rules = equal.map(([first]) => rendered.get(first!)!.rule);
    const sources = equal.map((of) => [...new Set(of.map(({ source }) => source))]);
    return { pods: group.pods, of: { [direction]: { rules, sources, bytes } } };
  });
};

const inMiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** @throws StalledError when etcd would refuse one, or all of them are more than the operator compares in time */
const assertSize = (all: readonly Draft[]): void => {
  const sizes = all.map(({ of }) => (of.Ingress?.bytes ?? 0) + (of.Egress?.bytes ?? 0));
  const largest = Math.max(...sizes);
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const cure = 'name fewer peers, select pods by fewer labels, or split the policy';
  if (largest > MAX_NETWORK_POLICY_MIB * 2 ** 20)
    throw new StalledError(
      'TooLarge',
      `a NetworkPolicy of spec.network would have ${inMiB(largest)} MiB, and ${MAX_NETWORK_POLICY_MIB} MiB are allowed: ${cure}`,
    );
  if (total > MAX_NETWORK_POLICIES_MIB * 2 ** 20)
    throw new StalledError(
      'TooLarge',
      `the ${sizes.length} NetworkPolicies of spec.network would have ${inMiB(total)} MiB together, and ${MAX_NETWORK_POLICIES_MIB} MiB are ` +
        `allowed, since each repeats the rules of its pods: ${cure}`,
    );
};

/** Without empty lists: the API server does not store them, and applying one makes a new generation each time. */
const spec = ({ pods, of: { Ingress, Egress } }: Draft): NetworkPolicySpec => ({
  podSelector: toSelector(pods),
  policyTypes: [...(Ingress ? ['Ingress'] : []), ...(Egress ? ['Egress'] : [])],
  ...(Ingress && Ingress.rules.length > 0 && { ingress: [...Ingress.rules] }),
  ...(Egress && Egress.rules.length > 0 && { egress: [...Egress.rules] }),
});

const nameOf = (policy: PolicyName, { pods, of }: Draft, isBase: boolean): string =>
  isBase
    ? childName(policy.name, 'base')
    : childName(policy.name, of.Ingress === undefined ? 'egress' : 'ingress', podSetKey(pods));

/**
 * The NetworkPolicies of a policy. Rules for all of its pods, and the isolation itself, are one NetworkPolicy, so that
 * they are created, changed and deleted at once. Rules for some pods make one more for those pods, which repeats the
 * rules for all pods.
 * @throws StalledError when the pods of its rules overlap in too many ways, or the NetworkPolicies are too large
 */
export const renderNetwork = (
  policy: PolicyName,
  network: NetworkSection,
  context: NetworkContext,
): RenderedNetwork => {
  const all = podSet(network.podSelector);
  const directions = isolated(network).toSorted((a, b) => (a > b ? -1 : 1));
  const byDirection = directions.map((direction) => drafts(all, direction, allowedRules(network, direction, context)));
  // The last group of a direction is that of all pods.
  const base: Draft = { pods: all, of: Object.assign({}, ...byDirection.map((of) => of.at(-1)?.of)) };
  const ordered = [...byDirection.flatMap((of) => of.slice(0, -1)), base];
  assertSize(ordered);
  return {
    policies: ordered.map((draft) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: childMeta(policy, nameOf(policy, draft, draft === base)),
      spec: spec(draft),
    })),
    rules: ordered.map(({ of }) => ({ Ingress: of.Ingress?.sources ?? [], Egress: of.Egress?.sources ?? [] })),
  };
};
