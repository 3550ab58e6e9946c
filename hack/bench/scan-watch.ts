import { findCondition } from '../../src/api/conditions.ts';
import { IMAGE_SCAN } from '../../src/api/group.ts';
import type { ImageScan, ScanStatus } from '../../src/api/imagescan.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';

const WATCH_SECONDS = 3600;

const isTrue = (status: ScanStatus, type: string): boolean => findCondition(status.conditions, type)?.status === 'True';

/** Whether so many images are all of its images and have a result of this database. */
export const isSettled = ({ metadata, status }: ImageScan, images: number, database?: string): boolean =>
  status?.observedGeneration === metadata.generation &&
  status.summary?.images === images &&
  status.summary.scanned === images &&
  (database === undefined || status.scanner?.databaseUpdatedAt === database) &&
  isTrue(status, 'Ready') &&
  // Without an image nothing can be fresh.
  (images === 0 || isTrue(status, 'Fresh'));

/** Follows every change of the ImageScans by a watch, without polling. */
export class ScanWatch implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #last = new Map<string, ImageScan>();
  readonly #listeners = new Set<() => void>();
  readonly #watching: Promise<void>;
  #changes = 0;

  constructor(admin: KubeClient) {
    this.#watching = this.#watch(admin);
    // Wakes the waiters.
    this.#watching.catch(() => {});
  }

  /** Changes of statuses so far; nothing else changes. */
  get changes(): number {
    return this.#changes;
  }

  /** Waits until the ImageScan is as `holds` says. @throws when that does not happen within `ms` */
  async when(name: string, holds: (scan: ImageScan) => boolean, ms = 900_000): Promise<ImageScan> {
    const found = Promise.withResolvers<ImageScan>();
    const look = () => {
      const scan = this.#last.get(name);
      if (scan !== undefined && holds(scan)) found.resolve(scan);
    };
    const late = () => found.reject(new Error(`${name}: not within ${ms} ms; its status: ${this.#statusOf(name)}`));
    const timer = setTimeout(late, ms);
    this.#watching.then(() => found.reject(new Error('the watch of ImageScans ended')), found.reject);
    this.#listeners.add(look);
    look();
    return await found.promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(look);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#watching.catch(() => {});
  }

  #statusOf(name: string): string {
    return JSON.stringify(this.#last.get(name)?.status?.conditions);
  }

  async #watch(admin: KubeClient): Promise<void> {
    const { signal } = this.#end;
    // With bookmarks there is something to read every minute: a silent connection is taken for a dead one.
    const options = { allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS, signal };
    for await (const { type, object } of admin.watch(IMAGE_SCAN, options)) {
      if (type === 'ERROR') throw new Error(object.message);
      if (type === 'BOOKMARK') continue;
      if (type === 'MODIFIED') this.#changes += 1;
      this.#last.set(object.metadata.name, object as ImageScan);
      for (const listener of this.#listeners) listener();
    }
  }
}
