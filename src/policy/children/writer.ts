import { isDeepStrictEqual } from 'node:util';
import type { Labels } from '../../api/child-labels.ts';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import type { Store } from '../../kube/cache/store.ts';
import { type KubeObject, objectKey } from '../../kube/object.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { classify } from '../../kube/rest/errors.ts';
import { ifExists } from '../../kube/rest/if-exists.ts';
import { RetryError } from '../../kube/workqueue/work-queue.ts';
import {
  belongsTo,
  type CachedChild,
  changedBy,
  controllerUid,
  isAsDesired,
  isForeign,
  isLeftover,
  staleLabels,
  strayKey,
  toCachedChild,
} from './cached-child.ts';
import { deleteChild } from './delete-child.ts';
import { newHistory, type WriteHistory } from './history.ts';
import { CHILD_TYPES, type Child, type ChildKind } from './kinds.ts';
import { keeperReference } from './meta.ts';
import { overwrite, type RawChild } from './overwrite.ts';
import {
  assertExists,
  changedByAdmission,
  describeChild,
  driftStorm,
  finalizerHeld,
  nameConflict,
  ownershipLost,
} from './problems.ts';
import { withLabels, withOwners } from './request-body.ts';

/** The change of one generated object. */
export interface Change {
  readonly action: 'Created' | 'Updated' | 'Deleted';
  /** As the API server answered; for a deletion as it was. */
  readonly object: CachedChild;
  /** Field managers that had changed it, when it was not our own doing. */
  readonly by: readonly string[];
}

/** The caches that it reads. */
interface WriterCaches {
  readonly policies: Pick<Store<ContainerSecurityPolicy>, 'get'>;
  readonly namespaces: Pick<Store<KubeObject>, 'get'>;
  readonly children: Readonly<Record<ChildKind, Store<CachedChild>>>;
}

/** Name of the index of the stores by `ownerKeys`. */
export const BY_OWNER = 'owner';

/** This spec was in force before, so a difference is not of its making. */
const wasObserved = ({ status, metadata }: ContainerSecurityPolicy): boolean =>
  status?.observedGeneration === metadata.generation;

/** Keeps the history of writes of the generated objects across reconciles. */
export class ChildWriter {
  readonly #client: KubeClient;
  readonly #caches: WriterCaches;
  readonly #writes: WriteHistory;

  /** @param childLabels of every generated object, besides our own and those of its policy */
  constructor(client: KubeClient, caches: WriterCaches, childLabels: Labels = {}) {
    this.#client = client;
    this.#caches = caches;
    this.#writes = newHistory(childLabels);
    for (const store of Object.values(caches.children)) {
      store.subscribe(({ type, object }) => {
        if (type === 'Deleted') this.#writes.lastAsDesired.delete(object.metadata.uid);
      });
    }
  }

  /**
   * The generated objects of one policy, for one reconcile.
   * @param confirmed the API server has just answered with the policy
   */
  for(policy: ContainerSecurityPolicy, { confirmed = false } = {}): PolicyChildren {
    return new PolicyChildren(this.#client, this.#caches, this.#writes, policy, confirmed);
  }
}

/** Creates, corrects and deletes the generated objects of one policy, and writes nothing that the cache already shows. */
export class PolicyChildren {
  readonly #client: KubeClient;
  readonly #caches: WriterCaches;
  readonly #writes: WriteHistory;
  readonly #policy: ContainerSecurityPolicy;
  /** The API server was asked in this reconcile, and the policy existed. */
  #confirmed: boolean;

  constructor(
    client: KubeClient,
    caches: WriterCaches,
    writes: WriteHistory,
    policy: ContainerSecurityPolicy,
    confirmed: boolean,
  ) {
    this.#client = client;
    this.#caches = caches;
    this.#writes = writes;
    this.#policy = policy;
    this.#confirmed = confirmed;
  }

  /** The objects of the kind that were generated for the policy and still exist. */
  owned(kind: ChildKind): CachedChild[] {
    const { uid, namespace, name } = this.#policy.metadata;
    const store = this.#caches.children[kind];
    const strays = store.byIndex(BY_OWNER, strayKey(namespace, name));
    return [...new Set([...store.byIndex(BY_OWNER, uid), ...strays])];
  }

  /** The objects of other clients that have the names of those wanted. */
  conflicts(wanted: readonly Child[]): CachedChild[] {
    return wanted.flatMap((child) => {
      const live = this.#caches.children[child.kind].get(objectKey(child));
      return live !== undefined && isForeign(live, this.#policy.metadata) ? [live] : [];
    });
  }

  /**
   * Creates or corrects the object.
   * @param kept it must be deleted after others, however the policy is deleted
   * @returns the change; undefined when none was needed.
   * @throws StalledError when an object of that name is not the policy's or admission changed it, FinalizerHeldError when
   * it is being deleted, DriftStormError when another client reverts every write, ApiError when the API server refuses.
   */
  async ensure(rendered: Child, { kept = false } = {}): Promise<Change | undefined> {
    const child = this.#owned(rendered, kept);
    const live = this.#caches.children[child.kind].get(objectKey(child));
    const change = live === undefined ? await this.#make(child) : await this.#replace(live, child);
    if (change !== undefined) this.#verify(change, child);
    // It still takes effect, and is created again once it is gone.
    if (live?.metadata.deletionTimestamp !== undefined) throw finalizerHeld(live, true);
    return change;
  }

  /** Without a keeper while the namespace has not been seen yet. */
  #owned(child: Child, kept: boolean): Child {
    const { metadata, spec } = this.#policy;
    const namespace = kept ? this.#caches.namespaces.get(metadata.namespace) : undefined;
    const labels = { ...this.#writes.childLabels, ...spec.childLabels };
    return withOwners(withLabels(child, labels), metadata, namespace && keeperReference(namespace.metadata));
  }

  /** Compares what the API server answered with what was written. @throws StalledError when admission changed it */
  #verify({ action, object, by }: Change, child: Child): void {
    const name = describeChild(child);
    const { pacer, changedByAdmission: known, lastAsDesired } = this.#writes;
    // A write because something else is desired is no repair, and no client reverts it.
    if ((action === 'Created' || by.length > 0) && wasObserved(this.#policy)) pacer.written(name);
    if (isAsDesired(object, child, this.#policy.metadata.uid)) {
      lastAsDesired.set(object.metadata.uid, object);
      known.delete(name);
      return;
    }
    pacer.exhaust(name);
    const error = changedByAdmission(object);
    known.set(name, error);
    throw error;
  }

  /** Asks the API server whether it would accept the object. @throws ApiError with its refusal */
  async dryRun(rendered: Child): Promise<void> {
    const child = this.#owned(rendered, false);
    const { resource, fieldManager } = CHILD_TYPES[child.kind];
    const { name, namespace } = child.metadata;
    const live = this.owned(child.kind).find(({ metadata }) => metadata.name === name);
    if (live === undefined) await this.#client.create(resource, child, { namespace, fieldManager, dryRun: true });
    else await overwrite(this.#client, child, live.metadata.uid, { dryRun: true });
  }

  /** @throws StalledError when it is no longer the policy's, FinalizerHeldError while it stays, ApiError */
  async delete(live: CachedChild): Promise<Change> {
    if (!belongsTo(live, this.#policy.metadata.uid)) throw ownershipLost(live);
    await this.#discard(live);
    return { action: 'Deleted', object: live, by: [] };
  }

  /** Deletes an object. @throws FinalizerHeldError while it stays */
  async #discard(live: CachedChild): Promise<void> {
    const { deletionTimestamp, finalizers = [] } = live.metadata;
    this.#writes.changedByAdmission.delete(describeChild(live));
    if (deletionTimestamp === undefined) await deleteChild(this.#client, live);
    if (finalizers.length > 0) throw finalizerHeld(live, false);
    this.#caches.children[live.kind as ChildKind].remove(live);
  }

  async #make(child: Child): Promise<Change> {
    await this.#confirm();
    if (wasObserved(this.#policy)) this.#pace(child, undefined);
    return await this.#create(child);
  }

  async #replace(live: CachedChild, child: Child): Promise<Change | undefined> {
    const { metadata } = this.#policy;
    if (isLeftover(live, metadata)) {
      await this.#confirm();
      await this.#discard(live);
      return await this.#create(child);
    }
    if (!belongsTo(live, metadata.uid)) throw nameConflict(live, metadata);
    if (isAsDesired(live, child, metadata.uid)) {
      this.#writes.lastAsDesired.set(live.metadata.uid, live);
      return undefined;
    }
    // The garbage collector takes the owner away while the policy is deleted in the foreground.
    if (controllerUid(live) === undefined) await this.#confirm();
    const by = changedBy(live, child, this.#writes.lastAsDesired.get(live.metadata.uid));
    const isReverted = by.length > 0 || this.#writes.changedByAdmission.has(describeChild(child));
    if (isReverted && wasObserved(this.#policy)) this.#pace(child, live);
    return await this.#correct(live, child, by);
  }

  async #correct(live: CachedChild, child: Child, by: readonly string[]): Promise<Change> {
    // A roleRef cannot be changed, and the role is part of the name: another client created another binding of this name.
    if (child.kind === 'RoleBinding' && !isDeepStrictEqual(live.roleRef, child.roleRef)) {
      await this.#confirm();
      await this.#discard(live);
      return { ...(await this.#create(child)), action: 'Updated', by };
    }
    return { action: 'Updated', object: await this.#overwrite(child, live), by };
  }

  /** @throws while the object must wait: DriftStormError, or StalledError when admission changed it */
  #pace(child: Child, live: CachedChild | undefined): void {
    const name = describeChild(child);
    const waitMs = this.#writes.pacer.delay(name);
    if (waitMs > 0) throw this.#writes.changedByAdmission.get(name) ?? driftStorm(child, live, waitMs);
  }

  /**
   * Asks, once in a reconcile, whether the policy still exists: a POST has no precondition. An object may be missing
   * because the policy is being deleted, and the watch that shows the deletion is the later of two; or the namespace was
   * deleted and created again under the same name. The cache is asked each time: a policy that gets its finalizer while
   * it is being deleted is gone all the same (kubernetes/kubernetes#77988).
   * @throws RetryError when it does not
   */
  async #confirm(): Promise<void> {
    const policy = this.#policy;
    assertExists(policy, this.#caches.policies.get(objectKey(policy)));
    if (this.#confirmed) return;
    const { name, namespace } = policy.metadata;
    const get = this.#client.get<ContainerSecurityPolicy>(CONTAINER_SECURITY_POLICY, name, namespace);
    assertExists(policy, await ifExists(get));
    this.#confirmed = true;
  }

  /** By POST, so that the API server itself refuses to touch an object that exists already. */
  async #create(child: Child): Promise<Change> {
    const { kind, metadata } = child;
    const { resource, fieldManager } = CHILD_TYPES[kind];
    const options = { namespace: metadata.namespace, fieldManager };
    const object = await this.#client.create<RawChild>(resource, child, options).catch((error: unknown) => {
      if (classify(error) !== 'AlreadyExists') throw error;
      throw new RetryError(`${describeChild(child)} exists, and the watch has not shown it yet`, {
        cause: error,
        isRoutine: true,
      });
    });
    const cached = toCachedChild(kind)(object);
    this.#caches.children[kind].upsert(cached);
    return { action: 'Created', object: cached, by: [] };
  }

  async #overwrite(child: Child, live: CachedChild): Promise<CachedChild> {
    await this.#removeLabels(live, staleLabels(live, child));
    const cached = toCachedChild(child.kind)(await overwrite(this.#client, child, live.metadata.uid));
    this.#caches.children[child.kind].upsert(cached);
    return cached;
  }

  /** An apply removes no label that a POST of the same field manager has set. */
  async #removeLabels(
    { kind, metadata: { name, namespace, uid } }: CachedChild,
    keys: readonly string[],
  ): Promise<void> {
    if (keys.length === 0) return;
    const { resource, fieldManager } = CHILD_TYPES[kind as ChildKind];
    const body = { metadata: { uid, labels: Object.fromEntries(keys.map((key) => [key, null])) } };
    await this.#client.patch(resource, name, body, { ...(namespace && { namespace }), type: 'merge', fieldManager });
  }
}
