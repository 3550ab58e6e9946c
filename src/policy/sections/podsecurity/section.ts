import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import { NAMESPACES } from '../../../kube/kinds.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { CachedPolicy, PolicyCaches } from '../../caches.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { applyNamespaceLabels, labelChanges } from '../../namespace-labels.ts';
import { namespaceUnavailable } from '../../status/namespace-unavailable.ts';
import { namespaceLabeling } from '../namespace-labeling.ts';
import type { Section, SectionOptions, SectionPreview, SectionResult } from '../section.ts';
import { claimsOf } from './claims.ts';
import { type Claim, candidates, decideLabels, ownedLabels } from './decide.ts';
import { labelsFor } from './labels.ts';
import { describeStandard, type Standard } from './level.ts';
import { type DryRuns, report, shown } from './report.ts';
import { isClean, parseViolations, type Violations } from './violations.ts';

/** The schema's bound on status.preview.change. */
const MAX_CHANGE = 16;

const claimsIn = ({ policies }: PolicyCaches, namespace: string): Claim[] =>
  policies.byIndex(BY_NAMESPACE, namespace).flatMap(claimsOf);

/** Finds the existing pods that violate a level, by a dry run: only the API server evaluates the levels. */
const findViolations = async (
  client: KubeClient,
  namespace: CachedNamespace,
  standard: Standard,
): Promise<Violations> => {
  const patch = { metadata: { labels: Object.fromEntries(labelsFor('enforce', standard)) } };
  const options = { type: 'merge', dryRun: true } as const;
  const { warnings } = await client.patch(NAMESPACES, namespace.metadata.name, patch, options);
  return parseViolations(warnings);
};

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
const apply = async (policy: CachedPolicy, { client, caches }: SectionOptions): Promise<SectionResult> => {
  const before = caches.namespaces.get(policy.metadata.namespace);
  const outcome = namespaceUnavailable('PodSecurity', policy.metadata.namespace, before);
  if (before === undefined || outcome !== undefined) return policy.spec.podSecurity && outcome ? { outcome } : {};
  const claims = claimsIn(caches, policy.metadata.namespace);
  const own = claimsOf(policy).at(0);
  // A policy that requests nothing leaves the labels, and the Event about them, to those that do.
  if (own === undefined && claims.some((c) => c.frozen === undefined)) return {};
  const dryRuns = await dryRunCandidates(client, before, claims);
  const decision = decideLabels(claims, before.labels, dryRuns.accepted);
  const write = {
    fieldManager: FIELD_MANAGERS.podSecurity,
    owned: ownedLabels(before.labels),
    wanted: decision.labels,
  };
  const labels = labelChanges(before.labels, write);
  const after = await applyNamespaceLabels(client, caches.namespaces, before, write);
  if (own === undefined) return { labels };
  const { status, outcome: reported } = report(own, claims, after, decision, dryRuns);
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
  const { labels: wanted } = decideLabels(claims, namespace.labels, accepted);
  const write = { owned: ownedLabels(namespace.labels), wanted };
  const found = violations.get(describeStandard(own));
  return {
    change: labelChanges(namespace.labels, write).slice(0, MAX_CHANGE),
    ...(found && { violatingPods: found.pods }),
    ...(found && found.groups.length > 0 && { violations: shown(found) }),
  };
};

/**
 * Keeps the Pod Security labels of a namespace as all of its policies together request, under one field manager, without
 * force.
 */
export const podSecuritySection = (options: SectionOptions): Section => ({
  name: 'PodSecurity',
  ...namespaceLabeling((policy) => apply(policy, options)),
  preview: async (policy) => ({ status: await preview(policy, options) }),
});
