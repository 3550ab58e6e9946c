import type { Direction, NetworkSection, PolicyName } from '../../../api/policy.ts';
import type { ReachPolicy, RuleSource } from '../../../reach/world.ts';
import type { NetworkContext } from './context.ts';
import { renderNetwork } from './render.ts';

const INDEXED = /^(ingress|egress)\[(\d+)\]$/;

const descriptionOf = ({ allow }: NetworkSection, source: string): string | undefined => {
  const [, list, index] = INDEXED.exec(source) ?? [];
  return list === undefined ? undefined : allow?.[list as 'ingress' | 'egress']?.[Number(index)]?.description;
};

/**
 * The NetworkPolicies of a section as the model of reachability has them: each rule knows the rules of the policy that
 * say it, in the user's words.
 * @throws StalledError as renderNetwork
 */
export const reachPolicies = (policy: PolicyName, network: NetworkSection, context: NetworkContext): ReachPolicy[] => {
  const { policies, rules } = renderNetwork(policy, network, context);
  const named = (source: string): RuleSource => {
    const description = descriptionOf(network, source);
    return { field: source, ...(description !== undefined && { description }) };
  };
  return policies.map(({ metadata, spec }, n) => {
    const of = (direction: Direction): RuleSource[][] => rules[n]![direction].map((sources) => sources.map(named));
    return {
      ...{ namespace: policy.namespace, name: metadata.name, spec },
      origin: {
        ...{ namespace: policy.namespace, name: policy.name },
        ...{ ingress: of('Ingress'), egress: of('Egress') },
      },
    };
  });
};

/** NetworkPolicies of a world in which a policy has other ones. */
export const replaceRules = (
  all: readonly ReachPolicy[],
  { namespace, name }: PolicyName,
  rendered: readonly ReachPolicy[],
): ReachPolicy[] => {
  const isOther = ({ origin }: ReachPolicy): boolean => origin?.namespace !== namespace || origin.name !== name;
  return [...all.filter(isOther), ...rendered];
};
