import type { PolicyStatus } from '../../src/api/policy.ts';

type Network = NonNullable<PolicyStatus['network']>;

/** What is in force of spec.network: status.network without its warnings, which come later and depend on the cluster. */
export const countsOf = (
  network: Network | undefined,
): Pick<Network, 'policies' | 'ingressRules' | 'egressRules'> | undefined => {
  if (network === undefined) return undefined;
  const { policies, ingressRules, egressRules } = network as Required<Network>;
  return { policies, ingressRules, egressRules };
};
