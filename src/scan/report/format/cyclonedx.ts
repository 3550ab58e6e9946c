import type { ScanException } from '../../../api/imagescan.ts';
import { compareText } from '../../../text/compare-text.ts';
import { printable } from '../../../text/printable.ts';
import { countedOf, type Judged } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { compareSeverity } from '../../findings/severity.ts';
import { lastOf, RELEASE, type ReportedImage, type ScanReport } from '../model.ts';
import { contentHash } from './content-hash.ts';
import { imagePurl, packagePurl } from './package-url.ts';
import { webAddress } from './web-address.ts';

/** CycloneDX 1.6, the parts that are written here. */
interface CycloneDxBom {
  readonly $schema: string;
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: number;
  readonly metadata: object;
  readonly components: readonly Component[];
  readonly vulnerabilities: readonly Vulnerability[];
}

interface Component {
  readonly type: 'container' | 'library' | 'application';
  readonly 'bom-ref'?: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
  readonly properties?: readonly Property[];
  readonly components?: readonly Component[];
}

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Analysis {
  readonly state: string;
  readonly justification?: string;
  readonly response?: readonly string[];
  readonly detail?: string;
}

interface Vulnerability {
  readonly id: string;
  /** Other identifiers; the schema wants a source for each. */
  readonly references?: readonly { readonly id: string; readonly source: { readonly name: string } }[];
  readonly ratings: readonly [{ readonly severity: string }];
  readonly description?: string;
  readonly recommendation?: string;
  readonly advisories?: readonly [{ readonly url: string }];
  readonly analysis?: Analysis;
  readonly affects: readonly { readonly ref: string }[];
}

const MAX_VERSION = 1024;

const STATES: Readonly<Record<ScanException['status'], string>> = {
  not_affected: 'not_affected',
  affected: 'exploitable',
  fixed: 'resolved',
  under_investigation: 'in_triage',
};

/** OpenVEX's words of which CycloneDX has the like. */
const JUSTIFICATIONS: ReadonlyMap<string, string> = new Map([
  ['component_not_present', 'code_not_present'],
  ['vulnerable_code_not_present', 'code_not_present'],
  ['vulnerable_code_not_in_execute_path', 'code_not_reachable'],
  ['inline_mitigations_already_exist', 'protected_by_mitigating_control'],
]);

/** The analysis of an exception; an expired one has none. */
const analysisOf = ({ exception, expired }: Judged): Analysis | undefined => {
  if (exception === undefined || expired) return undefined;
  const { status, justification: detail } = exception;
  const justification = status === 'not_affected' ? JUSTIFICATIONS.get(detail ?? '') : undefined;
  return {
    state: STATES[status],
    ...(justification !== undefined && { justification }),
    ...(detail && { detail }),
  };
};

/** An image of an ImageScan. Others may have the image too, with exceptions of their own. */
interface Member {
  readonly image: ReportedImage;
  /** Tells the ImageScans of a document apart; '' in a document of one. */
  readonly scan: string;
}

const refOfImage = ({ image, scan }: Member): string =>
  `${scan}${imagePurl(image)}#${image.platform}#${image.reference}`;

/** A finding, and the component that it is in: another one in each image and at each path, since exceptions may differ. */
interface Part {
  readonly judged: Judged;
  readonly ref: string;
}

const partsOf = (member: Member): Part[] => {
  const imageRef = refOfImage(member);
  return member.image.judged.map((judged) => {
    const { type, package: name, installed, path } = judged.finding;
    const hash = contentHash([packagePurl(judged.finding), type, name, installed, path]);
    return { judged, ref: `${imageRef}#${hash}` };
  });
};

const toLibrary = ({ judged: { finding }, ref }: Part): Component => ({
  type: 'library',
  'bom-ref': ref,
  name: finding.package,
  // The schema rejects longer ones.
  version: printable(finding.installed, MAX_VERSION),
  purl: packagePurl(finding),
  properties: [
    { name: 'palisade:type', value: finding.type },
    ...(finding.path === undefined ? [] : [{ name: 'palisade:path', value: finding.path }]),
  ],
});

const librariesOf = (parts: readonly Part[]): Component[] => {
  const byRef = new Map(parts.map((part) => [part.ref, part]));
  return [...byRef.values()]
    .sort((a, b) => compareText(a.judged.finding.package, b.judged.finding.package) || compareText(a.ref, b.ref))
    .map(toLibrary);
};

const hashesOf = (digest = ''): Pick<Component, 'hashes'> => {
  const content = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return content === undefined ? {} : { hashes: [{ alg: 'SHA-256', content }] };
};

const toContainer = ({ image, scan }: Member, parts: readonly Part[]): Component => ({
  type: 'container',
  'bom-ref': refOfImage({ image, scan }),
  name: image.reference,
  ...(image.digest !== undefined && { version: image.digest }),
  purl: imagePurl(image),
  ...hashesOf(image.digest),
  properties: [
    { name: 'palisade:platform', value: image.platform },
    ...(image.source === undefined ? [] : [{ name: 'palisade:source', value: image.source }]),
    ...(image.failure === undefined
      ? []
      : [{ name: 'palisade:failure', value: `${image.failure.reason}: ${image.failure.message}` }]),
    ...(image.outdated === undefined ? [] : [{ name: 'palisade:outdated', value: image.outdated }]),
  ],
  components: librariesOf(parts),
});

/** A finding as a vulnerability that affects one component. */
interface Occurrence {
  readonly finding: KnownFinding;
  readonly ref: string;
  readonly recommendation: string;
  readonly analysis?: Analysis;
}

const occurrencesIn = (image: ReportedImage, parts: readonly Part[]): Occurrence[] => {
  const advise = recommendations(countedOf(image.judged));
  return parts.map(({ judged, ref }) => {
    const analysis = analysisOf(judged);
    return { finding: judged.finding, ref, recommendation: advise(judged.finding), ...(analysis && { analysis }) };
  });
};

/** The source is the prefix: CVE, GHSA, PYSEC… */
const toReference = (id: string) => ({ id, source: { name: id.split('-')[0]! } });

const toVulnerability = (occurrences: readonly Occurrence[]): Vulnerability => {
  const [{ finding, analysis, recommendation }] = occurrences as [Occurrence];
  const address = webAddress(finding.url);
  return {
    id: finding.id,
    ...(finding.aliases !== undefined && { references: finding.aliases.map(toReference) }),
    ratings: [{ severity: finding.severity.toLowerCase() }],
    ...(finding.title && { description: finding.title }),
    recommendation,
    ...(address !== undefined && { advisories: [{ url: address }] }),
    ...(analysis && { analysis }),
    affects: [...new Set(occurrences.map(({ ref }) => ref))].sort().map((ref) => ({ ref })),
  };
};

/** An entry for each vulnerability and analysis, with all components that it affects. */
const vulnerabilitiesOf = (occurrences: readonly Occurrence[]): Vulnerability[] => {
  const keyOf = ({ finding: { id, aliases, severity, title, url }, analysis, recommendation }: Occurrence): string =>
    JSON.stringify([id, aliases, severity, title, url, analysis, recommendation]);
  return [...Map.groupBy(occurrences, keyOf)]
    .sort(
      ([a, [one]], [b, [other]]) =>
        compareSeverity(one!.finding.severity, other!.finding.severity) || compareText(a, b),
    )
    .map(([, same]) => toVulnerability(same));
};

const toolsOf = (images: readonly ReportedImage[]): Component[] => {
  const scanners = new Map(
    images.flatMap(({ report }) => (report ? [[JSON.stringify(report.scanner), report.scanner]] : [])),
  );
  return [
    { type: 'application', name: 'palisade', version: RELEASE },
    ...[...scanners]
      .sort(([a], [b]) => compareText(a, b))
      .map(([, { name, version }]): Component => ({ type: 'application', name, version })),
  ];
};

/** A UUID of version 8 (RFC 9562) with as much of a hash as fits. */
const toUuid = (hash: string): string =>
  `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;

const nameOf = ({ scan: { namespace, name } }: ScanReport): string => `${namespace}/${name}`;

/** The component of an ImageScan. */
const toApplication = (name: string): Component => ({ type: 'application', 'bom-ref': `imagescan:${name}`, name });

/** What the document is about, and its images: with several ImageScans, below a component for each. */
const contentOf = (reports: readonly ScanReport[], containersOf: (report: ScanReport) => Component[]) => {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) {
    return { component: toApplication(nameOf(only)), components: containersOf(only) };
  }
  return {
    component: { type: 'application', 'bom-ref': 'imagescans', name: 'ImageScans of all namespaces' },
    components: reports.map((report) => ({ ...toApplication(nameOf(report)), components: containersOf(report) })),
  };
};

/** CycloneDX 1.6: images with the packages that have findings, and the vulnerabilities with what exceptions say of them. */
export const toCycloneDx = (reports: readonly ScanReport[]): CycloneDxBom => {
  const isOne = reports.length === 1;
  const membersOf = (report: ScanReport) =>
    report.images.map((image) => {
      const member: Member = { image, scan: isOne ? '' : `${nameOf(report)}#` };
      return { member, parts: partsOf(member) };
    });
  const membersIn = new Map(reports.map((report) => [report, membersOf(report)]));
  const { component, components } = contentOf(reports, (report) =>
    membersIn.get(report)!.map(({ member, parts }) => toContainer(member, parts)),
  );
  const content = {
    metadata: {
      timestamp: lastOf(reports),
      tools: { components: toolsOf(reports.flatMap(({ images }) => images)) },
      component,
    },
    components,
    vulnerabilities: vulnerabilitiesOf(
      [...membersIn.values()].flat().flatMap(({ member, parts }) => occurrencesIn(member.image, parts)),
    ),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${toUuid(contentHash(content))}`,
    version: 1,
    ...content,
  };
};
