import { isDeepStrictEqual } from 'node:util';
import { FIELD_MANAGERS } from '../../../api/keys.ts';
import type { ContainerSecurityPolicy, ImagesSection, PolicyStatus } from '../../../api/policy.ts';
import { BY_NAMESPACE } from '../../../kube/cache/store.ts';
import { KeyedMutex } from '../../../kube/keyed-mutex.ts';
import { NAMESPACES } from '../../../kube/kinds.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { PolicyCaches } from '../../caches.ts';
import { type NamespaceView, toNamespaceView } from '../../namespace.ts';
import { notNow } from '../../not-now.ts';
import type { Outcome } from '../../outcome.ts';
import { notInstalled } from './admission.ts';
import { describeAllowed } from './allowed.ts';
import { describeRefused, findRefused, type Refused, toStatus } from './disallowed.ts';
import { hasRules, type Labels, labelChanges, ownedLabel, wantedLabel } from './label.ts';

export interface ImagesResult {
  readonly status?: NonNullable<PolicyStatus['images']>;
  /** Absent when the policy has no such section. */
  readonly outcome?: Outcome;
  /** The label that was set or released, as `key: from → to`. */
  readonly changes: readonly string[];
}

const report = (policy: ContainerSecurityPolicy, images: ImagesSection, refused: Refused): Outcome => {
  const { namespace } = policy.metadata;
  const audit = policy.spec.mode === 'Audit';
  const rule = `namespace ${namespace} ${audit ? 'warns of images other than' : 'admits only'} ${describeAllowed(images)}`;
  const message =
    refused.pods === 0
      ? rule
      : `${rule}. ${describeRefused(refused)}. ${audit ? 'In mode Enforce they would go on' : 'They go on'}, but could not be made again: change their images, or allow them`;
  const reason = refused.pods > 0 ? 'DisallowedPods' : audit ? 'Audit' : 'Enforced';
  return { section: 'Images', state: 'InForce', reason, message };
};

/**
 * The API server enforces image rules by itself; this keeps the label of the namespace by which it looks for them, under
 * one field manager, without force, and finds the running pods that it would refuse.
 */
export class ImagesStep {
  readonly #client: KubeClient;
  readonly #caches: PolicyCaches;
  readonly #turns = new KeyedMutex();

  constructor(client: KubeClient, caches: PolicyCaches) {
    this.#client = client;
    this.#caches = caches;
  }

  /** One policy of a namespace at a time: its label is decided for all of them at once. @throws ApiError */
  async run(policy: ContainerSecurityPolicy): Promise<ImagesResult> {
    return await this.#turns.run(policy.metadata.namespace, () => this.#run(policy));
  }

  async #run(policy: ContainerSecurityPolicy): Promise<ImagesResult> {
    const { metadata, spec } = policy;
    const namespace = this.#caches.namespaces.get(metadata.namespace);
    const section = metadata.deletionTimestamp === undefined ? spec.images : undefined;
    const outcome = notNow('Images', metadata.namespace, namespace);
    if (namespace === undefined || outcome !== undefined)
      return { changes: [], ...(section && outcome && { outcome }) };
    const policies = this.#caches.policies.byIndex(BY_NAMESPACE, metadata.namespace);
    // A policy without rules leaves the label, and the Event about it, to those that have some.
    if (section === undefined && policies.some(hasRules)) return { changes: [] };
    const wanted = wantedLabel(policies, namespace.trustedImages);
    await this.#apply(namespace, wanted);
    const changes = labelChanges(namespace.trustedImages, wanted);
    if (section === undefined) return { changes };
    const refused = this.#refused(policy, section);
    const status = spec.mode === 'Audit' ? {} : { status: toStatus(refused) };
    return { changes, ...status, outcome: notInstalled(spec.mode, this.#caches) ?? report(policy, section, refused) };
  }

  /** What mode Enforce would refuse of what runs. */
  preview(policy: ContainerSecurityPolicy): ReturnType<typeof toStatus> | undefined {
    const { images } = policy.spec;
    return images && toStatus(this.#refused(policy, images));
  }

  #refused({ metadata }: ContainerSecurityPolicy, images: ImagesSection): Refused {
    return findRefused(images, this.#caches.pods.byIndex(BY_NAMESPACE, metadata.namespace));
  }

  async #apply({ metadata, trustedImages }: NamespaceView, labels: Labels): Promise<void> {
    if (isDeepStrictEqual(labels, ownedLabel(trustedImages))) return;
    const { name, uid } = metadata;
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid, labels } };
    const { object } = await this.#client.apply<KubeObject>(NAMESPACES, body, { fieldManager: FIELD_MANAGERS.images });
    this.#caches.namespaces.upsert(toNamespaceView(object));
  }
}
