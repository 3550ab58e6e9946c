import { GROUP, IMAGE_SCAN, VERSION } from '../../../api/group.ts';
import type { Severity } from '../../../api/imagescan.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../../api/keys.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { printable } from '../../../text/printable.ts';
import { countedOf, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { SEVERITIES } from '../../findings/severity.ts';
import { isImageCompliant, type ReportedImage, type ScanName, type ScanReport } from '../model.ts';

/** reports.openreports.io, as github.com/openreports/reports-api 0.2.1 ships it. */
export const OPEN_REPORTS = {
  group: 'openreports.io',
  version: 'v1alpha1',
  plural: 'reports',
  kind: 'Report',
  namespaced: true,
} as const;

/** How many results a Report holds at most: with its texts bounded too, less than half of what etcd takes. */
const MAX_RESULTS = 500;
const MAX_TEXT = 256;

/** How many results were left out; absent: none. */
const OMITTED_ANNOTATION = `${GROUP}/omitted-results`;

type PolicyResult = 'pass' | 'fail' | 'warn' | 'error' | 'skip';

interface ReportResult {
  readonly source: 'palisade';
  readonly policy: string;
  readonly rule: string;
  readonly category: 'Vulnerabilities';
  readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'info';
  readonly result: PolicyResult;
  readonly message: string;
  readonly timestamp?: { readonly seconds: number; readonly nanos: number };
  readonly resources: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
  readonly properties: Readonly<Record<string, string>>;
}

export interface OpenReport extends Omit<KubeObject, 'metadata'> {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly source: 'palisade';
  readonly scope: object;
  readonly configuration: { readonly limits: { readonly maxResults: number } };
  /** Exact, also over results that are left out. */
  readonly summary: Readonly<Record<PolicyResult, number>>;
  readonly results: readonly ReportResult[];
}

const severityOf = (severity: Severity): ReportResult['severity'] =>
  severity === 'Unknown' ? 'info' : (severity.toLowerCase() as Lowercase<typeof severity>);

/** The more urgent first. */
const RESULTS: readonly PolicyResult[] = ['error', 'fail', 'warn', 'skip', 'pass'];

const safe = (text: string): string => printable(text, MAX_TEXT);

const timestampOf = (time: string | undefined): Pick<ReportResult, 'timestamp'> => {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? {} : { timestamp: { seconds: Math.floor(ms / 1000), nanos: 0 } };
};

/** The common fields of all results of an image. */
const commonOf = (image: ReportedImage, { namespace, name }: ScanName) =>
  ({
    source: 'palisade',
    policy: `${namespace}/${name}`,
    category: 'Vulnerabilities',
    resources: [{ kind: 'Image', namespace, name: safe(image.reference) }],
    ...timestampOf(image.report?.scannedAt),
  }) as const;

const imageProperties = ({ reference, digest, platform }: ReportedImage): Record<string, string> => ({
  image: safe(reference),
  ...(digest !== undefined && { digest: safe(digest) }),
  platform: safe(platform),
});

const propertiesOf = ({ finding, exception, expired }: Judged, image: ReportedImage): Record<string, string> => {
  const { aliases, epss, knownExploited, package: name, installed, fixed, path, url, firstSeenAt } = finding;
  const texts = {
    aliases: aliases?.join(', '),
    epss: epss?.toString(),
    knownExploited: knownExploited?.toString(),
    package: name,
    installed,
    fixed: fixed.join(', '),
    path,
    url,
    firstSeenAt,
    exception: expired ? `${exception?.status} (expired)` : exception?.status,
    justification: exception?.justification,
  };
  const found = Object.entries(texts).flatMap(([key, text]) => (text ? [[key, safe(text)] as const] : []));
  return { ...imageProperties(image), ...Object.fromEntries(found) };
};

const resultOf = ({ finding, counted }: Judged, blocking: ReadonlySet<KnownFinding>): PolicyResult => {
  if (!counted) return 'skip';
  return blocking.has(finding) ? 'fail' : 'warn';
};

const findingResults = (image: ReportedImage, scan: ScanName): ReportResult[] => {
  const advise = recommendations(countedOf(image.judged));
  const blocking = new Set(image.blocking);
  return image.judged.map((judged) => {
    const { id, severity, title, package: name } = judged.finding;
    return {
      ...commonOf(image, scan),
      rule: safe(id),
      severity: severityOf(severity),
      result: resultOf(judged, blocking),
      message: safe(`${title ?? `${id} in ${name}`}: ${advise(judged.finding)}`),
      properties: propertiesOf(judged, image),
    };
  });
};

/** Results for an image itself: it could not be scanned, was not looked at in full, or is compliant. */
const imageResults = (image: ReportedImage, report: ScanReport): ReportResult[] => {
  const of = (result: PolicyResult, rule: string, message: string): ReportResult => ({
    ...commonOf(image, report.scan),
    rule: safe(rule),
    severity: 'info',
    result,
    message: safe(message),
    properties: imageProperties(image),
  });
  const failed = image.failure ? [of('error', image.failure.reason, image.failure.message)] : [];
  const uncovered = image.uncovered.map(({ kind, message }) => of('warn', kind, message));
  const kev = report.kevProblem === undefined ? [] : [of('warn', 'KnownExploitedUnknown', report.kevProblem)];
  const outdated = image.outdated === undefined ? [] : [of('warn', 'OutdatedResult', image.outdated)];
  const compliant = outdated.length === 0 && isImageCompliant(image, report) === true;
  const passed = compliant ? [of('pass', 'Compliant', `${image.reference} is compliant`)] : [];
  return [...failed, ...uncovered, ...kev, ...outdated, ...passed];
};

const summarize = (results: readonly ReportResult[]): Record<PolicyResult, number> => {
  const summary = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const { result } of results) summary[result] += 1;
  return summary;
};

const byUrgency = (results: readonly ReportResult[]): ReportResult[] => {
  const severities = SEVERITIES.map(severityOf);
  // Stable: of equals the image that stands first in the report.
  return results.toSorted(
    (a, b) =>
      RESULTS.indexOf(a.result) - RESULTS.indexOf(b.result) ||
      severities.indexOf(a.severity) - severities.indexOf(b.severity),
  );
};

/**
 * A Report of openreports.io for an ImageScan, of the name `imagescan-` and the ImageScan's. fail: blocks;
 * warn: counts, but does not block, packages that were not looked at, or an outdated result; skip: suppressed by an exception; error: an image that could not be scanned;
 * pass: a compliant image. At most MAX_RESULTS, the urgent ones first.
 */
export const toOpenReport = (report: ScanReport): OpenReport => {
  const { scan, images } = report;
  const { namespace, name, uid } = scan;
  const all = byUrgency(images.flatMap((image) => [...imageResults(image, report), ...findingResults(image, scan)]));
  const omitted = Math.max(0, all.length - MAX_RESULTS);
  return {
    apiVersion: `${OPEN_REPORTS.group}/${OPEN_REPORTS.version}`,
    kind: OPEN_REPORTS.kind,
    metadata: {
      namespace,
      name: `imagescan-${name}`,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      ...(omitted > 0 && { annotations: { [OMITTED_ANNOTATION]: String(omitted) } }),
    },
    source: 'palisade',
    scope: {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: IMAGE_SCAN.kind,
      namespace,
      name,
      ...(uid !== undefined && { uid }),
    },
    configuration: { limits: { maxResults: MAX_RESULTS } },
    summary: summarize(all),
    results: all.slice(0, MAX_RESULTS),
  };
};
