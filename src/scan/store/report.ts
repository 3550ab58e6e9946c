import type { KnownFinding } from '../findings/finding.ts';
import type { Match } from '../findings/match.ts';
import type { ImageId } from '../image.ts';

/** The last result of scanning one image, as the report store keeps it. */
export interface ImageReport extends Omit<Match, 'findings'> {
  readonly image: ImageId;
  /** RFC 3339. */
  readonly scannedAt: string;
  readonly findings: readonly KnownFinding[];
  /** How many of the findings the report before this one did not have, or that of the image before it. */
  readonly newFindings: number;
}
