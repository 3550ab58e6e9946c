import { isSameDatabase } from '../../database-version.ts';
import type { EvaluatedFinding, Evaluation } from './evaluation.ts';

/** Which report of an image an evaluation is of. */
type ReportVersion = Pick<Evaluation, 'scannedAt' | 'database'>;

/** The findings of one report, the most severe first. */
export interface ReportFindings extends ReportVersion {
  readonly findings: readonly EvaluatedFinding[];
  /** Holders of these findings: the evaluations of ImageScans. */
  readonly holders: Set<object>;
}

/** The findings of each image, by imageKey. */
export type FindingsByImage = Iterable<readonly [image: string, findings: ReportFindings]>;

/** However many ImageScans evaluate an image, its findings are in memory once. */
export class SharedFindings {
  readonly #byImage = new Map<string, ReportFindings>();

  /** Those of exactly this report, if an ImageScan holds them. */
  get(image: string, { scannedAt, database }: ReportVersion): ReportFindings | undefined {
    const known = this.#byImage.get(image);
    return known?.scannedAt === scannedAt && isSameDatabase(known.database, database) ? known : undefined;
  }

  /** Replaces the findings of a holder. Findings without a holder are dropped. */
  hold(holder: object, before: FindingsByImage, after: FindingsByImage): void {
    for (const [image, findings] of before) {
      findings.holders.delete(holder);
      if (findings.holders.size === 0 && this.#byImage.get(image) === findings) this.#byImage.delete(image);
    }
    for (const [image, findings] of after) {
      findings.holders.add(holder);
      this.#byImage.set(image, findings);
    }
  }
}
