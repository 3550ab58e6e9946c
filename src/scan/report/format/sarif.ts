import type { Log, Notification, ReportingDescriptor, Result, Run, Suppression } from 'sarif';
import type { Severity } from '../../../api/imagescan.ts';
import { printable } from '../../../text/printable.ts';
import { countedOf, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { compareText } from '../../findings/order.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { compareSeverity } from '../../findings/severity.ts';
import type { ReportedImage, ScanReport } from '../model.ts';
import { contentHash } from './content-hash.ts';
import { webAddress } from './web-address.ts';

const LEVELS = { Critical: 'error', High: 'error', Medium: 'warning', Low: 'note', Unknown: 'note' } as const;

/** In the middle of the CVSS band of each word: GitHub sorts alerts by it, and shows the word of the band. */
const SCORES: Readonly<Record<Severity, string>> = {
  Critical: '9.5',
  High: '8.0',
  Medium: '5.5',
  Low: '2.0',
  Unknown: '0.0',
};

const MAX_TEXT = 1000;
const text = (value: string): { text: string } => ({ text: printable(value, MAX_TEXT) || '-' });

/** A rule for each vulnerability, as its most severe finding shows it. */
const toRule = ({ id, title, url, severity }: KnownFinding): ReportingDescriptor => {
  const address = webAddress(url);
  return {
    id,
    shortDescription: text(title ?? id),
    ...(address !== undefined && { helpUri: address }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      'security-severity': SCORES[severity],
      precision: 'very-high',
      tags: ['security', 'vulnerability', severity.toLowerCase()],
    },
  };
};

const rulesOf = (images: readonly ReportedImage[]): ReportingDescriptor[] => {
  const findings = images.flatMap(({ judged }) => judged.map(({ finding }) => finding));
  const byId = Map.groupBy(findings, ({ id }) => id);
  return [...byId]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, same]) => {
      const gravest = (a: KnownFinding, b: KnownFinding): number =>
        compareSeverity(a.severity, b.severity) ||
        compareText(a.title ?? '', b.title ?? '') ||
        compareText(a.url ?? '', b.url ?? '');
      return toRule(same.sort(gravest)[0]!);
    });
};

/** not_affected and fixed: accepted; under_investigation: asked for, and not suppressed by that. */
const suppressionsOf = ({ counted, exception, expired }: Judged): Suppression[] => {
  if (exception === undefined || expired || exception.status === 'affected') return [];
  const status = counted ? 'underReview' : 'accepted';
  return [
    {
      kind: 'external',
      status,
      justification: printable(`${exception.status}: ${exception.justification ?? ''}`, MAX_TEXT),
    },
  ];
};

/** A relative reference of one to one with the image's: `registry.example.com%3A5000/team/app%3A1.2`. */
const uriOf = (reference: string): string => reference.toWellFormed().split('/').map(encodeURIComponent).join('/');

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
  const { package: name, installed, fixed, path, purl, firstSeenAt, fixableSince } = finding;
  return {
    ...{ package: name, installed, fixed, path, purl, firstSeenAt, fixableSince, counted },
    blocking: blocking.has(finding),
    ...{ image: image.reference, digest: image.digest, platform: image.platform, pods: image.pods },
    ...(exception && { exception: { ...exception, ...(expired && { expired }) } }),
  };
};

const toResults = (image: ReportedImage, ruleIndex: ReadonlyMap<string, number>): Result[] => {
  const advise = recommendations(countedOf(image.judged));
  const blocking = new Set(image.blocking);
  const { reference, digest = '', platform } = image;
  return image.judged.map((judged) => {
    const { id, severity, package: name, path = '' } = judged.finding;
    const advice = judged.counted ? advise(judged.finding) : `does not count: ${judged.exception?.status}`;
    return {
      ruleId: id,
      ruleIndex: ruleIndex.get(id) ?? -1,
      level: LEVELS[severity],
      message: text(messageOf(judged.finding, image, advice)),
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: uriOf(reference) }, region: { startLine: 1 } },
          logicalLocations: [
            { name, kind: 'module', fullyQualifiedName: printable(`${reference}@${digest} ${path || name}`, MAX_TEXT) },
          ],
        },
      ],
      // Stays when the tag, the digest or the installed version changes, so that an alert does.
      partialFingerprints: {
        'palisadeFinding/v1': contentHash([reference.replace(/[:@][^/]*$/, ''), platform, id, name, path]),
      },
      suppressions: suppressionsOf(judged),
      properties: propertiesOf(judged, image, blocking),
    };
  });
};

const toNotification = (image: ReportedImage): Notification[] =>
  image.failure === undefined
    ? []
    : [
        {
          level: 'error',
          descriptor: { id: image.failure.reason },
          message: text(`${image.reference} ${image.platform}: ${image.failure.message}`),
        },
      ];

/** SARIF 2.1.0: a rule for each vulnerability, a result for each finding; images that failed are notifications. */
export const toSarif = ({ scan, generatedAt, failOn, ignoreUnfixed, images }: ScanReport): Log => {
  const rules = rulesOf(images);
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const toolExecutionNotifications = images.flatMap(toNotification);
  const run: Run = {
    tool: { driver: { name: 'Palisade', rules } },
    automationDetails: { id: `palisade/${scan.namespace}/${scan.name}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: toolExecutionNotifications.length === 0, toolExecutionNotifications }],
    results: images.flatMap((image) => toResults(image, ruleIndex)),
    properties: { generatedAt, failOn, ignoreUnfixed },
  };
  return { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
};
