import type { ImageScan } from '../../api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../api/keys.ts';
import type { Occasion } from './due.ts';

type Request = NonNullable<Occasion['request']>;

/** Any text may stand in an annotation; the status keeps so much of it. */
const MAX_VALUE = 128;

const asked = ({ metadata }: ImageScan): string | undefined =>
  metadata.annotations?.[RESCAN_ANNOTATION]?.slice(0, MAX_VALUE).toWellFormed();

/** Scans that people asked for by annotation, until every image was looked at since. One that a restart interrupts is begun anew. */
export class Requests {
  /** By the UID of the ImageScan. */
  readonly #requests = new Map<string, Request & { done: boolean }>();

  /** What is asked for and not done. @param now by the monotonic clock, as LastScan.triedAt */
  of(scan: ImageScan, now: number): Request | undefined {
    const value = asked(scan);
    if (value === undefined || value === scan.status?.lastHandledRescanAt) return undefined;
    const { uid } = scan.metadata;
    const known = this.#requests.get(uid);
    if (known?.value === value) return known.done ? undefined : { value, at: known.at };
    this.#requests.set(uid, { value, at: now, done: false });
    return { value, at: now };
  }

  done({ metadata }: ImageScan): void {
    const request = this.#requests.get(metadata.uid);
    if (request !== undefined) request.done = true;
  }

  /** The value that was done last, if it was since the status was written. */
  handled({ metadata }: ImageScan): string | undefined {
    const request = this.#requests.get(metadata.uid);
    return request?.done === true ? request.value : undefined;
  }

  forget({ metadata }: ImageScan): void {
    this.#requests.delete(metadata.uid);
  }
}
