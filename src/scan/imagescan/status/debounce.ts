import type { ImageScan, ScanStatus } from '../../../api/imagescan.ts';
import { sameStatus } from './status.ts';

/** Pods come and go all day, and each write of a status goes to every watcher, and of a record to the disk. */
const SETTLE_MS = 10_000;

const withoutPods = ({ images, ...rest }: ScanStatus): ScanStatus => ({
  ...rest,
  ...(images !== undefined && { images: images.map((row) => ({ ...row, pods: 0 })) }),
});

/** Lets changes of how many pods run the images settle, where a status says nothing else that is new. */
export class PodCounts {
  /** Since when a change waits, by UID. */
  readonly #waiting = new Map<string, number>();

  /**
   * How long a status may wait, milliseconds; 0: it is to be written now.
   * @param now by a clock that is never set
   */
  settle({ metadata: { uid }, status: before }: ImageScan, status: ScanStatus, now: number): number {
    const isOfPodsAlone =
      before !== undefined && !sameStatus(before, status) && sameStatus(withoutPods(before), withoutPods(status));
    const since = this.#waiting.get(uid) ?? now;
    const left = isOfPodsAlone ? Math.max(0, since + SETTLE_MS - now) : 0;
    if (left > 0) this.#waiting.set(uid, since);
    else this.#waiting.delete(uid);
    return left;
  }

  forget({ metadata }: ImageScan): void {
    this.#waiting.delete(metadata.uid);
  }
}
