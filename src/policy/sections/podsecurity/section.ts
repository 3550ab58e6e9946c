import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { Sections } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import { type Clock, monotonicClock } from '../../../kube/clock.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { CachedPolicy, PolicyCaches } from '../../caches.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { applyNamespaceLabels, labelChanges } from '../../namespace-labels.ts';
import { namespaceUnavailable } from '../../status/namespace-unavailable.ts';
import { namespaceLabeling } from '../namespace-labeling.ts';
import type { Section, SectionOptions, SectionPreview, SectionResult } from '../section.ts';
import { claimsOf, heldClaims } from './claims.ts';
import { type Claim, candidates, decideLabels, ownedLabels } from './decide.ts';
import { findViolations } from './dry-run.ts';
import { describeStandard } from './level.ts';
import { type DryRuns, report, shown } from './report.ts';
import { createVerifier, type Verifier } from './verification.ts';
import { isClean, type Violations } from './violations.ts';

const claimsIn = ({ policies }: PolicyCaches, namespace: string): Claim[] =>
  policies.byIndex(BY_NAMESPACE, namespace).flatMap(claimsOf);

/** Of the policies at rest. */
const heldIn = ({ policies }: PolicyCaches, namespace: string): Claim[] =>
  policies.byIndex(BY_NAMESPACE, namespace).flatMap(heldClaims);

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
  const held = heldIn(caches, policy.metadata.namespace);
  const decision = decideLabels(claims, before.labels, dryRuns.accepted, held.length > 0);
  const write = {
    fieldManager: FIELD_MANAGERS.podSecurity,
    owned: ownedLabels(before.labels),
    wanted: decision.labels,
  };
  const labels = labelChanges(before.labels, write);
  const after = await applyNamespaceLabels(client, caches.namespaces, before, write);
  if (own === undefined) return { labels };
  const problem = await verify(after);
  const { status, outcome: reported } = report(own, claims, after, decision, { ...dryRuns, problem, held });
  return { labels, status: { podSecurity: status }, outcome: reported };
};

const preview = async (
  policy: CachedPolicy,
  { podSecurity }: Sections,
  { client, caches }: SectionOptions,
): Promise<SectionPreview> => {
  const [own] = claimsOf({ ...policy, spec: podSecurity === undefined ? {} : { podSecurity } });
  if (own === undefined && claimsOf(policy).length === 0) return {};
  const namespace = caches.namespaces.get(policy.metadata.namespace);
  if (namespace === undefined) return { labels: [] };
  const others = claimsIn(caches, policy.metadata.namespace).filter((claim) => claim.policy !== policy.metadata.name);
  const claims = own === undefined ? others : [...others, own];
  const { accepted, violations } = await dryRunCandidates(client, namespace, claims);
  const hold = heldIn(caches, policy.metadata.namespace).length > 0;
  const { labels: wanted } = decideLabels(claims, namespace.labels, accepted, hold);
  const write = { owned: ownedLabels(namespace.labels), wanted };
  const found = own && violations.get(describeStandard(own));
  return {
    labels: labelChanges(namespace.labels, write),
    ...(found && {
      status: { violatingPods: found.pods, ...(shown(found).length > 0 && { violations: shown(found) }) },
    }),
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
    preview: (policy, wanted) => preview(policy, wanted, options),
  };
};
