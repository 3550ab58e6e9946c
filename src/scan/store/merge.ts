import { type Finding, findingKey, type KnownFinding } from '../findings/finding.ts';
import type { ImageId } from '../image.ts';
import type { Match } from '../scanner/scanner.ts';
import type { ImageReport } from './report.ts';

/** A fix that was withdrawn and comes back counts from when it came back. */
function known(finding: Finding, before: KnownFinding | undefined, scannedAt: string): KnownFinding {
  const firstSeenAt = before?.firstSeenAt ?? scannedAt;
  if (finding.fixed.length === 0) return { ...finding, firstSeenAt };
  return { ...finding, firstSeenAt, fixableSince: before?.fixableSince ?? scannedAt };
}

/**
 * The report of a scan: what the scanner found, with what the report before it knows about when that was first seen.
 * @param scannedAt RFC 3339
 */
export function mergeReport(
  before: ImageReport | undefined,
  match: Match,
  image: ImageId,
  scannedAt: string,
): ImageReport {
  const earlier = new Map(before?.findings.map((finding) => [findingKey(finding), finding]));
  const findings = match.findings.map((finding) => known(finding, earlier.get(findingKey(finding)), scannedAt));
  const newFindings = findings.filter((finding) => !earlier.has(findingKey(finding))).length;
  return { ...match, image, scannedAt, findings, newFindings };
}
