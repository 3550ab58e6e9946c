import { FIELD_MANAGERS, TRUSTED_IMAGES_LABEL } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy, ImagesSection, Sections } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import type { CachedPolicy, PolicyCaches } from '../../caches.ts';
import { applyNamespaceLabels, labelChanges } from '../../namespace-labels.ts';
import { namespaceUnavailable } from '../../status/namespace-unavailable.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import { namespaceLabeling } from '../namespace-labeling.ts';
import type { Section, SectionOptions, SectionPreview, SectionResult } from '../section.ts';
import { notInForce, unlabeled } from './admission.ts';
import { describeAllowed } from './allowed.ts';
import { type DisallowedPods, describeDisallowed, findDisallowed, toStatus } from './disallowed.ts';
import { hasRules, ownedLabel, wantedLabel } from './label.ts';

const report = (policy: ContainerSecurityPolicy, images: ImagesSection, found: DisallowedPods): SectionOutcome => {
  const { namespace } = policy.metadata;
  const audit = policy.spec.mode === 'Audit';
  const rule = `namespace ${namespace} ${audit ? 'warns of images other than' : 'admits only'} ${describeAllowed(images)}`;
  const message =
    found.pods === 0
      ? rule
      : `${rule}. ${describeDisallowed(found)}. ${audit ? 'In mode Enforce they would continue' : 'They continue'} to run, but could not be created again: change their images, or allow them`;
  const reason = found.pods > 0 ? 'DisallowedPods' : audit ? 'Audit' : 'Enforced';
  return { section: 'Images', state: 'InForce', reason, message };
};

const disallowed = (
  { metadata }: ContainerSecurityPolicy,
  images: ImagesSection,
  { pods }: PolicyCaches,
): DisallowedPods => findDisallowed(images, pods.byIndex(BY_NAMESPACE, metadata.namespace));

/** @throws ApiError */
const apply = async (policy: CachedPolicy, { client, caches }: SectionOptions): Promise<SectionResult> => {
  const { metadata, spec } = policy;
  const namespace = caches.namespaces.get(metadata.namespace);
  const images = metadata.deletionTimestamp === undefined ? spec.images : undefined;
  const outcome = namespaceUnavailable('Images', metadata.namespace, namespace);
  if (namespace === undefined || outcome !== undefined) return images && outcome ? { outcome } : {};
  const policies = caches.policies.byIndex(BY_NAMESPACE, metadata.namespace);
  // A policy without rules leaves the label, and the Event about it, to those that have some.
  if (images === undefined && policies.some(hasRules)) return {};
  const label = namespace.labels.get(TRUSTED_IMAGES_LABEL);
  const write = { fieldManager: FIELD_MANAGERS.images, owned: ownedLabel(label), wanted: wantedLabel(policies, label) };
  const after = await applyNamespaceLabels(client, caches.namespaces, namespace, write);
  const labels = labelChanges(namespace.labels, write);
  if (images === undefined) return { labels };
  const found = disallowed(policy, images, caches);
  const status = spec.mode === 'Audit' ? {} : { status: { images: toStatus(found) } };
  return {
    labels,
    ...status,
    outcome: notInForce(spec.mode, metadata.namespace, caches) ?? unlabeled(after) ?? report(policy, images, found),
  };
};

/** The existing pods that the rules would disallow, and the label. */
const preview = (policy: CachedPolicy, { images }: Sections, caches: PolicyCaches): SectionPreview => {
  if (images === undefined && policy.spec.images === undefined) return {};
  const { namespace, uid } = policy.metadata;
  const { labels } = caches.namespaces.get(namespace) ?? { labels: new Map() };
  const label = labels.get(TRUSTED_IMAGES_LABEL);
  const others = caches.policies.byIndex(BY_NAMESPACE, namespace).filter((p) => p.metadata.uid !== uid);
  const changed = { ...policy, spec: images === undefined ? {} : { images } };
  const write = { owned: ownedLabel(label), wanted: wantedLabel([...others, changed], label) };
  return {
    labels: labelChanges(labels, write),
    ...(images && { status: toStatus(disallowed(policy, images, caches)) }),
  };
};

/**
 * The API server enforces spec.images by itself, in mode Audit with a warning. This section keeps the namespace label
 * that the admission policies match, under one field manager, without force, and finds existing pods with disallowed
 * images.
 */
export const imagesSection = (options: SectionOptions): Section => ({
  name: 'Images',
  ...namespaceLabeling((policy) => apply(policy, options)),
  preview: async (policy, wanted) => preview(policy, wanted, options.caches),
});
