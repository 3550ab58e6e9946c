import type { ImageScan } from '../../api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../api/keys.ts';
import { printable } from '../../text/printable.ts';
import type { Occasion } from './due.ts';

type Request = NonNullable<Occasion['request']>;

/** An annotation may have any value; the status keeps this much of it. */
const MAX_VALUE = 128;

const annotated = ({ metadata }: ImageScan): string | undefined => {
  const value = metadata.annotations?.[RESCAN_ANNOTATION];
  return value === undefined ? undefined : printable(value, MAX_VALUE);
};

/**
 * The scan that a user requested with the annotation, until every image has been scanned since. A request that a restart
 * interrupts starts over.
 */
export class RescanRequest {
  #latest: (Request & { isDone: boolean }) | undefined;

  /** The request that is not done yet. @param now by the monotonic clock, as LastScan.triedAt */
  pending(scan: ImageScan, now: number): Request | undefined {
    const value = annotated(scan);
    if (value === undefined || value === scan.status?.lastHandledRescanAt) return undefined;
    if (this.#latest?.value !== value) this.#latest = { value, at: now, isDone: false };
    return this.#latest.isDone ? undefined : { value, at: this.#latest.at };
  }

  complete(): void {
    if (this.#latest !== undefined) this.#latest.isDone = true;
  }

  /** The value of the last request that is done, if it was done by this process. */
  get handled(): string | undefined {
    return this.#latest?.isDone === true ? this.#latest.value : undefined;
  }
}
