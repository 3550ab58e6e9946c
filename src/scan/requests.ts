import type { ImageScan } from '../api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../api/keys.ts';
import { objectKey } from '../kube/object.ts';
import type { Occasion } from './due.ts';

type Request = NonNullable<Occasion['request']>;

/** Any text may stand in an annotation; the status keeps so much of it. */
const MAX_VALUE = 128;

const asked = ({ metadata }: ImageScan): string | undefined =>
  metadata.annotations?.[RESCAN_ANNOTATION]?.slice(0, MAX_VALUE);

/** Scans that people asked for by annotation, until every image was looked at since. One that a restart interrupts is begun anew. */
export class Requests {
  readonly #requests = new Map<string, Request & { done: boolean }>();

  /** What is asked for and not done. @param now milliseconds since 1970 */
  of(scan: ImageScan, now: number): Request | undefined {
    const value = asked(scan);
    if (value === undefined || value === scan.status?.lastHandledRescanAt) return undefined;
    const key = objectKey(scan);
    const known = this.#requests.get(key);
    if (known?.value === value) return known.done ? undefined : { value, at: known.at };
    // Times of scans are whole seconds.
    const request = { value, at: Math.floor(now / 1000) * 1000 };
    this.#requests.set(key, { ...request, done: false });
    return request;
  }

  done(scan: ImageScan): void {
    const request = this.#requests.get(objectKey(scan));
    if (request !== undefined) request.done = true;
  }

  /** The value that was done last, if it was since the status was written. */
  handled(scan: ImageScan): string | undefined {
    const request = this.#requests.get(objectKey(scan));
    return request?.done === true ? request.value : undefined;
  }

  forget(key: string): void {
    this.#requests.delete(key);
  }
}
