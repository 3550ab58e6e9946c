import type { ImageScan } from '../../../api/imagescan.ts';
import { isSameDatabase } from '../../database-version.ts';
import type { ScannableImage } from '../../engine/image-consumers.ts';
import { lastExpiry, nextExpiry } from '../../findings/exceptions.ts';
import { imageKey } from '../../image.ts';
import { databaseOf, type ReportSummary } from '../../store/entry.ts';
import type { ReportStore } from '../../store/report-store.ts';
import { type OwnView, ownView, toImageView, viewFindings } from './evaluate.ts';
import type { ImageView, ViewedFinding } from './evaluation.ts';

/** The findings of one report, once for all ImageScans that have the image. */
interface Shared extends Pick<ImageView, 'scannedAt' | 'database'> {
  readonly findings: readonly ViewedFinding[];
  /** UIDs of ImageScans that see it. */
  readonly seenBy: Set<string>;
}

interface Seen {
  readonly reference: string;
  readonly own: OwnView;
  readonly shared: Shared;
}

interface Kept {
  /** Of the spec that the views are by. */
  readonly generation: number;
  /** From when to when no exception ends, and the views are the same; milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  readonly seen: ReadonlyMap<string, Seen>;
}

/**
 * What each ImageScan sees in its images, kept until the report, the spec or an exception changes: a report is read once.
 * However many ImageScans there are, the findings of an image are in memory once.
 */
export class Views {
  readonly #store: Pick<ReportStore, 'summary' | 'readReport'>;
  /** By the UID of the ImageScan. */
  readonly #kept = new Map<string, Kept>();
  /** By imageKey. */
  readonly #shared = new Map<string, Shared>();

  constructor(store: Pick<ReportStore, 'summary' | 'readReport'>) {
    this.#store = store;
  }

  /** @returns by imageKey; an image without a report has none. @param now milliseconds since 1970 */
  async of(scan: ImageScan, images: readonly ScannableImage[], now: number): Promise<Map<string, ImageView>> {
    const { generation, uid } = scan.metadata;
    const kept = this.#kept.get(uid);
    const before =
      kept?.generation === generation && kept.from <= now && now < kept.until ? kept.seen : new Map<string, Seen>();
    const seen = new Map<string, Seen>();
    for (const image of images) {
      const known = before.get(imageKey(image.id));
      const current = known !== undefined && this.#isCurrent(known, image) ? known : await this.#read(image, scan, now);
      if (current !== undefined) seen.set(imageKey(image.id), current);
    }
    // Of two that read the same report at the same time, the second takes what the first has.
    for (const [image, one] of seen) seen.set(image, { ...one, shared: this.#known(image, one.own) ?? one.shared });
    const { exceptions = [] } = scan.spec;
    const from = lastExpiry(exceptions, now) ?? Number.NEGATIVE_INFINITY;
    const until = nextExpiry(exceptions, now) ?? Number.POSITIVE_INFINITY;
    this.#keep(uid, { generation, from, until, seen });
    return new Map([...seen].map(([image, { own, shared }]) => [image, toImageView(shared.findings, own)]));
  }

  forget({ metadata }: ImageScan): void {
    this.#keep(metadata.uid, undefined);
  }

  #keep(uid: string, kept: Kept | undefined): void {
    const before = this.#kept.get(uid)?.seen ?? [];
    for (const [image, { shared }] of before) {
      shared.seenBy.delete(uid);
      if (shared.seenBy.size === 0 && this.#shared.get(image) === shared) this.#shared.delete(image);
    }
    if (kept === undefined) this.#kept.delete(uid);
    else this.#kept.set(uid, kept);
    for (const [image, { shared }] of kept?.seen ?? []) {
      shared.seenBy.add(uid);
      this.#shared.set(image, shared);
    }
  }

  #isCurrent({ reference, own }: Seen, image: ScannableImage): boolean {
    // Exceptions may name the image by its reference.
    return reference === image.reference && isOf(own, this.#store.summary(image.id));
  }

  async #read({ id, reference }: ScannableImage, { spec }: ImageScan, now: number): Promise<Seen | undefined> {
    if (this.#store.summary(id) === undefined) return undefined;
    const report = await this.#store.readReport(id);
    if (report === undefined) return undefined;
    const own = ownView(report, reference, spec, now);
    const { scannedAt, database } = own;
    const shared = this.#known(imageKey(id), own) ?? {
      scannedAt,
      database,
      findings: viewFindings(report),
      seenBy: new Set<string>(),
    };
    return { reference, own, shared };
  }

  /** What some ImageScan has seen in the same report. */
  #known(image: string, { scannedAt, database }: OwnView): Shared | undefined {
    const shared = this.#shared.get(image);
    return shared?.scannedAt === scannedAt && isSameDatabase(shared.database, database) ? shared : undefined;
  }
}

const isOf = ({ scannedAt, database }: OwnView, summary: ReportSummary | undefined): boolean =>
  scannedAt === summary?.scannedAt && isSameDatabase(database, databaseOf(summary));
