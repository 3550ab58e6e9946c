import { FIELD_MANAGERS, TRUSTED_IMAGES_LABEL } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy, Sections } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import type { CachedPolicy, PolicyCaches } from '../../caches.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { applyNamespaceLabels, labelChanges } from '../../namespace-labels.ts';
import { namespaceUnavailable } from '../../status/namespace-unavailable.ts';
import { namespaceLabeling } from '../namespace-labeling.ts';
import type { Section, SectionOptions, SectionPreview, SectionResult } from '../section.ts';
import { notInForce, unlabeled, unrecorded } from './admission.ts';
import { findDisallowed, type Inventory, toStatus } from './disallowed.ts';
import { decideEnforcement } from './enforcement.ts';
import { hasRules, ownedLabel, wantedLabel } from './label.ts';
import { ownedRecords, recordKey, wantedRecords } from './record.ts';
import { report } from './report.ts';

const inventoryOf = ({ metadata: { namespace } }: ContainerSecurityPolicy, caches: PolicyCaches): Inventory => ({
  pods: caches.pods.byIndex(BY_NAMESPACE, namespace),
  workloads: Object.values(caches.workloads).flatMap((store) => store.byIndex(BY_NAMESPACE, namespace)),
});

/** Writes the label and the records of the namespace. @throws ApiError */
const write = async (
  policy: CachedPolicy,
  namespace: CachedNamespace,
  policies: readonly CachedPolicy[],
  record: string | undefined,
  { client, caches }: SectionOptions,
): Promise<{ after: CachedNamespace; labels: string[] }> => {
  const { labels, records } = namespace;
  const label = labels.get(TRUSTED_IMAGES_LABEL);
  const others = policies.filter(({ metadata }) => metadata.uid !== policy.metadata.uid);
  const wanted = { owned: ownedLabel(label), wanted: wantedLabel(policies, label) };
  const annotations = { owned: ownedRecords(records), wanted: wantedRecords(records, policy, record, others) };
  const after = await applyNamespaceLabels(client, caches.namespaces, namespace, {
    fieldManager: FIELD_MANAGERS.images,
    ...wanted,
    annotations,
  });
  return { after, labels: labelChanges(labels, wanted) };
};

/** @throws ApiError */
const apply = async (policy: CachedPolicy, options: SectionOptions): Promise<SectionResult> => {
  const { caches } = options;
  const { metadata, spec } = policy;
  const namespace = caches.namespaces.get(metadata.namespace);
  const images = metadata.deletionTimestamp === undefined ? spec.images : undefined;
  const unavailable = namespaceUnavailable('Images', metadata.namespace, namespace);
  if (namespace === undefined || unavailable !== undefined)
    return images && unavailable ? { outcome: unavailable } : {};
  const policies = caches.policies.byIndex(BY_NAMESPACE, metadata.namespace);
  // A policy without rules leaves the label, and the Event about it, to those that have some.
  if (images === undefined && policies.some(hasRules)) return {};
  if (images === undefined) return { labels: (await write(policy, namespace, policies, undefined, options)).labels };
  const recorded = namespace.records.get(recordKey(policy))?.value;
  const enforcement = decideEnforcement(spec, images, recorded, inventoryOf(policy, caches));
  const { after, labels } = await write(policy, namespace, policies, enforcement.record, options);
  return {
    labels,
    ...(spec.mode !== 'Audit' && { status: { images: toStatus(enforcement.found) } }),
    outcome:
      notInForce(spec.mode, metadata.namespace, caches) ??
      // Of rules that wait, the API server warns.
      (enforcement.waitsFor && notInForce('Audit', metadata.namespace, caches)) ??
      unlabeled(after) ??
      unrecorded(after, recordKey(policy), enforcement.record) ??
      report(policy, images, enforcement),
  };
};

/** The existing pods and workloads that the rules would disallow, and the label. */
const preview = (policy: CachedPolicy, { images }: Sections, caches: PolicyCaches): SectionPreview => {
  if (images === undefined && policy.spec.images === undefined) return {};
  const { namespace, uid } = policy.metadata;
  const { labels } = caches.namespaces.get(namespace) ?? { labels: new Map() };
  const label = labels.get(TRUSTED_IMAGES_LABEL);
  const others = caches.policies.byIndex(BY_NAMESPACE, namespace).filter((p) => p.metadata.uid !== uid);
  const changed = { ...policy, spec: images === undefined ? {} : { images } };
  const change = { owned: ownedLabel(label), wanted: wantedLabel([...others, changed], label) };
  return {
    labels: labelChanges(labels, change),
    ...(images && { status: toStatus(findDisallowed(images, inventoryOf(policy, caches))) }),
  };
};

/**
 * The API server enforces spec.images by itself, in mode Audit with a warning. Under one field manager, this section keeps
 * the namespace label that the admission policies match, and the records of the rules that are in force. It finds existing
 * pods and workloads with disallowed images, for which rules with onViolation Wait wait.
 */
export const imagesSection = (options: SectionOptions): Section => ({
  name: 'Images',
  ...namespaceLabeling((policy) => apply(policy, options)),
  preview: async (policy, wanted) => preview(policy, wanted, options.caches),
});
