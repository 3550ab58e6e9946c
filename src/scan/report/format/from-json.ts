import type { ScanException } from '../../../api/imagescan.ts';
import { isObject } from '../../../text/is-object.ts';
import { type ReportSource, type ScanReport, toScanReport } from '../model.ts';
import { type JsonImage, type JsonReport, SCHEMA_VERSION } from './json.ts';

const toSource = (image: JsonImage): ReportSource => {
  const { digest, platform, pods, source, scannedAt, scanner, database, os, coverage, findings = [] } = image;
  const { reason, message } = image;
  return {
    reference: image.image,
    ...(digest !== undefined && { digest }),
    platform,
    pods,
    ...(source !== undefined && { source }),
    ...(scannedAt !== undefined &&
      scanner !== undefined &&
      database !== undefined && {
        report: {
          image: { digest: digest ?? '', platform },
          scannedAt,
          scanner,
          database,
          ...(os && { os }),
          ...(coverage && {
            coverage: { ...coverage, gaps: coverage.gaps.map(({ accepted, ...gap }) => gap) },
          }),
          findings: findings.map(({ counted, blocking, exception, ...finding }) => finding),
          newFindings: findings.filter(({ isNew }) => isNew).length,
        },
      }),
    ...(reason !== undefined && { failure: { reason, message: message ?? '' } }),
  };
};

const toException = ({ findings, expired, ...exception }: JsonReport['exceptions'][number]): ScanException =>
  exception as ScanException;

/**
 * The report of which this is the JSON: every format renders it to the same bytes.
 * @throws Error that says what it is instead
 */
export const fromJsonReport = (text: string): ScanReport => {
  const document: unknown = JSON.parse(text);
  if (!isObject(document) || document.schemaVersion !== SCHEMA_VERSION) {
    throw new Error(`it is no JSON report of version ${SCHEMA_VERSION}`);
  }
  const { scan, generatedAt, kevProblem, acceptUnknown, images, exceptions, ...spec } =
    document as unknown as JsonReport;
  // A report of an operator of an older release does not have it.
  const { failOn, failOnKnownExploited = false, ignoreUnfixed } = spec;
  return toScanReport({
    scan,
    generatedAt,
    spec: {
      failOn,
      failOnKnownExploited,
      ignoreUnfixed,
      acceptUnknown: [...acceptUnknown],
      exceptions: exceptions.map(toException),
    },
    kevProblem,
    images: images.map(toSource),
  });
};
