import type { ContainerSecurityPolicy, NetworkSection, PolicyStatus } from '../../../api/policy.ts';
import { listInPages } from '../../../kube/cache/list-in-pages.ts';
import { PODS } from '../../../kube/kinds.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { Change, PolicyChildren } from '../../children/writer.ts';
import { isInEffect } from '../../errors.ts';
import { failed, type SectionOutcome } from '../../status/outcome.ts';
import {
  enforcedSpec,
  type Section,
  type SectionOptions,
  type SectionPreview,
  type SectionResult,
} from '../section.ts';
import { apiServerEndpoints } from './apiserver.ts';
import type { DnsPeer, NetworkContext } from './context.ts';
import { deletionOrder } from './deletion-order.ts';
import { type RenderedNetwork, renderNetwork } from './render.ts';
import { labelSelector } from './requirements.ts';

const inForce = (rendered: RenderedNetwork): NonNullable<PolicyStatus['network']> => ({
  policies: rendered.policies.length,
  ingressRules: rendered.ingressRules,
  egressRules: rendered.egressRules,
});

const succeeded = (rendered: RenderedNetwork): SectionOutcome => {
  const count = `${rendered.policies.length} NetworkPolic${rendered.policies.length === 1 ? 'y' : 'ies'} in force`;
  return rendered.apiServerUnknown
    ? {
        section: 'Network',
        state: 'Waiting',
        reason: 'ApiServerUnknown',
        message: `${count}, without allow.apiServer: Service default/kubernetes has no ready endpoint, so traffic to the API server is not allowed until it has one`,
      }
    : { section: 'Network', state: 'InForce', reason: 'Applied', message: count };
};

/**
 * Applies all NetworkPolicies in the order that never cuts allowed traffic, then deletes those that are not wanted. It
 * stops at the first failure, since each step relies on the one before; but an object that is in effect, if not quite as
 * it should be, does not keep back those that follow.
 * @param network undefined: no NetworkPolicy is wanted
 */
const apply = async (
  policy: ContainerSecurityPolicy,
  network: NetworkSection | undefined,
  context: NetworkContext,
  children: PolicyChildren,
): Promise<SectionResult> => {
  const changes: Change[] = [];
  const errors: unknown[] = [];
  try {
    const rendered = network && renderNetwork(policy.metadata, network, context);
    for (const child of rendered?.policies ?? []) {
      const change = await children.ensure(child).catch((error: unknown) => {
        if (!isInEffect(error)) throw error;
        errors.push(error);
      });
      if (change !== undefined) changes.push(change);
    }
    const [first] = errors;
    if (first !== undefined) throw first;
    const wanted = new Set(rendered?.policies.map((p) => p.metadata.name));
    const stale = children.owned('NetworkPolicy').filter((p) => !wanted.has(p.metadata.name));
    for (const live of deletionOrder(stale)) changes.push(await children.delete(live));
    if (rendered === undefined) return { changes };
    return { changes, status: { network: inForce(rendered) }, outcome: succeeded(rendered) };
  } catch (error) {
    const before = network && policy.status?.network;
    return { changes, outcome: failed('Network', error), ...(before && { status: { network: before } }) };
  }
};

const countPods = async (client: KubeClient, namespace: string, network: NetworkSection): Promise<number> => {
  const selector = labelSelector(network.podSelector);
  const labels = selector !== '' ? { labelSelector: selector } : {};
  const { items } = await listInPages(client, PODS, { namespace, ...labels }, () => true);
  return items.length;
};

const preview = async (
  { metadata, spec: { network } }: ContainerSecurityPolicy,
  context: NetworkContext,
  client: KubeClient,
): Promise<SectionPreview> => {
  if (network === undefined) return {};
  const { policies } = renderNetwork(metadata, network, context);
  return { children: policies, status: { isolatedPods: await countPods(client, metadata.namespace, network) } };
};

/** Keeps the NetworkPolicies of spec.network. */
export const networkSection = ({ client, caches }: SectionOptions, dnsPeers: readonly DnsPeer[]): Section => {
  const context = (): NetworkContext => ({
    dnsPeers,
    apiServer: apiServerEndpoints(caches.apiServerSlices.list(), caches.apiServerServices.list()),
  });
  return {
    name: 'Network',
    enforce: (policy, children) => apply(policy, enforcedSpec(policy).network, context(), children),
    withdraw: (policy, children) => apply(policy, undefined, context(), children),
    preview: (policy) => preview(policy, context(), client),
  };
};
