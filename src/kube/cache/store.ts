import { type KubeObject, objectKey } from '../object.ts';
import { compareResourceVersions } from './resource-version.ts';

export interface Change<T> {
  /** 'Resynced' repeats an unchanged object, so that missed work is done. */
  type: 'Added' | 'Modified' | 'Deleted' | 'Resynced';
  object: T;
  /** What was stored before; for Modified. */
  old?: T;
}

type ChangeHandler<T> = (change: Change<T>) => void;
type Indexers<T> = Record<string, (o: T) => string[]>;

/** The index that most lookups want, and its name. */
export const BY_NAMESPACE = 'namespace';
export const byNamespace = { [BY_NAMESPACE]: ({ metadata }: KubeObject) => [metadata.namespace ?? ''] };

interface StoreOptions<T> {
  indexers?: Indexers<T>;
  /** Called when a handler or an indexer throws. Default: a process warning. */
  onError?: (error: unknown, object: T) => void;
}

interface Tombstone {
  uid: string;
  resourceVersion: string;
}

const MAX_TOMBSTONES = 10_000;

/**
 * The last known state of the objects of one kind, by key. Reflectors fill it, and writers may add the API server's
 * answers (read your writes). A version older than the stored one is ignored, so the order of arrival does not matter.
 */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #indexers: Indexers<T>;
  readonly #indices = new Map<string, Map<string, Map<string, T>>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #onError: (error: unknown, object: T) => void;
  #listed = false;

  constructor(options: StoreOptions<T> = {}) {
    this.#indexers = options.indexers ?? {};
    for (const index of Object.keys(this.#indexers)) this.#indices.set(index, new Map());
    this.#onError = options.onError ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error)));
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Whether a complete list was ever stored; if not, an object that is missing here may exist. */
  get listed(): boolean {
    return this.#listed;
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** @throws RangeError when the store has no such index */
  byIndex(index: string, value: string): T[] {
    const values = this.#indices.get(index);
    if (values === undefined) throw new RangeError(`the store has no index ${index}`);
    return [...(values.get(value)?.values() ?? [])];
  }

  /** Stores the object, unless the stored or deleted version is as new or newer. */
  upsert(o: T): void {
    const key = objectKey(o);
    if (this.#isStale(key, o)) return;
    this.#put(key, o);
  }

  /** Removes the object, unless a newer version is stored. Older versions that arrive later are ignored. */
  remove(o: T): void {
    this.#removeAt(objectKey(o), o.metadata.uid, o.metadata.resourceVersion);
  }

  /**
   * Makes the store equal to a complete list taken at `resourceVersion`, for the objects that `owns` accepts. What a
   * writer put in after the list was taken stays. With `rewind` the list wins over anything newer: the API server's
   * data went back in time (etcd was restored).
   */
  replace(objects: T[], options: { resourceVersion: string; owns: (o: T) => boolean; rewind?: boolean }): void {
    const { resourceVersion, owns, rewind = false } = options;
    this.#listed = true;
    if (rewind) this.#tombstones.clear();
    const listed = new Set(objects.map(objectKey));
    for (const [key, o] of [...this.#objects]) {
      if (listed.has(key) || !owns(o)) continue;
      this.#removeAt(key, o.metadata.uid, rewind ? o.metadata.resourceVersion : resourceVersion);
    }
    if (rewind) this.#tombstones.clear();
    for (const o of objects) {
      const key = objectKey(o);
      const known = this.#objects.get(key);
      const unchanged =
        known?.metadata.uid === o.metadata.uid && known.metadata.resourceVersion === o.metadata.resourceVersion;
      if (!unchanged && (rewind || !this.#isStale(key, o))) this.#put(key, o);
    }
  }

  /** Emits 'Resynced' for every object that `owns` accepts. */
  resync(owns: (o: T) => boolean = () => true): void {
    for (const object of this.list()) if (owns(object)) this.#emit({ type: 'Resynced', object });
  }

  /** Calls the handler at each later change, in order; the returned function unsubscribes it. */
  subscribe(handler: ChangeHandler<T>): () => void {
    const own: ChangeHandler<T> = (change) => handler(change);
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  #isStale(key: string, o: T): boolean {
    const { uid, resourceVersion } = o.metadata;
    const stored = this.#objects.get(key)?.metadata;
    if (stored !== undefined && compareResourceVersions(resourceVersion, stored.resourceVersion) <= 0) return true;
    const gone = this.#tombstones.get(key);
    if (gone === undefined) return false;
    const older = compareResourceVersions(resourceVersion, gone.resourceVersion);
    return gone.uid === uid ? older <= 0 : older < 0;
  }

  #put(key: string, o: T): void {
    const old = this.#objects.get(key);
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, o);
    this.#tombstones.delete(key);
    this.#index(key, o);
    if (old !== undefined && old.metadata.uid !== o.metadata.uid) {
      this.#emit({ type: 'Deleted', object: old });
      this.#emit({ type: 'Added', object: o });
    } else this.#emit(old === undefined ? { type: 'Added', object: o } : { type: 'Modified', object: o, old });
  }

  #removeAt(key: string, uid: string, resourceVersion: string): void {
    const stored = this.#objects.get(key);
    if (stored !== undefined && compareResourceVersions(stored.metadata.resourceVersion, resourceVersion) > 0) return;
    this.#bury(key, { uid, resourceVersion });
    if (stored === undefined) return;
    this.#unindex(key, stored);
    this.#objects.delete(key);
    this.#emit({ type: 'Deleted', object: stored });
  }

  #bury(key: string, tombstone: Tombstone): void {
    const earlier = this.#tombstones.get(key);
    if (earlier && compareResourceVersions(earlier.resourceVersion, tombstone.resourceVersion) > 0) return;
    this.#tombstones.delete(key);
    this.#tombstones.set(key, tombstone);
    if (this.#tombstones.size > MAX_TOMBSTONES) this.#tombstones.delete(this.#tombstones.keys().next().value!);
  }

  #valuesOf(index: string, o: T): string[] {
    try {
      return this.#indexers[index]!(o);
    } catch (error) {
      this.#onError(error, o);
      return [];
    }
  }

  #index(key: string, o: T): void {
    for (const [index, values] of this.#indices) {
      for (const value of this.#valuesOf(index, o)) {
        const members = values.get(value) ?? new Map<string, T>();
        values.set(value, members.set(key, o));
      }
    }
  }

  #unindex(key: string, o: T): void {
    for (const [index, values] of this.#indices) {
      for (const value of this.#valuesOf(index, o)) {
        const members = values.get(value);
        members?.delete(key);
        if (members?.size === 0) values.delete(value);
      }
    }
  }

  #emit(change: Change<T>): void {
    for (const handler of [...this.#handlers]) {
      try {
        handler(change);
      } catch (error) {
        this.#onError(error, change.object);
      }
    }
  }
}
