import { setImmediate } from 'node:timers/promises';
import type { ContainerSecurityPolicy, NetworkSection, Sections } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import type { PolicyCaches } from '../../caches.ts';
import { nameConflicts } from '../../children/problems.ts';
import type { Change, PolicyChildren } from '../../children/writer.ts';
import { isInEffect, StalledError } from '../../errors.ts';
import { failed } from '../../status/outcome.ts';
import {
  enforcedSpec,
  type Section,
  type SectionOptions,
  type SectionPreview,
  type SectionResult,
} from '../section.ts';
import type { ClusterFacts, NetworkContext } from './context.ts';
import { deletionOrder } from './deletion-order.ts';
import type { NetworkFacts } from './facts.ts';
import { allInForce, liveInForce } from './in-force.ts';
import { countIsolated } from './isolated.ts';
import { applied } from './outcome.ts';
import { type RenderedNetwork, renderNetwork } from './render.ts';

/** The error, or one with every name conflict when there are several. */
const namingAll = (
  error: unknown,
  { metadata }: ContainerSecurityPolicy,
  children: PolicyChildren,
  rendered: RenderedNetwork | undefined,
): unknown => {
  if (!(error instanceof StalledError) || error.reason !== 'NameConflict') return error;
  const conflicts = children.conflicts(rendered?.policies ?? []);
  return conflicts.length > 1 ? nameConflicts(conflicts, metadata) : error;
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
  facts: ClusterFacts,
  children: PolicyChildren,
): Promise<SectionResult> => {
  const changes: Change[] = [];
  const errors: unknown[] = [];
  let rendered: RenderedNetwork | undefined;
  try {
    rendered = network && renderNetwork(policy.metadata, network, facts.context);
    for (const child of rendered?.policies ?? []) {
      // To compare one with the cache can take a tenth of a second when nothing is to be written.
      await setImmediate();
      // The last isolates all pods, and is deleted first.
      const kept = child !== rendered?.policies.at(-1);
      const change = await children.ensure(child, { kept }).catch((error: unknown) => {
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
    if (network === undefined || rendered === undefined) return { changes };
    return { changes, status: { network: allInForce(rendered) }, outcome: applied(network, rendered, facts) };
  } catch (error) {
    // Some may isolate already, or still.
    const live = children.owned('NetworkPolicy');
    const isShown = network !== undefined || live.length > 0;
    const status = isShown ? { status: { network: liveInForce(rendered, live) } } : {};
    return { changes, outcome: failed('Network', namingAll(error, policy, children, rendered)), ...status };
  }
};

const preview = (
  { metadata }: ContainerSecurityPolicy,
  { network }: Sections,
  context: NetworkContext,
  { pods }: PolicyCaches,
): SectionPreview => {
  if (network === undefined) return {};
  const { policies } = renderNetwork(metadata, network, context);
  const isolatedPods = countIsolated(network, pods.byIndex(BY_NAMESPACE, metadata.namespace));
  return { children: policies, status: { isolatedPods } };
};

/** Keeps the NetworkPolicies of spec.network. */
export const networkSection = ({ caches }: SectionOptions, facts: Pick<NetworkFacts, 'current'>): Section => ({
  name: 'Network',
  enforce: (policy, children) => apply(policy, enforcedSpec(policy).network, facts.current, children),
  withdraw: (policy, children) => apply(policy, undefined, facts.current, children),
  preview: async (policy, wanted) => preview(policy, wanted, facts.current.context, caches),
});
