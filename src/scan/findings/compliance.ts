import type { ScanSpec } from '../../api/imagescan.ts';
import type { KnownFinding } from './finding.ts';
import { isFixable } from './fixable.ts';
import { compareFindings } from './order.ts';
import { isAtLeast } from './severity.ts';

/** The findings that a user accepts; absent fields have the schema's defaults. */
export type Acceptance = Pick<ScanSpec, 'failOn' | 'ignoreUnfixed'>;

/**
 * The findings for which an image is not compliant, the most severe first; none: it is.
 * @param findings those that count
 */
export const blockingFindings = (
  findings: readonly KnownFinding[],
  { failOn = 'Critical', ignoreUnfixed = false }: Acceptance,
): KnownFinding[] =>
  findings
    .filter((finding) => isAtLeast(finding.severity, failOn) && (!ignoreUnfixed || isFixable(finding)))
    .sort(compareFindings);
