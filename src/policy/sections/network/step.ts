import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { ContainerSecurityPolicy, NetworkSection, PolicyStatus } from '../../../api/policy.ts';
import type { ChildView } from '../../children/view.ts';
import type { Change, ChildWriter } from '../../children/writer.ts';
import { stands } from '../../errors.ts';
import { failed, type Outcome } from '../../outcome.ts';
import type { NetworkContext } from './context.ts';
import { type RenderedNetwork, renderNetwork } from './render.ts';
import { podSet } from './requirements.ts';

export interface NetworkResult {
  readonly status?: NonNullable<PolicyStatus['network']>;
  /** Absent when the policy has no such section. */
  readonly outcome?: Outcome;
  readonly changes: readonly Change[];
}

/**
 * The order in which NetworkPolicies may go: those for the most pods first. Then the last one that isolates a pod
 * still allows it everything.
 */
export const deletionOrder = (policies: readonly ChildView[]): ChildView[] => {
  const width = (p: ChildView): number =>
    podSet((p.spec as NetworkPolicySpec | undefined)?.podSelector as never).length;
  return [...policies].sort((a, b) => width(a) - width(b));
};

const inForce = (rendered: RenderedNetwork): NetworkResult['status'] & object => ({
  policies: rendered.policies.length,
  ingressRules: rendered.ingressRules,
  egressRules: rendered.egressRules,
});

const succeeded = (rendered: RenderedNetwork): Outcome => {
  const count = `${rendered.policies.length} NetworkPolic${rendered.policies.length === 1 ? 'y' : 'ies'} in force`;
  return rendered.apiServerUnknown
    ? {
        section: 'Network',
        state: 'Waiting',
        reason: 'ApiServerUnknown',
        message: `${count}, without allow.apiServer: Service default/kubernetes has no ready endpoint, so nothing is allowed for it until one is known`,
      }
    : { section: 'Network', state: 'InForce', reason: 'Applied', message: count };
};

/**
 * Puts a network section in force: first everything that is to be there, in the order that never cuts allowed traffic,
 * then away with what is not. It stops at the first failure, since what follows relies on what came before; but what
 * stands, if not quite as it should, keeps nothing back that is to be there.
 * @param network undefined: nothing is to be there
 */
export const runNetworkStep = async (
  policy: ContainerSecurityPolicy,
  network: NetworkSection | undefined,
  context: NetworkContext,
  writer: ChildWriter,
): Promise<NetworkResult> => {
  const changes: Change[] = [];
  const standing: unknown[] = [];
  try {
    const rendered = network && renderNetwork(policy.metadata, network, context);
    for (const child of rendered?.policies ?? []) {
      const change = await writer.ensure(child, policy).catch((error: unknown) => {
        if (!stands(error)) throw error;
        standing.push(error);
      });
      if (change !== undefined) changes.push(change);
    }
    const [first] = standing;
    if (first !== undefined) throw first;
    const wanted = new Set(rendered?.policies.map((p) => p.metadata.name));
    const stale = writer.owned('NetworkPolicy', policy).filter((p) => !wanted.has(p.metadata.name));
    for (const live of deletionOrder(stale)) changes.push(await writer.delete(live, policy));
    return rendered === undefined ? { changes } : { changes, status: inForce(rendered), outcome: succeeded(rendered) };
  } catch (error) {
    const before = network && policy.status?.network;
    return { changes, outcome: failed('Network', error), ...(before !== undefined && { status: before }) };
  }
};
