import type { ImageScan } from '../../../api/imagescan.ts';
import { isSameDatabase } from '../../database-version.ts';
import type { ScannableImage } from '../../engine/image-consumers.ts';
import { lastExpiry, nextExpiry } from '../../findings/exceptions.ts';
import { imageKey } from '../../image.ts';
import { databaseOf } from '../../store/entry.ts';
import type { ReportStore } from '../../store/report-store.ts';
import { evaluate, type OwnEvaluation, sortedFindings, toEvaluation } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import type { FindingsByImage, ReportFindings, SharedFindings } from './shared-findings.ts';

interface EvaluatedImage {
  readonly reference: string;
  readonly own: OwnEvaluation;
  readonly shared: ReportFindings;
}

interface Cached {
  /** Of the spec. */
  readonly generation: number;
  /** Between these no exception expires; milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
  /** By imageKey. */
  readonly images: ReadonlyMap<string, EvaluatedImage>;
}

const sharedOf = (cached: Cached | undefined): FindingsByImage =>
  [...(cached?.images ?? [])].map(([image, { shared }]) => [image, shared] as const);

/** The evaluations of one ImageScan, kept until the report, the spec or an exception changes: each report is read once. */
export class Evaluations {
  readonly #store: Pick<ReportStore, 'summary' | 'readReport'>;
  readonly #findings: SharedFindings;
  #cached: Cached | undefined;

  constructor(store: Pick<ReportStore, 'summary' | 'readReport'>, findings: SharedFindings) {
    this.#store = store;
    this.#findings = findings;
  }

  /**
   * @param now milliseconds since 1970
   * @returns by imageKey; an image without a report has none
   * @throws StoreError
   */
  async of(scan: ImageScan, images: readonly ScannableImage[], now: number): Promise<Map<string, Evaluation>> {
    const { generation } = scan.metadata;
    const cached = this.#cached;
    const isCurrent = cached?.generation === generation && cached.from <= now && now < cached.until;
    const before = isCurrent ? cached.images : new Map<string, EvaluatedImage>();
    const evaluated = new Map<string, EvaluatedImage>();
    for (const image of images) {
      const known = before.get(imageKey(image.id));
      const one = known !== undefined && this.#isCurrent(known, image) ? known : await this.#read(image, scan, now);
      if (one !== undefined) evaluated.set(imageKey(image.id), one);
    }
    // Another ImageScan may have read the same report at the same time: the second uses the findings of the first.
    for (const [image, one] of evaluated) {
      evaluated.set(image, { ...one, shared: this.#findings.get(image, one.own) ?? one.shared });
    }
    const { exceptions = [] } = scan.spec;
    const from = lastExpiry(exceptions, now) ?? Number.NEGATIVE_INFINITY;
    const until = nextExpiry(exceptions, now) ?? Number.POSITIVE_INFINITY;
    this.#keep({ generation, from, until, images: evaluated });
    return new Map([...evaluated].map(([image, { own, shared }]) => [image, toEvaluation(shared.findings, own)]));
  }

  forget(): void {
    this.#keep(undefined);
  }

  #keep(cached: Cached | undefined): void {
    this.#findings.hold(this, sharedOf(this.#cached), sharedOf(cached));
    this.#cached = cached;
  }

  #isCurrent({ reference, own }: EvaluatedImage, image: ScannableImage): boolean {
    // Exceptions may name the image by its reference.
    if (reference !== image.reference) return false;
    const summary = this.#store.summary(image.id);
    return own.scannedAt === summary?.scannedAt && isSameDatabase(own.database, databaseOf(summary));
  }

  async #read(
    { id, reference }: ScannableImage,
    { spec }: ImageScan,
    now: number,
  ): Promise<EvaluatedImage | undefined> {
    if (this.#store.summary(id) === undefined) return undefined;
    const report = await this.#store.readReport(id);
    if (report === undefined) return undefined;
    const own = evaluate(report, reference, spec, now);
    const { scannedAt, database } = own;
    const shared = this.#findings.get(imageKey(id), own) ?? {
      scannedAt,
      database,
      findings: sortedFindings(report),
      holders: new Set<object>(),
    };
    return { reference, own, shared };
  }
}
