import type { ScanException } from '../../../api/imagescan.ts';
import { compareText } from '../../../text/compare-text.ts';
import { countedOf, type Judged, STATUSES } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { lastOf, type ReportedImage, type ScanReport } from '../model.ts';
import { contentHash } from './content-hash.ts';
import { packagePurls, productPurls } from './package-url.ts';

/** OpenVEX 0.2.0, the parts that are written here. */
interface OpenVexDocument {
  readonly '@context': 'https://openvex.dev/ns/v0.2.0';
  readonly '@id': string;
  readonly author: string;
  readonly timestamp: string;
  readonly version: number;
  readonly tooling: string;
  /** The schema requires at least one; without findings the list is empty. */
  readonly statements: readonly OpenVexStatement[];
}

interface OpenVexStatement {
  readonly vulnerability: { readonly name: string; readonly aliases?: readonly string[] };
  readonly products: readonly OpenVexProduct[];
  readonly status: ScanException['status'];
  readonly status_notes?: string;
  readonly justification?: string;
  readonly impact_statement?: string;
  readonly action_statement?: string;
}

interface OpenVexComponent {
  readonly '@id': string;
  readonly identifiers: { readonly purl: string };
}

interface OpenVexProduct extends OpenVexComponent {
  readonly subcomponents: readonly OpenVexComponent[];
}

/** The words that OpenVEX has for why something is not affected. */
const JUSTIFICATIONS: readonly string[] = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];

type Claim = Omit<OpenVexStatement, 'vulnerability' | 'products'>;

const notesOf = ({ justification }: ScanException): Pick<Claim, 'status_notes'> =>
  justification ? { status_notes: justification } : {};

/** not_affected has a justification or an impact statement, and never both. */
const whyNotAffected = ({ justification }: ScanException): Partial<Claim> =>
  justification !== undefined && JUSTIFICATIONS.includes(justification)
    ? { justification }
    : { impact_statement: justification || 'no reason is given' };

/** The claim for a finding: its exception's status, else affected. An expired exception does not apply. */
const claimOf = ({ exception, expired }: Judged, action: string): Claim => {
  if (exception === undefined || expired) return { status: 'affected', action_statement: action };
  const { status } = exception;
  if (status === 'not_affected') return { status, ...whyNotAffected(exception) };
  return { status, ...notesOf(exception), ...(status === 'affected' && { action_statement: action }) };
};

const component = (purl: string): OpenVexComponent => ({ '@id': purl, identifiers: { purl } });

/** One package of one image that a claim is about. */
interface Subject {
  readonly vulnerability: OpenVexStatement['vulnerability'];
  readonly claim: Claim;
  readonly image: string;
  /** Spellings of its package URL. */
  readonly packages: readonly string[];
}

const vulnerabilityOf = ({ id, aliases }: KnownFinding): OpenVexStatement['vulnerability'] => ({
  name: id,
  ...(aliases !== undefined && { aliases }),
});

const subjectsIn = (image: ReportedImage): Subject[] => {
  const advise = recommendations(countedOf(image.judged));
  const products = productPurls(image);
  return image.judged.flatMap((judged) => {
    const claim = claimOf(judged, advise(judged.finding));
    return products.map((product) => ({
      vulnerability: vulnerabilityOf(judged.finding),
      claim,
      image: product,
      packages: packagePurls(judged.finding),
    }));
  });
};

/** Of what several ImageScans say about a package of an image, the most cautious: readers would take any of them. */
const mostCautious = (subjects: readonly Subject[]): Subject[] =>
  [
    ...Map.groupBy(subjects, ({ vulnerability, image, packages }) =>
      JSON.stringify([vulnerability.name, image, packages[0]]),
    ).values(),
  ].flatMap((same) => {
    const cautious = STATUSES.find((status) => same.some(({ claim }) => claim.status === status));
    return same.filter(({ claim }) => claim.status === cautious);
  });

const productsOf = (subjects: readonly Subject[]): OpenVexProduct[] =>
  [...Map.groupBy(subjects, ({ image }) => image)]
    .sort(([a], [b]) => compareText(a, b))
    .map(([image, inImage]) => ({
      ...component(image),
      subcomponents: [...new Set(inImage.flatMap(({ packages }) => packages))].sort().map(component),
    }));

/** A statement for each vulnerability and claim, with all products that it is about. */
const statementsOf = (images: readonly ReportedImage[]): OpenVexStatement[] => {
  const subjects = mostCautious(images.flatMap(subjectsIn));
  return [
    ...Map.groupBy(subjects, ({ vulnerability, claim }) =>
      JSON.stringify([vulnerability.name, vulnerability.aliases, claim]),
    ),
  ]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, same]) => ({ vulnerability: same[0]!.vulnerability, products: productsOf(same), ...same[0]!.claim }));
};

const scannersOf = (images: readonly ReportedImage[]): string[] => [
  ...new Set(images.flatMap(({ report }) => (report ? [`${report.scanner.name} ${report.scanner.version}`] : []))),
];

const authorOf = (reports: readonly ScanReport[]): string => {
  const [only] = reports;
  return only !== undefined && reports.length === 1
    ? `Palisade ImageScan ${only.scan.namespace}/${only.scan.name}`
    : 'Palisade, ImageScans of all namespaces';
};

/** OpenVEX 0.2.0: what exceptions say, and what to do about all other findings. */
export const toOpenVex = (reports: readonly ScanReport[]): OpenVexDocument => {
  const images = reports.flatMap((report) => report.images);
  const content = {
    author: authorOf(reports),
    timestamp: lastOf(reports),
    version: 1,
    tooling: ['palisade', ...scannersOf(images).sort()].join(', '),
    statements: statementsOf(images),
  };
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `https://security.palisade.dev/openvex/${contentHash(content)}`,
    ...content,
  };
};
