import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import type { KubeClient } from '../../kube/client.ts';
import { classify } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import { RetryError } from '../../kube/queue.ts';
import type { Store } from '../../kube/store.ts';
import { Stalled } from '../stalled.ts';
import { CHILD_TYPES, type Child, type ChildKind } from './kinds.ts';
import { ownerReference } from './meta.ts';
import { belongsTo, type ChildView, changedBy, isAsDesired, isLeftover, toChildView } from './view.ts';

type RawChild = KubeObject & Record<string, unknown>;

/** What was done to one generated object. */
export interface Change {
  readonly action: 'Created' | 'Updated' | 'Deleted';
  /** As the API server answered; for a deletion as it was. */
  readonly object: ChildView;
  /** Field managers that had changed it, when it was not our own doing. */
  readonly by: readonly string[];
}

export type ChildStores = Readonly<Record<ChildKind, Store<ChildView>>>;

/** Name of the index of the stores by the UID of the controlling policy. */
export const BY_OWNER = 'owner';

const taken = (child: Child): Stalled =>
  new Stalled(
    'NameConflict',
    `${child.kind} ${child.metadata.namespace}/${child.metadata.name} exists and is not this policy's: delete or rename it; it is not taken over`,
  );

/** An explicit null takes the field: rules that somebody adds where we want none are removed, and nothing is stored. */
const toApply = (child: Child, owner: { name: string; uid: string }, uid: string) => ({
  ...child,
  ...(child.kind === 'NetworkPolicy' && { spec: { ingress: null, egress: null, ...child.spec } }),
  metadata: { ...child.metadata, uid, ownerReferences: [ownerReference(owner)] },
});

/** Creates, repairs and deletes generated objects, and writes nothing that the cache already shows. */
export class ChildWriter {
  readonly #client: KubeClient;
  readonly #stores: ChildStores;

  constructor(client: KubeClient, stores: ChildStores) {
    this.#client = client;
    this.#stores = stores;
  }

  /** The generated objects of the kind that the policy controls now. */
  owned(kind: ChildKind, policy: ContainerSecurityPolicy): ChildView[] {
    return this.#stores[kind].byIndex(BY_OWNER, policy.metadata.uid);
  }

  /**
   * Makes the object what it should be.
   * @returns what was done; undefined when it already was.
   * @throws Stalled when an object of that name is somebody else's; ApiError when the API server refuses.
   */
  async ensure(child: Child, policy: ContainerSecurityPolicy): Promise<Change | undefined> {
    const { kind, metadata } = child;
    const owner = policy.metadata;
    const live = this.#stores[kind].get(`${metadata.namespace}/${metadata.name}`);
    if (live === undefined) {
      if (policy.status?.observedGeneration === owner.generation) await this.#confirm(policy);
      return this.#create(child, owner);
    }
    if (isLeftover(live, owner)) return this.#replace(live, child, owner);
    if (!belongsTo(live, owner.uid)) throw taken(child);
    if (live.metadata.deletionTimestamp !== undefined || isAsDesired(live, child, owner.uid)) return undefined;
    const object = await this.#overwrite(child, owner, live.metadata.uid);
    return { action: 'Updated', object, by: changedBy(live, child) };
  }

  /** Asks the API server whether it would accept a new object. @throws ApiError with its refusal */
  async dryRun(child: Child): Promise<void> {
    const { resource, fieldManager } = CHILD_TYPES[child.kind];
    await this.#client.create(resource, child, { namespace: child.metadata.namespace, fieldManager, dryRun: true });
  }

  async delete(live: ChildView): Promise<Change> {
    const kind = live.kind as ChildKind;
    const { name, namespace, uid } = live.metadata;
    await this.#client.delete(CHILD_TYPES[kind].resource, name, { ...(namespace !== undefined && { namespace }), uid });
    this.#stores[kind].remove(live);
    return { action: 'Deleted', object: live, by: [] };
  }

  /**
   * What was there and is missing may be missing because the policy is being deleted: of two watches the one that shows
   * it may be the later one. @throws RetryError when it is
   */
  async #confirm({ metadata }: ContainerSecurityPolicy): Promise<void> {
    const { name, namespace, uid } = metadata;
    const now = await this.#client.get(CONTAINER_SECURITY_POLICY, name, namespace).catch((error: unknown) => {
      if (classify(error) === 'NotFound') return undefined;
      throw error;
    });
    if (now?.metadata.uid === uid && now.metadata.deletionTimestamp === undefined) return;
    throw new RetryError(`ContainerSecurityPolicy ${namespace}/${name} is being deleted: nothing is made again`);
  }

  /** By POST, so that the API server itself refuses to touch an object that is there already. */
  async #create(child: Child, owner: ContainerSecurityPolicy['metadata']): Promise<Change> {
    const { kind, metadata } = child;
    const { resource, fieldManager } = CHILD_TYPES[kind];
    const body = { ...child, metadata: { ...metadata, ownerReferences: [ownerReference(owner)] } };
    try {
      const object = await this.#client.create<RawChild>(resource, body, {
        namespace: metadata.namespace,
        fieldManager,
      });
      const view = toChildView(kind)(object);
      this.#stores[kind].upsert(view);
      return { action: 'Created', object: view, by: [] };
    } catch (error) {
      if (classify(error) !== 'AlreadyExists') throw error;
      return await this.#reclaim(child, owner);
    }
  }

  /** Something of that name is there and the cache does not show it: ours with its labels taken away, or somebody else's. */
  async #reclaim(child: Child, owner: ContainerSecurityPolicy['metadata']): Promise<Change> {
    const { kind, metadata } = child;
    const raw = await this.#client.get<RawChild>(CHILD_TYPES[kind].resource, metadata.name, metadata.namespace);
    const live = toChildView(kind)(raw);
    if (isLeftover(live, owner)) return this.#replace(live, child, owner);
    if (!belongsTo(live, owner.uid)) throw taken(child);
    const object = await this.#overwrite(child, owner, live.metadata.uid);
    return { action: 'Updated', object, by: changedBy(live, child) };
  }

  /** Garbage collection would take it away, in up to half a minute on a young cluster. */
  async #replace(leftover: ChildView, child: Child, owner: ContainerSecurityPolicy['metadata']): Promise<Change> {
    await this.delete(leftover);
    return this.#create(child, owner);
  }

  async #overwrite(child: Child, owner: ContainerSecurityPolicy['metadata'], uid: string): Promise<ChildView> {
    const { resource, fieldManager } = CHILD_TYPES[child.kind];
    const { object } = await this.#client.apply<RawChild>(resource, toApply(child, owner, uid), {
      fieldManager,
      force: true,
    });
    const view = toChildView(child.kind)(object);
    this.#stores[child.kind].upsert(view);
    return view;
  }
}
