import { createHash } from 'node:crypto';
import type { ImageScan } from '../../../api/imagescan.ts';
import { databaseKey } from '../../database-version.ts';
import type { ScannableImage } from '../../engine/image-consumers.ts';
import type { Enrichment } from '../../findings/enrichment.ts';
import { lastExpiry } from '../../findings/exceptions.ts';
import type { Kev } from '../../findings/known-exploited.ts';
import { type ImageId, imageKey } from '../../image.ts';
import type { ScanFailure } from '../../scan-error.ts';
import { databaseOf } from '../../store/entry.ts';
import type { ReportStore } from '../../store/report-store.ts';
import { type Compute, TaskTooLarge } from '../../threads/compute.ts';
import type { Judgment } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import type { Evaluated, SharedEvaluations } from './shared-evaluations.ts';

type Reports = Pick<ReportStore, 'summary' | 'readReportContent'>;

/** The evaluations of the images of one ImageScan, by imageKey; an image without a report is in neither map. */
export interface EvaluatedImages {
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  /** Why reports cannot be evaluated. */
  readonly failures: ReadonlyMap<string, ScanFailure>;
  /** How many rows the findings that count make; a finding of several images is one, as far as that is known. */
  readonly distinct: number;
  /** The file of KEV that they are made with; absent: there was none. */
  readonly kev?: Kev;
}

/** A larger report is not evaluated, bytes of JSON: about 130 000 findings. A scan gives at most half of it. */
export const MAX_CONTENT_BYTES = 64 * 2 ** 20;

/**
 * The evaluations of one ImageScan, kept until the report, the spec, an exception or the enrichment changes. Reports are read one by one, and
 * evaluated off this thread.
 */
export class Evaluations {
  readonly #reports: Reports;
  readonly #compute: Compute;
  readonly #shared: SharedEvaluations;
  readonly #enrichment: () => Enrichment | undefined;
  #held = new Set<string>();
  #distinct: { readonly of: readonly Evaluation[]; readonly count: number } = { of: [], count: 0 };

  constructor(
    reports: Reports,
    compute: Compute,
    shared: SharedEvaluations,
    enrichment: () => Enrichment | undefined = () => undefined,
  ) {
    this.#reports = reports;
    this.#compute = compute;
    this.#shared = shared;
    this.#enrichment = enrichment;
  }

  /**
   * @param now milliseconds since 1970
   * @throws StoreError
   */
  async of(scan: ImageScan, images: readonly ScannableImage[], now: number): Promise<EvaluatedImages> {
    const enrichment = this.#enrichment();
    const judgment = judgmentOf(scan, now, enrichment);
    const evaluations = new Map<string, Evaluation>();
    const failures = new Map<string, ScanFailure>();
    const used = new Set<string>();
    for (const image of images) {
      const key = this.#keyOf(image, judgment);
      if (key === undefined) continue;
      used.add(key);
      const evaluated = this.#shared.hold(key, this) ?? (await this.#evaluate(key, image, scan, judgment));
      if (evaluated === undefined) continue;
      this.#held.add(key);
      if ('failure' in evaluated) failures.set(imageKey(image.id), evaluated.failure);
      else evaluations.set(imageKey(image.id), evaluated.evaluation);
    }
    this.#release(used);
    const distinct = await this.#countDistinct([...evaluations.values()]);
    return { evaluations, failures, distinct, ...(enrichment?.kev && { kev: enrichment.kev }) };
  }

  forget(): void {
    this.#release(new Set());
    this.#distinct = { of: [], count: 0 };
  }

  #release(used: ReadonlySet<string>): void {
    for (const key of this.#held) if (!used.has(key)) this.#shared.release(key, this);
    this.#held = new Set([...this.#held].filter((key) => used.has(key)));
  }

  /** One text for each way to judge one report; undefined: there is no report. */
  #keyOf({ id, reference }: ScannableImage, { hash, now: _, ...judgment }: HashedJudgment): string | undefined {
    const summary = this.#reports.summary(id);
    if (summary === undefined) return undefined;
    // Exceptions may name the image by its reference.
    const name = (judgment.spec.exceptions ?? []).length > 0 ? reference : '';
    return [imageKey(id), summary.scannedAt, databaseKey(databaseOf(summary)), hash, name].join(' ');
  }

  async #evaluate(
    key: string,
    { id, reference }: ScannableImage,
    { metadata }: ImageScan,
    { spec, now, enrichment }: HashedJudgment,
  ): Promise<Evaluated | undefined> {
    const content = await this.#reports.readReportContent(id);
    if (content === undefined) return undefined;
    const evaluated = await this.#evaluateContent({ content, reference, spec, now, enrichment }, id);
    return this.#shared.add(key, evaluated, this, metadata.namespace);
  }

  async #evaluateContent(
    input: Pick<HashedJudgment, 'spec' | 'now' | 'enrichment'> & {
      readonly content: Buffer;
      readonly reference: string;
    },
    id: ImageId,
  ): Promise<Evaluated> {
    if (input.content.length > MAX_CONTENT_BYTES) return tooLarge(input.reference, id);
    try {
      return { evaluation: await this.#compute('evaluate', input) };
    } catch (error) {
      if (error instanceof TaskTooLarge) return tooLarge(input.reference, id);
      throw error;
    }
  }

  /** Counts again when an evaluation is another one. */
  async #countDistinct(evaluations: readonly Evaluation[]): Promise<number> {
    const { of, count } = this.#distinct;
    if (of.length === evaluations.length && of.every((one, i) => one === evaluations[i])) return count;
    const numbered = evaluations.flatMap(({ numbers }) => numbers ?? []);
    const others = evaluations.reduce((sum, { numbers, distinct }) => sum + (numbers === undefined ? distinct : 0), 0);
    const counted = others + (await this.#compute('countDistinct', numbered));
    this.#distinct = { of: evaluations, count: counted };
    return counted;
  }
}

interface HashedJudgment {
  readonly spec: Judgment;
  readonly now: number;
  readonly enrichment: Enrichment | undefined;
  /** Of all that decides the result, but the report. */
  readonly hash: string;
}

const judgmentOf = (
  { spec: { failOn, failOnKnownExploited, ignoreUnfixed, exceptions } }: ImageScan,
  now: number,
  enrichment: Enrichment | undefined,
): HashedJudgment => {
  const spec = {
    ...(failOn !== undefined && { failOn }),
    ...(failOnKnownExploited !== undefined && { failOnKnownExploited }),
    ...(ignoreUnfixed !== undefined && { ignoreUnfixed }),
    ...(exceptions !== undefined && { exceptions }),
  };
  // Until the next one ends, they answer alike.
  const since = lastExpiry(exceptions ?? [], now) ?? null;
  const hash = createHash('sha256')
    .update(JSON.stringify([spec, since, enrichment?.key ?? null]))
    .digest('base64');
  return { spec, now, enrichment, hash };
};

const tooLarge = (reference: string, { digest }: ImageId): Evaluated => ({
  failure: {
    reason: 'TooLarge',
    message: `${reference} (${digest}): its report has more findings than are evaluated: use an image with fewer packages. To read the report, run palisade report with --report-dir`,
    retries: false,
  },
});
