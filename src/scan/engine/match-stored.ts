import type { Logger } from 'pino';
import { type ImageId, imageKey } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import { OutdatedAnalysis } from '../scanner/analysis/outdated-analysis.ts';
import type { MatchOutput, Scanner } from '../scanner/scanner.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { ScanMetrics } from './metrics.ts';

interface MatchStoredOptions {
  readonly scanner: Pick<Scanner, 'match'>;
  readonly store: Pick<ReportStore, 'readAnalysis'>;
  readonly metrics: Pick<ScanMetrics, 'timed'>;
  readonly log: Logger;
}

/**
 * Matches the stored analysis of an image. If there is none that can be matched, the image is analyzed first, once.
 * @throws ScanError; the signal's reason; what `analyze` throws
 */
export const matchStored = async (
  image: ImageId,
  { scanner, store, metrics, log }: MatchStoredOptions,
  analyze: () => Promise<Buffer>,
  signal: AbortSignal,
): Promise<MatchOutput> => {
  const match = (analysis: Buffer) => metrics.timed('match', () => scanner.match(analysis, signal));
  const stored = await store.readAnalysis(image);
  if (stored !== undefined) {
    try {
      return await match(stored);
    } catch (error) {
      if (!(error instanceof OutdatedAnalysis)) throw error;
      log.info(
        { image: imageKey(image), reason: error.message },
        'the stored analysis is outdated: analyzing the image again',
      );
    }
  }
  try {
    return await match(await metrics.timed('analyze', analyze));
  } catch (error) {
    if (!(error instanceof OutdatedAnalysis)) throw error;
    const cure = 'use one version of Trivy everywhere (--trivy, the image of Jobs, and the Trivy server)';
    throw new ScanError('ScannerFailed', `${error.message}: ${cure}`, { cause: error });
  }
};
