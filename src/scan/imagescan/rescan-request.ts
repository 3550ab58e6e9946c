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

/** The annotation's value, unless it was acted on. */
const wanted = (scan: ImageScan): string | undefined => {
  const value = annotated(scan);
  return value === scan.status?.lastHandledRescanAt ? undefined : value;
};

/** Between the end of one request and the start of the next. */
const PAUSE_MS = 5_000;

/**
 * The scan that a user requested with the annotation, until every image has been scanned since. A value that changes
 * meanwhile is the next request: one that changes all the time would never be done. A request that a restart interrupts
 * starts over.
 */
export class RescanRequest {
  #latest: (Request & { doneAt?: number }) | undefined;
  /** By the monotonic clock. */
  #now = 0;

  /** The request that is not done yet. @param now by the monotonic clock, as LastScan.triedAt */
  pending(scan: ImageScan, now: number): Request | undefined {
    this.#now = now;
    const value = wanted(scan);
    if (value === undefined) return undefined;
    const wait = this.waitMs(scan);
    if (this.#latest === undefined || wait === 0) this.#latest = { value, at: now };
    const { doneAt, ...request } = this.#latest;
    return doneAt === undefined ? request : undefined;
  }

  complete(): void {
    if (this.#latest !== undefined) this.#latest.doneAt ??= this.#now;
  }

  /** How long the next request waits, milliseconds; undefined: there is none, or the last one is not done. */
  waitMs(scan: ImageScan): number | undefined {
    const { doneAt, value } = this.#latest ?? {};
    const next = wanted(scan);
    if (doneAt === undefined || next === undefined || next === value) return undefined;
    return Math.max(0, doneAt + PAUSE_MS - this.#now);
  }

  /** The value of the last request that is done, if it was done by this process. */
  get handled(): string | undefined {
    return this.#latest?.doneAt === undefined ? undefined : this.#latest.value;
  }
}
