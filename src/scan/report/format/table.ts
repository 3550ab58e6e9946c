import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import { adviceFor, describeAdvice } from '../../findings/advice.ts';
import { countedOf, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { isFixable, oldestFixable } from '../../findings/fixable.ts';
import { countBySeverity, SEVERITIES } from '../../findings/severity.ts';
import { hasHistory, isOutdated, judgmentOf, type ReportedImage, type ScanReport } from '../model.ts';
import { describeSource } from './image-source.ts';
import { exceptionRowsOf, stateOf } from './json.ts';
import { fit, formatColumns } from './table-layout.ts';

export interface TableOptions {
  /** Columns of the terminal; no line is longer. */
  readonly width: number;
}

const MAX_CELL = 40;
const MAX_IMAGE = 80;
const MAX_GAP = 1024;
const cell = (text: string): string => printable(text, MAX_CELL);
const day = (time: string): string => printable(time.slice(0, 10));

/** `not compliant: 2 blocking findings` */
export const verdict = (report: ScanReport): string => {
  const compliant = judgmentOf(report);
  if (compliant) return 'compliant';
  const count = (counted: (image: ReportedImage) => number): number =>
    report.images.reduce((sum, image) => sum + counted(image), 0);
  if (compliant === false)
    return `not compliant: ${plural(
      count(({ blocking }) => blocking.length),
      'blocking finding',
    )}`;
  const pending = count((image) => Number(image.report === undefined));
  if (pending > 0) return `compliance not known: ${plural(pending, 'image')} without a result`;
  const uncovered = count((image) => Number(image.uncovered.length > 0));
  if (uncovered > 0) {
    return `compliance not known: ${plural(uncovered, 'image')} with packages that were not looked at`;
  }
  if (report.kevProblem !== undefined) return `compliance not known: ${printable(report.kevProblem)}`;
  const outdated = count((image) => Number(isOutdated(image)));
  return `compliance not known: ${plural(outdated, 'image')} with an outdated result`;
};

const headline = (report: ScanReport): string => {
  const { scan, images, failOn, failOnKnownExploited } = report;
  const failed = images.filter(({ failure }) => failure !== undefined).length;
  const parts = [
    plural(images.length, 'image'),
    ...(failed > 0 ? [`${failed} failed`] : []),
    `failOn ${failOn}`,
    ...(failOnKnownExploited ? ['failOnKnownExploited'] : []),
  ];
  return `ImageScan ${scan.namespace}/${scan.name}: ${verdict(report)} (${parts.join(', ')})`;
};

const figuresOf = (image: ReportedImage): string[] => {
  if (image.report === undefined) return [...SEVERITIES.map(() => '-'), '-', '-', '-'];
  const counted = countedOf(image.judged);
  const counts = countBySeverity(counted);
  return [
    ...SEVERITIES.map((severity) => String(counts[severity])),
    String(counted.filter(isFixable).length),
    String(image.judged.length - counted.length),
    printable(image.report.scannedAt, 30),
  ];
};

const imageTable = (images: readonly ReportedImage[]): string[][] => [
  [
    ...['IMAGE', 'PLATFORM', 'SOURCE', 'STATE'],
    ...SEVERITIES.map((word) => word.toUpperCase()),
    ...['FIXABLE', 'SUPPRESSED', 'SCANNED'],
  ],
  ...images.map((image) => [
    printable(image.reference, MAX_IMAGE),
    cell(image.platform),
    describeSource(image),
    image.failure === undefined ? stateOf(image) : cell(image.failure.reason),
    ...figuresOf(image),
  ]),
];

/** Behind what is known beside it. */
const titleOf = ({ aliases, epss, knownExploited, title = '' }: KnownFinding): string => {
  const facts = [
    ...(knownExploited ? ['known to be exploited'] : []),
    ...(epss === undefined ? [] : [`EPSS ${epss}`]),
    ...(aliases ?? []),
  ];
  return facts.length === 0 ? title : `(${facts.join(', ')}) ${title}`;
};

const findingRow = ({ finding, counted, exception, expired }: Judged, since: boolean): string[] => {
  const said = expired ? `${exception?.status} until ${day(exception?.expiresAt ?? '')}` : exception?.status;
  return [
    counted ? finding.severity : `(${finding.severity})`,
    cell(finding.id),
    cell(finding.package),
    cell(finding.installed),
    cell(finding.fixed.join(', ')) || '-',
    ...(since ? [day(finding.firstSeenAt)] : []),
    said ?? '',
    printable(titleOf(finding)),
  ];
};

/** Findings that count first; suppressed ones are in brackets. @param since whether it is known when they were first seen */
const findingTable = (judged: readonly Judged[], since: boolean): string[][] => [
  [
    ...['SEVERITY', 'VULNERABILITY', 'PACKAGE', 'INSTALLED', 'FIXED'],
    ...(since ? ['KNOWN SINCE'] : []),
    ...['EXCEPTION', 'TITLE'],
  ],
  ...judged.toSorted((a, b) => Number(b.counted) - Number(a.counted)).map((one) => findingRow(one, since)),
];

/** Packages that were not looked at, accepted ones last. */
const gapLines = ({ uncovered, accepted }: ReportedImage): string[] => [
  ...uncovered.map(({ kind, message }) => `  not looked at (${kind}): ${printable(message, MAX_GAP)}`),
  ...accepted.map(({ kind, message }) => `  not looked at (${kind}, accepted): ${printable(message, MAX_GAP)}`),
];

/** What a user can do while there is no fix. */
export const WITHOUT_FIX = 'use an image without it, or accept it by spec.exceptions or spec.ignoreUnfixed';

/** The details of an image, if there is anything to say beyond its row. */
const section = (image: ReportedImage, report: ScanReport, width: number): string[] => {
  const counted = countedOf(image.judged);
  const { upgrades, unfixed } = adviceFor(counted, report);
  const oldest = oldestFixable(counted);
  const lines = [
    ...(image.failure ? [`  ${printable(`${image.failure.reason}: ${image.failure.message}`)}`] : []),
    ...(image.judged.length > 0
      ? formatColumns(findingTable(image.judged, hasHistory(report)), width - 2).map((line) => `  ${line}`)
      : []),
    ...gapLines(image),
    ...(image.outdated === undefined ? [] : [`  outdated: ${printable(image.outdated)}`]),
    ...describeAdvice({ upgrades, unfixed: [] }, image.report?.os).map((line) => `  to do: ${line}`),
    ...describeAdvice({ upgrades: [], unfixed }).map((line) => `  ${line}: ${WITHOUT_FIX}`),
    ...(oldest === undefined || !hasHistory(report) ? [] : [`  fixes have waited since ${printable(oldest, 30)}`]),
  ];
  return lines.length === 0 ? [] : ['', printable(`${image.reference} ${image.platform}`), ...lines];
};

const exceptionTable = (report: ScanReport): string[][] => [
  ['EXCEPTION', 'PACKAGE', 'IMAGE', 'STATUS', 'FINDINGS', 'ENDS', 'JUSTIFICATION'],
  ...exceptionRowsOf(report).map(
    ({ id, package: name, image, status, justification, findings, expiresAt, expired }) => [
      cell(id),
      cell(name ?? '') || '-',
      printable(image ?? '', MAX_IMAGE) || '-',
      status,
      String(findings),
      `${day(expiresAt ?? '') || '-'}${expired ? ' (expired)' : ''}`,
      printable(justification ?? ''),
    ],
  ),
];

/** A table for a terminal, the most severe first. Ends in a newline. */
export const toTable = (report: ScanReport, { width }: TableOptions): string => {
  const { images, exceptions } = report;
  const lines = [
    headline(report),
    ...(images.length > 0 ? ['', ...formatColumns(imageTable(images), width)] : []),
    ...images.flatMap((image) => section(image, report, width)),
    ...(exceptions.length > 0 ? ['', ...formatColumns(exceptionTable(report), width)] : []),
  ];
  return `${lines.map((line) => fit(line, width)).join('\n')}\n`;
};
