import { listed } from '../text/listed.ts';
import { printable } from '../text/printable.ts';
import type { RuleRef } from './compiled-policy.ts';
import { type Endpoint, isPod } from './verdict.ts';
import type { ReachPod, ReachPolicy, RuleSource } from './world.ts';

/** `ingress[1] "web calls api"` */
export const sourceName = ({ field, description }: RuleSource): string =>
  description === undefined ? field : `${field} "${printable(description)}"`;

/** `ContainerSecurityPolicy shop/books`, or `NetworkPolicy shop/legacy` for one that is not ours. */
export const policyName = ({ namespace, name, origin }: ReachPolicy): string =>
  origin ? `ContainerSecurityPolicy ${origin.namespace}/${origin.name}` : `NetworkPolicy ${namespace}/${name}`;

/** Each policy once, although several NetworkPolicies are rendered from one. */
export const policyNames = (policies: readonly ReachPolicy[]): string[] => [...new Set(policies.map(policyName))];

/** The rules of the policy that a rule of the NetworkPolicy says. */
export const sourcesOf = ({ policy, direction, index }: RuleRef): readonly RuleSource[] => {
  const list = direction === 'Ingress' ? 'ingress' : 'egress';
  return policy.origin?.[list][index] ?? [{ field: `${list}[${index}]` }];
};

/** `ingress[1] "web calls api" and dns of ContainerSecurityPolicy shop/books`, one text for each policy. */
export const ruleNames = (rules: readonly RuleRef[]): string[] =>
  [...Map.groupBy(rules, ({ policy }) => policyName(policy))].map(([policy, of]) => {
    const names = new Set(of.flatMap(sourcesOf).map(sourceName));
    return `${listed([...names])} of ${policy}`;
  });

/** `Pod shop/web-1`, `Deployment shop/web` for a pod that is not there yet, or an address. */
export const endpointName = (endpoint: Endpoint): string => {
  if (!isPod(endpoint)) return endpoint.address;
  const { namespace, name, state } = endpoint;
  return state === 'Planned' ? workloadName(endpoint) : `Pod ${namespace}/${name}`;
};

/** `Deployment shop/web`, or `Pod shop/web-1` for one without a workload. */
export const workloadName = ({ namespace, name, workload }: ReachPod): string =>
  workload === undefined ? `Pod ${namespace}/${name}` : `${workload.kind} ${namespace}/${workload.name}`;
