import type { ImageScan, ScanStatus } from '../../../api/imagescan.ts';
import { sameStatus } from './status.ts';

/** Pods change all day; each write of a status goes to every watcher, and each write of a record to the disk. */
const DEBOUNCE_MS = 10_000;

const withoutPods = ({ images, ...rest }: ScanStatus): ScanStatus => ({
  ...rest,
  ...(images !== undefined && { images: images.map((row) => ({ ...row, pods: 0 })) }),
});

/** Delays a status of one ImageScan that differs from the last one only in how many pods run the images. */
export class StatusDebounce {
  /** When the delay began. */
  #since: number | undefined;

  /**
   * How long the status must wait, milliseconds; 0: write it now.
   * @param now by the monotonic clock
   */
  remainingMs(before: ImageScan['status'], status: ScanStatus, now: number): number {
    const onlyPodsChanged =
      before !== undefined && !sameStatus(before, status) && sameStatus(withoutPods(before), withoutPods(status));
    const since = this.#since ?? now;
    const left = onlyPodsChanged ? Math.max(0, since + DEBOUNCE_MS - now) : 0;
    this.#since = left > 0 ? since : undefined;
    return left;
  }
}
