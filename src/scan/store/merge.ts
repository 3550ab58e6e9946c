import { acrossImages, type Finding, findingKey, type KnownFinding } from '../findings/finding.ts';
import type { Match } from '../findings/match.ts';
import type { ImageId } from '../image.ts';
import type { ImageReport } from './report.ts';

/** An earlier scan with a later time had a wrong clock. Both are RFC 3339 in UTC, to the second. */
const notAfter = (now: string, before: string = now): string => (before < now ? before : now);

/** A fix that was withdrawn and comes back counts from when it came back. */
function known(
  finding: Finding,
  before: Pick<KnownFinding, 'firstSeenAt' | 'fixableSince'> | undefined,
  scannedAt: string,
): KnownFinding {
  const since = {
    firstSeenAt: notAfter(scannedAt, before?.firstSeenAt),
    ...(finding.fixed.length > 0 && { fixableSince: notAfter(scannedAt, before?.fixableSince) }),
  };
  return { ...finding, ...since, ...(before === undefined && { isNew: true }) };
}

/** Finds a finding in an earlier report, for the time at which it was first seen, even if its vulnerability got a CVE since. */
const memoryOf = (
  before: ImageReport | undefined,
  predecessor: ImageReport | undefined,
): ((finding: Finding) => KnownFinding | undefined) => {
  const key = before === undefined ? acrossImages : findingKey;
  const findings = (before ?? predecessor)?.findings ?? [];
  const own = new Map(findings.map((finding) => [key(finding), finding]));
  const byAlias = new Map(
    findings.flatMap((finding) => (finding.aliases ?? []).map((id) => [key({ ...finding, id }), finding] as const)),
  );
  // Two vulnerabilities that only share an alias are two.
  const renamed = (finding: Finding): KnownFinding | undefined =>
    (finding.aliases ?? []).map((id) => own.get(key({ ...finding, id }))).find((earlier) => earlier !== undefined) ??
    byAlias.get(key(finding));
  return (finding) => own.get(key(finding)) ?? renamed(finding);
};

/**
 * The report of a scan: the findings of the scanner, with the times at which earlier reports first saw them.
 * @param before the image's last report
 * @param scannedAt RFC 3339
 * @param predecessor where there is none: the report of the image that stood in this one's repository before it, since
 * a rebuild with the same vulnerability has had it as long
 */
export function mergeReport(
  before: ImageReport | undefined,
  match: Match,
  image: ImageId,
  scannedAt: string,
  predecessor?: ImageReport,
): ImageReport {
  const remembered = memoryOf(before, predecessor);
  const findings = match.findings.map((finding) => known(finding, remembered(finding), scannedAt));
  const newFindings = findings.filter(({ isNew }) => isNew).length;
  return { ...match, image, scannedAt, findings, newFindings };
}
