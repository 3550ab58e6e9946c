import type { Logger } from 'pino';
import { type ImageId, imageKey } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import { OutdatedAnalysis } from '../scanner/analysis/outdated-analysis.ts';
import type { MatchOutput, Scanner } from '../scanner/scanner.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { ScanMetrics } from './metrics.ts';

interface MatchStoredOptions {
  readonly scanner: Pick<Scanner, 'match' | 'rematch'>;
  readonly store: Pick<ReportStore, 'readAnalysis'>;
  readonly metrics: Pick<ScanMetrics, 'timed'>;
  readonly log: Logger;
}

/**
 * Matches the stored analysis of an image. If there is none, or an outdated one, the image is analyzed first, once. If that
 * fails, as for an image that its registry has deleted, an outdated analysis is matched if it can be.
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
  let usable: Buffer | undefined;
  if (stored !== undefined) {
    try {
      return await metrics.timed('match', () => scanner.rematch(stored, signal));
    } catch (error) {
      if (!(error instanceof OutdatedAnalysis)) throw error;
      if (error.isUsable) usable = stored;
      log.info(
        { image: imageKey(image), reason: error.message },
        'the stored analysis is outdated: analyzing the image again',
      );
    }
  }
  try {
    const analysis = await metrics.timed('analyze', analyze).catch((error) => {
      if (usable === undefined || !(error instanceof ScanError)) throw error;
      log.warn(
        { image: imageKey(image), reason: error.message },
        'the image cannot be analyzed again: matching its stored analysis',
      );
      return usable;
    });
    return await match(analysis);
  } catch (error) {
    if (!(error instanceof OutdatedAnalysis)) throw error;
    const cure = 'use one version of Trivy everywhere (--trivy, the image of Jobs, and the Trivy server)';
    throw new ScanError('ScannerFailed', `${error.message}: ${cure}`, { cause: error });
  }
};
