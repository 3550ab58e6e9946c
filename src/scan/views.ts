import type { ImageScan } from '../api/imagescan.ts';
import { nextExpiry } from './findings/exceptions.ts';
import { imageKey } from './image.ts';
import { viewImage } from './image-view.ts';
import type { ScannableImage } from './inventory/inventory.ts';
import type { ReportStore } from './store/report-store.ts';
import type { ImageView } from './view.ts';

interface Kept {
  /** Of the spec that the views are by. */
  readonly generation: number;
  /** When an exception ends, and the views are others; milliseconds since 1970. */
  readonly until: number;
  readonly views: ReadonlyMap<string, { readonly reference: string; readonly view: ImageView }>;
}

/** What each ImageScan sees in its images, kept until the report, the spec or an exception changes: a report is read once. */
export class Views {
  readonly #store: Pick<ReportStore, 'summary' | 'readReport'>;
  /** By the UID of the ImageScan. */
  readonly #kept = new Map<string, Kept>();

  constructor(store: Pick<ReportStore, 'summary' | 'readReport'>) {
    this.#store = store;
  }

  /** @returns by imageKey; an image without a report has none. @param now milliseconds since 1970 */
  async of(scan: ImageScan, images: readonly ScannableImage[], now: number): Promise<Map<string, ImageView>> {
    const { generation, uid } = scan.metadata;
    const kept = this.#kept.get(uid);
    const before = kept?.generation === generation && now < kept.until ? kept.views : new Map();
    const views = new Map<string, { reference: string; view: ImageView }>();
    for (const image of images) {
      const known = before.get(imageKey(image.id));
      const view = this.#isCurrent(known, image) ? known.view : await this.#read(image, scan, now);
      if (view !== undefined) views.set(imageKey(image.id), { reference: image.reference, view });
    }
    const until = nextExpiry(scan.spec.exceptions ?? [], now) ?? Number.POSITIVE_INFINITY;
    this.#kept.set(uid, { generation, until, views });
    return new Map([...views].map(([image, { view }]) => [image, view]));
  }

  forget({ metadata }: ImageScan): void {
    this.#kept.delete(metadata.uid);
  }

  #isCurrent(known: { reference: string; view: ImageView } | undefined, { id, reference }: ScannableImage): boolean {
    const summary = this.#store.summary(id);
    // Exceptions may name the image by its reference.
    return (
      known?.reference === reference &&
      known.view.scannedAt === summary?.scannedAt &&
      known.view.database === summary?.databaseUpdatedAt
    );
  }

  async #read({ id, reference }: ScannableImage, { spec }: ImageScan, now: number): Promise<ImageView | undefined> {
    if (this.#store.summary(id) === undefined) return undefined;
    const report = await this.#store.readReport(id);
    return report && viewImage(report, reference, spec, now);
  }
}
