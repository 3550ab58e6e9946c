import type { Logger } from 'pino';
import { CONTAINER_SECURITY_POLICY } from '../api/group.ts';
import { BY_NAMESPACE } from '../kube/cache/store.ts';
import { type KubeObject, objectKey } from '../kube/object.ts';
import type { KubeClient } from '../kube/rest/client.ts';
import { ApiError } from '../kube/rest/errors.ts';
import type { WorkQueue } from '../kube/workqueue/work-queue.ts';
import type { PolicyCaches } from './caches.ts';
import { BY_POLICY, type CachedChild, policyKeys } from './children/cached-child.ts';
import { deleteChild } from './children/delete-child.ts';
import type { ChildKind } from './children/kinds.ts';
import { controllingPolicy, isServedVersion } from './children/owner.ts';
import { describeChild } from './children/problems.ts';
import { isReserved } from './reserved-namespaces.ts';
import { deletionOrder } from './sections/network/deletion-order.ts';

/** Rights go first, and a binding before its Role. */
const ORDER: readonly ChildKind[] = ['RoleBinding', 'Role', 'NetworkPolicy', 'ImageScan'];

/** The order in which generated objects are deleted when no policy withdraws them. */
export const inDeletionOrder = (objects: readonly CachedChild[]): CachedChild[] =>
  ORDER.flatMap((kind) => {
    const ofKind = objects.filter((object) => object.kind === kind);
    return kind === 'NetworkPolicy' ? deletionOrder(ofKind) : ofKind;
  });

/** Only an answer about the object itself: of a kind that is not served, nothing is known about its objects. */
const isGone = (error: unknown, name: string): boolean =>
  error instanceof ApiError && error.code === 404 && error.status.details?.name === name;

/** The API server accepts no policy with another name, but any text as the name of an owner. */
const POLICY_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

interface LeftoversOptions {
  readonly client: KubeClient;
  readonly caches: Pick<PolicyCaches, 'policies' | 'namespaces' | 'children'>;
  /** As isReserved reads them. */
  readonly reservedNamespaces: readonly string[];
}

/**
 * Deletes generated objects of policies that do not exist. The garbage collector deletes most of them. It keeps one whose
 * owner it cannot resolve (a version of our group that is not served, a name with a slash), and one that lost its owner
 * (deletion with propagationPolicy Orphan).
 */
export class Leftovers {
  readonly #options: LeftoversOptions;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /** Enqueues the names of such policies, now and at each change of a generated object. @returns a function that stops it */
  connect(queue: Pick<WorkQueue, 'add'>): () => void {
    const add = (object: CachedChild): void => {
      if (!this.#isLeftover(object)) return;
      for (const key of policyKeys(object)) queue.add(key);
    };
    const stores = Object.values(this.#options.caches.children);
    const stops = stores.map((store) => store.subscribe(({ type, object }) => type !== 'Deleted' && add(object)));
    for (const store of stores) store.list().forEach(add);
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Deletes the objects that name the policy as theirs and are of none that exists, in the safe order. */
  async collect(policy: { namespace: string; name: string }, log: Logger): Promise<void> {
    const { client, caches } = this.#options;
    const stores = Object.values(caches.children);
    const candidates = stores.flatMap((store) => store.byIndex(BY_POLICY, objectKey({ metadata: policy })));
    const suspects = candidates.filter((object) => this.#isLeftover(object));
    if (suspects.length === 0 || !this.#mayWrite(policy.namespace)) return;
    const uid = await this.#uidOf(policy);
    const leftovers = suspects.filter((object) => {
      const controller = controllingPolicy(object);
      return controller === undefined ? uid === undefined : controller.uid !== uid;
    });
    for (const object of inDeletionOrder(leftovers)) {
      await deleteChild(client, object);
      // The garbage collector deletes the others too.
      const isResolved =
        isServedVersion(controllingPolicy(object) ?? { apiVersion: '' }) && POLICY_NAME.test(policy.name);
      log[isResolved ? 'debug' : 'warn'](
        `deleted ${describeChild(object)}: its ContainerSecurityPolicy does not exist`,
      );
    }
  }

  #isLeftover(object: CachedChild): boolean {
    const { policies } = this.#options.caches;
    const { namespace = '', deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined) return false;
    const controller = controllingPolicy(object);
    if (controller === undefined) return policyKeys(object).some((key) => policies.get(key) === undefined);
    return !policies.byIndex(BY_NAMESPACE, namespace).some((p) => p.metadata.uid === controller.uid);
  }

  #mayWrite(namespace: string): boolean {
    const { caches, reservedNamespaces } = this.#options;
    const terminates = caches.namespaces.get(namespace)?.metadata.deletionTimestamp !== undefined;
    return !terminates && !isReserved(namespace, reservedNamespaces);
  }

  /** UID of the policy, from the API server: the cache may be behind. */
  async #uidOf({ namespace, name }: { namespace: string; name: string }): Promise<string | undefined> {
    if (!POLICY_NAME.test(name)) return undefined;
    const get = this.#options.client.get<KubeObject>(CONTAINER_SECURITY_POLICY, name, namespace);
    const policy = await get.catch((error: unknown) => {
      if (isGone(error, name)) return undefined;
      throw error;
    });
    return policy?.metadata.uid;
  }
}
