import type { Log, Notification, Result, Run, Suppression } from 'sarif';
import { parseReference } from '../../../api/image-reference.ts';
import { repositoryOf } from '../../../api/repository-pattern.ts';
import { printable } from '../../../text/printable.ts';
import { countedOf, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { compareSeverity } from '../../findings/severity.ts';
import type { ReportedImage, ScanReport } from '../model.ts';
import { RELEASE } from '../model.ts';
import { contentHash } from './content-hash.ts';
import { plainText } from './plain-text.ts';
import { LEVELS, toRules } from './sarif-rules.ts';

const MAX_TEXT = 1000;
const text = (value: string): { text: string } => ({ text: plainText(value, MAX_TEXT) || '-' });

/** not_affected and fixed: accepted; under_investigation: asked for, and not suppressed by that. */
const suppressionsOf = ({ counted, exception, expired }: Judged): Suppression[] => {
  if (exception === undefined || expired || exception.status === 'affected') return [];
  const status = counted ? 'underReview' : 'accepted';
  return [
    {
      kind: 'external',
      status,
      justification: printable(
        [exception.status, exception.justification?.trim()].filter(Boolean).join(': '),
        MAX_TEXT,
      ),
    },
  ];
};

/** Without tag and digest, so that an alert survives both; a reference that nothing can pull stays as it is. */
const repositoryOfImage = (reference: string): string => {
  const parsed = parseReference(reference);
  return parsed === undefined ? reference : repositoryOf(parsed);
};

/** A relative reference of one to one with the repository: `registry.example.com%3A5000/team/app`. */
const uriOf = (repository: string): string => repository.toWellFormed().split('/').map(encodeURIComponent).join('/');

const messageOf = (
  { id, package: name, installed, severity }: KnownFinding,
  image: ReportedImage,
  advice: string,
): string => `${severity} ${id} in ${name} ${installed} of ${image.reference}: ${advice}`;

const propertiesOf = (
  judged: Judged,
  image: ReportedImage,
  blocking: ReadonlySet<KnownFinding>,
): Result['properties'] => {
  const { finding, counted, exception, expired } = judged;
  return {
    aliases: finding.aliases,
    epss: finding.epss,
    knownExploited: finding.knownExploited,
    package: finding.package,
    installed: finding.installed,
    fixed: finding.fixed,
    path: finding.path,
    purl: finding.purl,
    firstSeenAt: finding.firstSeenAt,
    fixableSince: finding.fixableSince,
    counted,
    blocking: blocking.has(finding),
    ...{
      image: image.reference,
      digest: image.digest,
      platform: image.platform,
      pods: image.pods,
      source: image.source,
    },
    ...(exception && { exception: { ...exception, ...(expired && { expired }) } }),
  };
};

/** What identifies a finding in every build of an image: many paths contain the version, as in `app/lodash-4.17.20.tgz`. */
const identityOf = (repository: string, { id, type, package: name, path = '', installed }: KnownFinding): string =>
  contentHash([repository, type, name, installed === '' ? path : path.replaceAll(installed, '*'), id]).slice(0, 32);

/** As GitHub writes it, `hash:count`; the count tells equal ones of an image apart, such as two versions of a kernel. */
const lineHashes = (repository: string, judged: readonly Judged[]): string[] => {
  const counts = new Map<string, number>();
  return judged.map(({ finding }) => {
    const identity = identityOf(repository, finding);
    const count = (counts.get(identity) ?? 0) + 1;
    counts.set(identity, count);
    return `${identity}:${count}`;
  });
};

/** A result, and what its place among the gravest depends on. */
interface Ranked {
  readonly judged: Judged;
  readonly result: Result;
}

const toResults = (image: ReportedImage): Ranked[] => {
  const advise = recommendations(countedOf(image.judged));
  const blocking = new Set(image.blocking);
  const { reference, digest = '' } = image;
  const repository = repositoryOfImage(reference);
  const hashes = lineHashes(repository, image.judged);
  return image.judged.map((judged, index) => {
    const { id, severity, package: name, path = '' } = judged.finding;
    const advice = judged.counted ? advise(judged.finding) : `does not count: ${judged.exception?.status}`;
    const result: Result = {
      ruleId: id,
      level: LEVELS[severity],
      message: text(messageOf(judged.finding, image, advice)),
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: uriOf(repository) }, region: { startLine: 1 } },
          logicalLocations: [
            { name, kind: 'module', fullyQualifiedName: printable(`${reference}@${digest} ${path || name}`, MAX_TEXT) },
          ],
        },
      ],
      partialFingerprints: { primaryLocationLineHash: hashes[index]! },
      suppressions: suppressionsOf(judged),
      properties: propertiesOf(judged, image, blocking),
    };
    return { judged, result };
  });
};

/** Results and rules that GitHub accepts in one run. */
export const MOST_RESULTS = 25_000;

/** All in their order, or the gravest that fit, findings that count before suppressed ones. */
const gravest = (all: readonly Ranked[], most: number): readonly Ranked[] => {
  if (all.length <= most) return all;
  return all
    .toSorted(
      ({ judged: a }, { judged: b }) =>
        Number(b.counted) - Number(a.counted) || compareSeverity(a.finding.severity, b.finding.severity),
    )
    .slice(0, most);
};

const leftOutNotification = (leftOut: number, most: number): Notification[] =>
  leftOut === 0
    ? []
    : [
        {
          level: 'warning',
          descriptor: { id: 'TooManyResults' },
          message: text(
            `${leftOut} of ${leftOut + most} findings are left out, the least severe: GitHub accepts ${most} results in a run. For all of them, use another format, or split the pods among several ImageScans by spec.target.selector`,
          ),
        },
      ];

const toNotifications = (image: ReportedImage): Notification[] => {
  const notify = (level: 'error' | 'warning' | 'note', id: string, message: string): Notification => ({
    level,
    descriptor: { id },
    message: text(`${image.reference} ${image.platform}: ${message}`),
  });
  const { failure, uncovered, accepted, outdated } = image;
  return [
    ...(failure === undefined ? [] : [notify('error', failure.reason, failure.message)]),
    ...uncovered.map(({ kind, message }) => notify('warning', kind, message)),
    ...(outdated === undefined ? [] : [notify('warning', 'OutdatedResult', outdated)]),
    ...accepted.map(({ kind, message }) => notify('note', kind, message)),
  ];
};

/** A result of an ImageScan; with several in a run, its properties name the ImageScan. */
const resultsIn = ({ scan: { namespace, name }, images }: ScanReport, isOneOfSeveral: boolean): Ranked[] => {
  const ranked = images.flatMap(toResults);
  if (!isOneOfSeveral) return ranked;
  return ranked.map(({ judged, result }) => ({
    judged,
    result: { ...result, properties: { ...result.properties, imageScan: `${namespace}/${name}` } },
  }));
};

/** What the results of an ImageScan depend on. */
const aboutScan = ({ generatedAt, failOn, failOnKnownExploited, ignoreUnfixed }: ScanReport) => ({
  generatedAt,
  failOn,
  failOnKnownExploited,
  ignoreUnfixed,
});

/** What is not known about a whole ImageScan. */
const unknownNotification = ({ scan: { namespace, name }, kevProblem }: ScanReport): Notification[] =>
  kevProblem === undefined
    ? []
    : [
        {
          level: 'warning',
          descriptor: { id: 'KnownExploitedUnknown' },
          message: text(`ImageScan ${namespace}/${name}: ${kevProblem}`),
        },
      ];

const propertiesOfRun = (reports: readonly ScanReport[]): Run['properties'] => {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return aboutScan(only);
  return { imageScans: reports.map((report) => ({ ...report.scan, ...aboutScan(report) })) };
};

/** The category of an analysis of GitHub, which replaces the earlier one of that category. */
const categoryOf = (reports: readonly ScanReport[]): string => {
  const [only] = reports;
  return only !== undefined && reports.length === 1
    ? `palisade/${only.scan.namespace}/${only.scan.name}/`
    : 'palisade/all-namespaces/';
};

/** One run: a rule for each vulnerability, a result for each finding; failures, and packages not looked at, are notifications. */
const toRun = (reports: readonly ScanReport[], most: number): Run => {
  const images = reports.flatMap((report) => report.images);
  const all = reports.flatMap((report) => resultsIn(report, reports.length > 1));
  const kept = gravest(all, most);
  const rules = toRules(images, new Set(kept.map(({ result }) => result.ruleId ?? '')));
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const notifications = [...images.flatMap(toNotifications), ...reports.flatMap(unknownNotification)];
  return {
    tool: { driver: { name: 'Palisade', version: RELEASE, rules } },
    automationDetails: { id: categoryOf(reports) },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: images.every(({ failure }) => failure === undefined),
        toolExecutionNotifications: [...notifications, ...leftOutNotification(all.length - kept.length, most)],
      },
    ],
    results: kept.map(({ result }) => ({ ...result, ruleIndex: ruleIndex.get(result.ruleId ?? '') ?? -1 })),
    properties: propertiesOfRun(reports),
  };
};

/**
 * SARIF 2.1.0 with one run, since GitHub accepts at most 20.
 * @param most results; the gravest are kept, and a notification says how many are left out
 */
export const toSarif = (reports: readonly ScanReport[], most = MOST_RESULTS): Log => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [toRun(reports, most)],
});
