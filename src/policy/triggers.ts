import { isDeepStrictEqual } from 'node:util';
import { RECONCILE_ANNOTATION } from '../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyStatus } from '../api/policy.ts';
import { BY_NAMESPACE } from '../kube/cache/store.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import type { WorkQueue } from '../kube/workqueue/work-queue.ts';
import { IMAGE_ADMISSION_POLICIES } from './admission-policies.ts';
import type { CachedPolicy, PolicyCaches } from './caches.ts';
import { type CachedChild, ownerKeys, strayKey } from './children/cached-child.ts';
import { hasFinalizer } from './finalizer.ts';
import type { CachedNamespace } from './namespace.ts';
import type { PodImages, WorkloadImages } from './pod.ts';
import { hasDisallowedImage } from './sections/images/disallowed.ts';
import { recordKey } from './sections/images/record.ts';
import type { NetworkFacts } from './sections/network/facts.ts';
import { allowsApiServer, allowsDns } from './sections/network/unknown-facts.ts';
import { claimsOf } from './sections/podsecurity/claims.ts';
import { metBy } from './sections/podsecurity/decide.ts';
import { standardIn } from './sections/podsecurity/labels.ts';

/** Pods are created and deleted in groups; one request to the API server covers all of them. */
const POD_SETTLE_MS = 500;
/** A preview follows its pods within a minute. It sends a dry run for each object, so further pods wait for the same one. */
const PREVIEW_MS = 50_000;

/** Existing pods may keep the level from being enforced. Read from the labels: the status decides nothing. */
const waitsForPods = (policy: CachedPolicy, namespace: CachedNamespace | undefined): boolean =>
  claimsOf(policy).some((claim) => metBy([claim], namespace && standardIn(namespace.labels, 'enforce')).length === 0);

const isInConflict = (status: PolicyStatus | undefined): boolean =>
  status?.conditions?.some((c) => c.reason === 'NameConflict') === true;

/** The part of a generated object that matters: a write to a field that is not cached does not. */
const content = ({
  metadata: { resourceVersion: _, generation: __, ...metadata },
  ...fields
}: CachedChild): unknown => ({
  ...fields,
  metadata,
});

/** The existing pods and workloads that a policy's image rules refuse, or would refuse, are in its status. */
const countsImages = (
  { spec: { images } }: ContainerSecurityPolicy,
  ...states: readonly (PodImages | WorkloadImages | undefined)[]
): boolean => images !== undefined && states.some((of) => of !== undefined && hasDisallowedImage(images, of));

/** status.preview counts pods that would be isolated, violate the level, or have disallowed images. */
const previewsPods = ({ spec: { mode, suspend, proposed, ...spec } }: ContainerSecurityPolicy): boolean => {
  if (suspend === true) return false;
  // `countsImages` has the images of mode Audit.
  const { network, podSecurity, images } = mode === 'Audit' ? { ...spec, images: undefined } : (proposed ?? {});
  return network !== undefined || podSecurity !== undefined || images !== undefined;
};

const previewsImages = ({ spec: { mode, suspend, proposed } }: ContainerSecurityPolicy): boolean =>
  suspend !== true && mode !== 'Audit' && proposed?.images !== undefined;

const changedPod = (before: PodImages | undefined, after: PodImages): boolean =>
  before === undefined || before.finished !== after.finished || !isDeepStrictEqual(before.images, after.images);

/** Labels decide which pods a policy isolates. */
const changedLabels = (before: PodImages | undefined, { metadata }: PodImages): boolean =>
  !isDeepStrictEqual(before?.metadata.labels, metadata.labels);

/** Other labels and annotations change often, and a waiting policy would send a dry run for each change. */
const concernsPolicies = (before: CachedNamespace | undefined, after: CachedNamespace): boolean =>
  before === undefined ||
  before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
  !isDeepStrictEqual(before.labels, after.labels);

/** Which of its image rules are in force is recorded for each policy. */
const changedRecord = (policy: CachedPolicy, before: CachedNamespace | undefined, after: CachedNamespace): boolean =>
  before?.records.get(recordKey(policy))?.value !== after.records.get(recordKey(policy))?.value;

/** A change of the status needs no reconcile: Palisade wrote it. */
const concernsUs = (before: ContainerSecurityPolicy, after: ContainerSecurityPolicy): boolean =>
  changedClaim(before, after) ||
  // Only Palisade adds it, and continues in the same reconcile.
  (hasFinalizer(before) && !hasFinalizer(after)) ||
  before.metadata.annotations?.[RECONCILE_ANNOTATION] !== after.metadata.annotations?.[RECONCILE_ANNOTATION];

/** The request of one policy concerns all policies of its namespace: the strictest decides. */
const changedClaim = (before: ContainerSecurityPolicy | undefined, after: ContainerSecurityPolicy): boolean =>
  before === undefined ||
  before.metadata.generation !== after.metadata.generation ||
  before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
  // Another definition of the kind shows the same generation otherwise.
  !isDeepStrictEqual(before.spec, after.spec);

/**
 * Turns changes in the caches into keys of policies to reconcile. Only this file maps objects to the policies that they
 * concern.
 * @returns a function that stops it
 */
export const connectTriggers = (
  caches: PolicyCaches,
  facts: Pick<NetworkFacts, 'subscribe'>,
  queue: Pick<WorkQueue, 'add' | 'addAfter'>,
): (() => void) => {
  const { policies } = caches;
  const addAll = (wanted: readonly ContainerSecurityPolicy[]): void => {
    for (const policy of wanted) queue.add(objectKey(policy));
  };
  const addOwners = (keys: readonly string[], { metadata }: CachedChild, gone: boolean): void => {
    const concerned = ({ metadata: { uid, namespace, name }, status }: ContainerSecurityPolicy): boolean =>
      keys.includes(uid) ||
      keys.includes(strayKey(namespace, name)) ||
      // The deleted object may have been in a name conflict with one of ours.
      (gone && isInConflict(status));
    addAll(policies.byIndex(BY_NAMESPACE, metadata.namespace ?? '').filter(concerned));
  };
  const addImageRules = (...admissionPolicies: readonly (string | undefined)[]): void => {
    if (Object.values(IMAGE_ADMISSION_POLICIES).some(({ name }) => admissionPolicies.includes(name)))
      addAll(policies.list().filter((p) => p.spec.images !== undefined));
  };
  const addLater = (object: KubeObject, ms: number, concerned: (policy: CachedPolicy) => boolean): void => {
    for (const policy of policies.byIndex(BY_NAMESPACE, object.metadata.namespace ?? '').filter(concerned))
      queue.addAfter(objectKey(policy), ms);
  };

  const stops = [
    policies.subscribe(({ type, object, old }) => {
      // Once, though it is among those of its namespace: a key that is added again while it is handled is handled twice.
      const concerned = new Map<string, ContainerSecurityPolicy>();
      if (old === undefined || concernsUs(old, object)) concerned.set(objectKey(object), object);
      if (type !== 'Resynced' && changedClaim(old, object)) {
        for (const policy of policies.byIndex(BY_NAMESPACE, object.metadata.namespace))
          concerned.set(objectKey(policy), policy);
      }
      addAll([...concerned.values()]);
    }),
    ...Object.values(caches.children).map((store) =>
      store.subscribe(({ type, object, old }) => {
        if (type === 'Resynced' || (old !== undefined && isDeepStrictEqual(content(old), content(object)))) return;
        addOwners([...ownerKeys(object), ...(old === undefined ? [] : ownerKeys(old))], object, type === 'Deleted');
      }),
    ),
    caches.namespaces.subscribe(({ type, object, old }) => {
      if (type === 'Resynced') return;
      const all = concernsPolicies(old, object);
      addAll(policies.byIndex(BY_NAMESPACE, object.metadata.name).filter((p) => all || changedRecord(p, old, object)));
    }),
    caches.pods.subscribe(({ type, object, old }) => {
      const came = type === 'Added' || type === 'Deleted';
      const changed = type === 'Modified' && changedPod(old, object);
      if (came) {
        const namespace = caches.namespaces.get(object.metadata.namespace ?? '');
        addLater(object, POD_SETTLE_MS, (policy) => waitsForPods(policy, namespace) || countsImages(policy, object));
      } else if (changed) addLater(object, POD_SETTLE_MS, (policy) => countsImages(policy, old, object));
      if (came || changed || (type === 'Modified' && changedLabels(old, object)))
        addLater(object, PREVIEW_MS, previewsPods);
    }),
    ...Object.values(caches.workloads).map((store) =>
      store.subscribe(({ type, object, old }) => {
        if (type === 'Resynced' || (old !== undefined && isDeepStrictEqual(old.images, object.images))) return;
        addLater(object, POD_SETTLE_MS, (policy) => countsImages(policy, old, object));
        addLater(object, PREVIEW_MS, previewsImages);
      }),
    ),
    caches.admissionPolicies.subscribe(({ object }) => addImageRules(object.metadata.name)),
    caches.admissionBindings.subscribe(({ object, old }) => addImageRules(object.policyName, old?.policyName)),
    facts.subscribe(({ apiServer, dns }) => {
      const relies = ({ spec }: ContainerSecurityPolicy): boolean =>
        [spec.network, spec.proposed?.network].some(
          (network) => (apiServer && allowsApiServer(network)) || (dns && allowsDns(network)),
        );
      addAll(policies.list().filter(relies));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
