import type {
  CoverageRow,
  ExceptionRow,
  FindingRow,
  ImageRow,
  ScanException,
  ScanSpec,
  ScanStatus,
  ScanSummary,
} from '../../../api/imagescan.ts';
import { compareText } from '../../../text/compare-text.ts';
import { printable } from '../../../text/printable.ts';
import { type Coverage, judgeGaps, unacceptedGaps } from '../../findings/coverage/coverage.ts';
import { compareCounts, countBySeverity, type SEVERITIES } from '../../findings/severity.ts';
import type { EvaluatedFinding, Evaluation } from '../evaluation/evaluation.ts';
import { MAX_FINDINGS, rowKey, worstOf } from '../evaluation/worst-findings.ts';
import { evaluationsOf, type Observation, type ObservedImage } from '../observation.ts';

/** The schema's bounds. */
const MAX_IMAGES = 50;
const MAX_GAPS = 8;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const stateOf = ({ evaluation, failure }: ObservedImage): ImageRow['state'] => {
  if (failure !== undefined) return 'Failed';
  return evaluation === undefined ? 'Pending' : 'Scanned';
};

/** Exact counts over all images. */
export const summarize = (spec: ScanSpec, observation: Observation): ScanSummary => {
  const evaluations = evaluationsOf(observation);
  const state = (wanted: ImageRow['state']): number =>
    observation.images.filter((image) => stateOf(image) === wanted).length;
  const found = (severity: (typeof SEVERITIES)[number]): number =>
    sum(evaluations.map(({ counts }) => counts[severity]));
  return {
    images: observation.images.length,
    scanned: evaluations.length,
    pending: state('Pending'),
    failed: state('Failed'),
    critical: found('Critical'),
    high: found('High'),
    medium: found('Medium'),
    low: found('Low'),
    unknown: found('Unknown'),
    fixable: sum(evaluations.map(({ fixable }) => fixable)),
    new: sum(evaluations.map((evaluation) => evaluation.new)),
    suppressed: sum(evaluations.map(({ suppressed }) => suppressed)),
    uncovered: evaluations.filter(({ coverage }) => unacceptedGaps(coverage, spec).length > 0).length,
  };
};

const NO_FINDINGS = countBySeverity([]);

/** Failed ones first, then those with the most severe findings. */
const compareImages = (a: ObservedImage, b: ObservedImage): number => {
  const key = ({ reference, digest = '', platform }: ObservedImage): string => `${reference} ${digest} ${platform}`;
  return (
    Number(b.failure !== undefined) - Number(a.failure !== undefined) ||
    compareCounts(a.evaluation?.counts ?? NO_FINDINGS, b.evaluation?.counts ?? NO_FINDINGS) ||
    compareText(key(a), key(b))
  );
};

const toCoverageRow = (coverage: Coverage, spec: ScanSpec): CoverageRow => {
  const gaps = judgeGaps(coverage, spec);
  return {
    packages: sum(coverage.sources.map(({ packages }) => packages)),
    ...(gaps.length > 0 && { gaps: gaps.slice(0, MAX_GAPS) }),
  };
};

const toFigures = (evaluation: Evaluation, spec: ScanSpec): Partial<ImageRow> => ({
  scannedAt: evaluation.scannedAt,
  critical: evaluation.counts.Critical,
  high: evaluation.counts.High,
  medium: evaluation.counts.Medium,
  low: evaluation.counts.Low,
  unknown: evaluation.counts.Unknown,
  fixable: evaluation.fixable,
  suppressed: evaluation.suppressed,
  ...(evaluation.os !== undefined && { os: printable(evaluation.os, 128) }),
  ...(evaluation.endOfLife && { endOfLife: true }),
  ...(evaluation.oldestFixableAt !== undefined && { oldestFixableAt: evaluation.oldestFixableAt }),
  ...(evaluation.coverage !== undefined && { coverage: toCoverageRow(evaluation.coverage, spec) }),
  ...(evaluation.advice.length > 0 && { advice: evaluation.advice.map((line) => printable(line, 512)) }),
  ...(evaluation.adviceOmitted > 0 && { adviceOmitted: evaluation.adviceOmitted }),
});

const toImageRow = (image: ObservedImage, spec: ScanSpec): ImageRow => ({
  image: printable(image.reference, 1024),
  ...(image.digest !== undefined && { digest: image.digest }),
  platform: printable(image.platform, 64),
  pods: image.pods,
  ...(image.origin !== undefined && { source: image.origin }),
  state: stateOf(image),
  ...(image.failure && { reason: image.failure.reason, message: printable(image.failure.message, 1024) }),
  ...(image.evaluation && toFigures(image.evaluation, spec)),
});

interface MergedFinding {
  readonly finding: EvaluatedFinding;
  firstSeenAt: string;
  images: number;
  /** The last of them. */
  image: Evaluation;
}

/**
 * The same finding in several images is one row; it is known since it was first seen in one of them. What is among the worst
 * of all is among the worst of each image that has it.
 */
const mergeFindings = (evaluations: readonly Evaluation[]): MergedFinding[] => {
  const found = new Map<string, MergedFinding>();
  for (const image of evaluations) {
    for (const finding of image.findings) {
      const { firstSeenAt } = finding;
      const key = rowKey(finding);
      const known = found.get(key);
      if (known === undefined) {
        found.set(key, { finding, firstSeenAt, images: 1, image });
        continue;
      }
      if (firstSeenAt < known.firstSeenAt) known.firstSeenAt = firstSeenAt;
      if (known.image !== image) known.images += 1;
      known.image = image;
    }
  }
  return [...found.values()];
};

const toFindingRow = ({ finding, images, firstSeenAt }: MergedFinding): FindingRow => {
  const { id, package: name, installed, fixed, severity, title, knownExploited, epss } = finding;
  return {
    id: printable(id, 64),
    package: printable(name, 256),
    installed: printable(installed, 128),
    ...(fixed !== '' && { fixed: printable(fixed, 256) }),
    severity,
    ...(knownExploited && { knownExploited }),
    ...(epss !== undefined && { epss: String(epss) }),
    images,
    firstSeenAt,
    ...(title !== undefined && { title: printable(title, 256) }),
  };
};

const toExceptionRow = (exception: ScanException, findings: number, now: number): ExceptionRow => {
  const { id, package: name, image, status, justification, expiresAt } = exception;
  return {
    id,
    ...(name !== undefined && { package: printable(name, 256) }),
    ...(image !== undefined && { image: printable(image, 512) }),
    status,
    ...(justification !== undefined && { justification: printable(justification, 512) }),
    findings,
    ...(expiresAt !== undefined && { expiresAt, expired: Date.parse(expiresAt) <= now }),
  };
};

/** Rows of images, findings and exceptions, as many as the schema allows. */
export const rowsOf = (spec: ScanSpec, observation: Observation, now: number): Partial<ScanStatus> => {
  const evaluations = evaluationsOf(observation);
  const findings = mergeFindings(evaluations);
  const { distinctFindings } = observation;
  const { exceptions = [] } = spec;
  const hits = (i: number): number => sum(evaluations.map(({ exceptionHits }) => exceptionHits[i] ?? 0));
  return {
    ...(observation.images.length > 0 && {
      images: observation.images
        .toSorted(compareImages)
        .slice(0, MAX_IMAGES)
        .map((image) => toImageRow(image, spec)),
    }),
    ...(observation.images.length > MAX_IMAGES && { imagesOmitted: observation.images.length - MAX_IMAGES }),
    ...(findings.length > 0 && { findings: worstOf(findings, MAX_FINDINGS, spec).map(toFindingRow) }),
    ...(distinctFindings > MAX_FINDINGS && { findingsOmitted: distinctFindings - MAX_FINDINGS }),
    ...(exceptions.length > 0 && { exceptions: exceptions.map((e, i) => toExceptionRow(e, hits(i), now)) }),
  };
};
