import { lookedUp } from '../../scan/engine/tag-lookups.ts';
import type { ImageSource } from '../../scan/image.ts';
import type { RegistryClient } from '../../scan/registry/client.ts';
import type { ReportSource } from '../../scan/report/model.ts';
import { ScanError } from '../../scan/scan-error.ts';
import type { Scanner } from '../../scan/scanner/scanner.ts';
import type { ImageReport } from '../../scan/store/report.ts';
import { asBuffer } from '../../scan/threads/bytes.ts';
import { type Compute, TaskTooLarge } from '../../scan/threads/compute.ts';
import { rfc3339 } from '../../text/rfc3339.ts';

/** An image as a user names it. */
export interface NamedImage {
  readonly reference: string;
  readonly platform: string;
}

export interface ScanParts {
  readonly scanner: Pick<Scanner, 'analyze' | 'match'>;
  readonly registry: Pick<RegistryClient, 'resolve'>;
  readonly compute: Compute;
  readonly now: () => number;
  /** Of the lookup of a tag, milliseconds. */
  readonly lookupMs: number;
}

/**
 * Scans one image as the operator's engine does. A failure is part of the result.
 * @param sourceOf where it is pulled from @throws ScanError
 * @throws the signal's reason
 */
export const scanImage = async (
  image: NamedImage,
  sourceOf: (reference: string) => Promise<ImageSource>,
  parts: ScanParts,
  signal: AbortSignal,
): Promise<ReportSource> => {
  const { reference, platform } = image;
  let about: ReportSource = { reference, platform, pods: 0 };
  try {
    const source = await sourceOf(reference);
    const bound = AbortSignal.any([signal, AbortSignal.timeout(parts.lookupMs)]);
    const digest = await parts.registry.resolve(source, lookedUp(reference), bound);
    about = { ...about, digest };
    return { ...about, report: await reportOf({ digest, platform }, source, parts, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const { reason, message } = asScanError(reference, error as Error);
    return { ...about, failure: { reason, message } };
  }
};

const reportOf = async (
  image: { readonly digest: string; readonly platform: string },
  source: ImageSource,
  { scanner, compute, now }: ScanParts,
  signal: AbortSignal,
): Promise<ImageReport> => {
  const analysis = await scanner.analyze({ image, sources: [source] }, signal);
  const match = await scanner.match(analysis, signal);
  const content = await compute('merge', { match, image, scannedAt: rfc3339(now()) });
  return JSON.parse(asBuffer(content).toString());
};

const asScanError = (reference: string, error: Error): Pick<ScanError, 'reason' | 'message'> => {
  if (error instanceof ScanError) return { reason: error.reason, message: error.byCommand ?? error.message };
  if (error instanceof TaskTooLarge) {
    const message = `${reference}: its findings need more memory than one scan may have: use an image with fewer packages`;
    return { reason: 'TooLarge', message };
  }
  if (error.name === 'TimeoutError') {
    return { reason: 'Timeout', message: `${reference}: the registry did not resolve the tag in time: try again` };
  }
  return { reason: 'ScannerFailed', message: `${reference}: ${error.message}` };
};
