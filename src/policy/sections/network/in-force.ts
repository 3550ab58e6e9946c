import { isDeepStrictEqual } from 'node:util';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { PolicyStatus, Selector } from '../../../api/policy.ts';
import type { CachedChild } from '../../children/cached-child.ts';
import type { NetworkPolicyChild } from '../../children/kinds.ts';
import type { RenderedNetwork } from './render.ts';
import { isEmpty, podSet } from './requirements.ts';

type NetworkStatus = NonNullable<PolicyStatus['network']>;

/** A NetworkPolicy whose podSelector contradicts itself selects no pod. */
const selectsPods = (spec: NetworkPolicySpec | undefined): boolean =>
  !isEmpty(podSet(spec?.podSelector as Selector | undefined));

/** A rule is in force when every NetworkPolicy that repeats it is. */
const countRules = (
  { policies, rules }: RenderedNetwork,
  isInForce: (policy: NetworkPolicyChild) => boolean,
): Omit<NetworkStatus, 'policies'> => {
  const missing = policies.filter((policy) => !isInForce(policy));
  const count = (direction: 'Ingress' | 'Egress'): number => {
    const all = rules.flatMap((of) => of[direction].flat());
    const lacking = missing.flatMap((policy) => rules[policies.indexOf(policy)]?.[direction].flat() ?? []);
    return new Set(all).difference(new Set(lacking)).size;
  };
  return { ingressRules: count('Ingress'), egressRules: count('Egress') };
};

/** Everything that was rendered and selects pods is in force, and nothing else. */
export const allInForce = (rendered: RenderedNetwork): NetworkStatus => ({
  policies: rendered.policies.filter(({ spec }) => selectsPods(spec)).length,
  ...countRules(rendered, ({ spec }) => selectsPods(spec)),
});

/** After a failure: the NetworkPolicies that exist, and the rules that they have in force. */
export const liveInForce = (rendered: RenderedNetwork | undefined, live: readonly CachedChild[]): NetworkStatus => {
  const specs = new Map(live.map(({ metadata, spec }) => [metadata.name, spec as NetworkPolicySpec | undefined]));
  const policies = [...specs.values()].filter(selectsPods).length;
  if (rendered !== undefined) {
    const isAsRendered = (policy: NetworkPolicyChild): boolean =>
      selectsPods(policy.spec) && isDeepStrictEqual(specs.get(policy.metadata.name), policy.spec);
    return { policies, ...countRules(rendered, isAsRendered) };
  }
  // Of an earlier spec: its rules as the NetworkPolicies show them.
  const different = (field: 'ingress' | 'egress'): number =>
    new Set(
      [...specs.values()]
        .filter(selectsPods)
        .flatMap((spec) => spec?.[field] ?? [])
        .map((rule) => JSON.stringify(rule)),
    ).size;
  return { policies, ingressRules: different('ingress'), egressRules: different('egress') };
};
