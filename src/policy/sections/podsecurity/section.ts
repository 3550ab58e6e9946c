import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import { type Clock, monotonicClock } from '../../../kube/clock.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { CachedPolicy, PolicyCaches } from '../../caches.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { applyNamespaceLabels, labelChanges } from '../../namespace-labels.ts';
import { namespaceUnavailable } from '../../status/namespace-unavailable.ts';
import { namespaceLabeling } from '../namespace-labeling.ts';
import type { Section, SectionOptions, SectionPreview, SectionResult } from '../section.ts';
import { claimsOf, holdsLabels } from './claims.ts';
import { type Claim, candidates, decideLabels, ownedLabels } from './decide.ts';
import { findViolations } from './dry-run.ts';
import { describeStandard } from './level.ts';
import { type DryRuns, report, shown } from './report.ts';
import { createVerifier, type Verifier } from './verification.ts';
import { isClean, type Violations } from './violations.ts';

/** The schema's bound on status.preview.change. */
const MAX_CHANGE = 16;

const claimsIn = ({ policies }: PolicyCaches, namespace: string): Claim[] =>
  policies.byIndex(BY_NAMESPACE, namespace).flatMap(claimsOf);

const isHeld = ({ policies }: PolicyCaches, namespace: string): boolean =>
  policies.byIndex(BY_NAMESPACE, namespace).some(holdsLabels);

const dryRunCandidates = async (
  client: KubeClient,
  namespace: CachedNamespace,
  claims: readonly Claim[],
): Promise<DryRuns> => {
  const violations = new Map<string, Violations>();
  for (const { claim, ask } of candidates(claims, namespace.labels)) {
    if (!ask) return { accepted: claim, violations };
    const answer = await findViolations(client, namespace, claim);
    violations.set(describeStandard(claim), answer);
    if (isClean(answer)) return { accepted: claim, violations };
  }
  return { violations };
};

/** @throws ApiError */
const apply = async (
  policy: CachedPolicy,
  { client, caches }: SectionOptions,
  verify: Verifier,
): Promise<SectionResult> => {
  const before = caches.namespaces.get(policy.metadata.namespace);
  const outcome = namespaceUnavailable('PodSecurity', policy.metadata.namespace, before);
  if (before === undefined || outcome !== undefined) return policy.spec.podSecurity && outcome ? { outcome } : {};
  const claims = claimsIn(caches, policy.metadata.namespace);
  const own = claimsOf(policy).at(0);
  // A policy that requests nothing leaves the labels, and the Event about them, to those that do.
  if (own === undefined && claims.length > 0) return {};
  const dryRuns = await dryRunCandidates(client, before, claims);
  const hold = isHeld(caches, policy.metadata.namespace);
  const decision = decideLabels(claims, before.labels, dryRuns.accepted, hold);
  const write = {
    fieldManager: FIELD_MANAGERS.podSecurity,
    owned: ownedLabels(before.labels),
    wanted: decision.labels,
  };
  const labels = labelChanges(before.labels, write);
  const after = await applyNamespaceLabels(client, caches.namespaces, before, write);
  if (own === undefined) return { labels };
  const problem = await verify(after);
  const { status, outcome: reported } = report(own, claims, after, decision, { ...dryRuns, problem });
  return { labels, status: { podSecurity: status }, outcome: reported };
};

const preview = async (
  policy: ContainerSecurityPolicy,
  { client, caches }: SectionOptions,
): Promise<NonNullable<SectionPreview['status']>> => {
  if (policy.spec.podSecurity === undefined) return {};
  const namespace = caches.namespaces.get(policy.metadata.namespace);
  const [own] = claimsOf({ ...policy, spec: { ...policy.spec, mode: 'Enforce' } });
  if (namespace === undefined || own === undefined) return { change: [] };
  const claims = [...claimsIn(caches, policy.metadata.namespace), own];
  const { accepted, violations } = await dryRunCandidates(client, namespace, claims);
  const hold = isHeld(caches, policy.metadata.namespace);
  const { labels: wanted } = decideLabels(claims, namespace.labels, accepted, hold);
  const write = { owned: ownedLabels(namespace.labels), wanted };
  const found = violations.get(describeStandard(own));
  return {
    change: labelChanges(namespace.labels, write).slice(0, MAX_CHANGE),
    ...(found && { violatingPods: found.pods }),
    ...(found && shown(found).length > 0 && { violations: shown(found) }),
  };
};

/**
 * Keeps the Pod Security labels of a namespace as all of its policies together request, under one field manager, without
 * force.
 */
export const podSecuritySection = (options: SectionOptions, clock: Clock = monotonicClock): Section => {
  const verify = createVerifier(options.client, options.caches, clock);
  return {
    name: 'PodSecurity',
    ...namespaceLabeling((policy) => apply(policy, options, verify)),
    preview: async (policy) => ({ status: await preview(policy, options) }),
  };
};
