import type { UnknownKind } from '../../../api/imagescan.ts';
import { listedUpTo } from '../../../text/listed.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import type { Match } from '../match.ts';
import { distributionAdvisories, hasAdvisories, libraryAdvisories } from './advisories.ts';
import { type AnalyzedLayer, type AnalyzedPackage, type MergedPackages, mergeLayers, type Unread } from './analysis.ts';
import type { Coverage, CoverageGap, PackageSource } from './coverage.ts';

export interface CoverageInput {
  readonly layers: readonly AnalyzedLayer[];
  readonly unread: Unread;
  readonly os?: Match['os'];
  /** Buckets of the database that was used; absent: not known, as with a Trivy server. */
  readonly buckets?: readonly string[];
}

/** As the schema bounds it. */
const MAX_MESSAGE = 512;
const MAX_NAME = 64;
/** How many names a message has. */
const NAMED = 3;
const MAX_SOURCES = 32;

const name = (text: string): string => printable(text, MAX_NAME);

const listed = (names: readonly string[], count = names.length): string =>
  listedUpTo(NAMED, names.slice(0, NAMED).map(name), count);

const gap = (kind: UnknownKind, count: number | undefined, message: string): CoverageGap => ({
  kind,
  ...(count !== undefined && { count }),
  message: printable(message, MAX_MESSAGE),
});

const packages = (count: number): string => plural(count, 'package');

/** Trivy's own name: suse for what it calls sles. pkg/fanal/types/const.go, PurlNamespace */
const purlNamespace = (family: string): string => {
  if (family === 'sles' || family === 'slem') return 'suse';
  return family.startsWith('opensuse-') ? 'opensuse' : family;
};

/** A package of another distribution, as an SBOM inside the image may list: Trivy drops it. */
const isForeign = ({ Identifier }: AnalyzedPackage, family: string): boolean => {
  const [, namespace, ...rest] = Identifier?.PURL?.split('?')[0]?.split('/') ?? [];
  return namespace !== undefined && rest.length > 0 && namespace !== purlNamespace(family);
};

const isOfSeal = ({ Name = '', SrcName = '' }: AnalyzedPackage): boolean =>
  [Name, SrcName].some((text) => text.toLowerCase().startsWith('seal-'));

/** Trivy matches a vendor's advisories with the vendor's packages only; some suppliers' advisories are about all. */
const isDropped = (one: AnalyzedPackage, family: string, supplier: string | undefined): boolean =>
  one.Repository?.Class === 'third-party' && family !== 'echo' && supplier !== 'rapidfort' && !isOfSeal(one);

/** Whether a supplier has rebuilt packages: its detectors do not ask for Alpine's repositories. */
const isRebuilt = ({ supplier, osPackages }: MergedPackages): boolean =>
  supplier !== undefined || osPackages.some((one) => isOfSeal(one) || /-r\d007\d/.test(one.Version ?? ''));

const OF_ANOTHER_RELEASE =
  'use an image of a distribution and version that is supported, or add UnsupportedDistribution to spec.acceptUnknown';

interface Part {
  readonly sources: readonly PackageSource[];
  readonly gaps: readonly CoverageGap[];
}

const ofDistribution = (
  merged: MergedPackages,
  os: NonNullable<Match['os']>,
  buckets: readonly string[] | undefined,
): Part => {
  const { osPackages, supplier } = merged;
  const repositoryRelease = isRebuilt(merged) ? undefined : merged.repositoryRelease;
  const { family, version } = os;
  const title = name(family === 'none' ? 'an unknown distribution' : `${family} ${version}`.trim());
  const [foreign, own] = [true, false].map((wanted) => osPackages.filter((one) => isForeign(one, family) === wanted));
  const gaps: CoverageGap[] = [];
  if (foreign!.length > 0) {
    const names = listed(foreign!.map(({ Name = '' }) => Name));
    const what = `${packages(foreign!.length)} of another distribution than ${title}, listed by an SBOM in the image: ${names}`;
    gaps.push(
      gap('ScannerLimit', foreign!.length, `${what}; remove that SBOM, or add ScannerLimit to spec.acceptUnknown`),
    );
  }
  if (own!.length === 0) return { sources: [], gaps };
  const advisories = distributionAdvisories(family, version, repositoryRelease);
  if (advisories === undefined || (buckets !== undefined && !hasAdvisories(buckets, advisories))) {
    const cause = `${packages(own!.length)} of ${title}, for which the vulnerability database has no advisories`;
    return {
      sources: [],
      gaps: [...gaps, gap('UnsupportedDistribution', own!.length, `${cause}: ${OF_ANOTHER_RELEASE}`)],
    };
  }
  const dropped = own!.filter((one) => isDropped(one, family, supplier));
  if (dropped.length > 0) {
    const what = `${packages(dropped.length)} of other vendors than ${title}, which its advisories do not describe`;
    const names = listed(dropped.map(({ Name = '' }) => Name));
    gaps.push(gap('ThirdPartyPackages', dropped.length, `${what}: ${names}; follow the advisories of their vendors`));
  }
  const matched = own!.length - dropped.length;
  return { sources: matched === 0 ? [] : [{ type: family, packages: matched, advisories }], gaps };
};

const ofLibraries = ({ libraries }: MergedPackages): Part => {
  const sources: PackageSource[] = [];
  const gaps: CoverageGap[] = [];
  for (const [type, { length }] of [...libraries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const advisories = libraryAdvisories(type);
    if (length === 0) continue;
    if (advisories !== undefined) sources.push({ type, packages: length, advisories });
    else {
      const cause = `${packages(length)} of type ${name(type)}, for which the scanner has no advisories`;
      gaps.push(gap('ScannerLimit', length, `${cause}: add ScannerLimit to spec.acceptUnknown`));
    }
  }
  return { sources: sources.slice(0, MAX_SOURCES), gaps };
};

const ofJars = ({ jars, noJarIndex }: Unread): CoverageGap[] => {
  if (jars === undefined || jars.count === 0) return [];
  const cause = noJarIndex ?? 'the index of jars does not know them either';
  const what = `${plural(jars.count, 'jar')} without a pom.properties, as in ${listed(jars.examples, jars.count)}`;
  const cure = 'add a pom.properties (META-INF/maven), or add UnidentifiedJars to spec.acceptUnknown';
  return [gap('UnidentifiedJars', jars.count, `${what}: ${cause}; ${cure}`)];
};

/** Where Trivy has found no package of a distribution. */
const ofUnreadDatabases = ({ distribution, databases = [] }: Unread, os: Match['os']): CoverageGap[] => {
  const detected = os === undefined || os.family === 'none' ? undefined : `${os.family} ${os.version}`;
  const found = distribution && [distribution.id, distribution.version ?? ''].join(' ').trim();
  const paths = listed(databases.map(({ path }) => path));
  if (databases.length === 0 && (detected !== undefined || found === undefined)) return [];
  if (detected !== undefined && databases.some(({ packages: count }) => count === undefined)) {
    const cause = `the scanner cannot read the package database of ${name(detected)} (${paths})`;
    return [
      gap('ScannerLimit', undefined, `${cause}: build the image again, or add ScannerLimit to spec.acceptUnknown`),
    ];
  }
  const count = databases.reduce((sum, one) => sum + (one.packages ?? 0), 0) || undefined;
  const where = databases.length === 0 ? '' : ` (${paths})`;
  const what = `${count === undefined ? 'the packages' : packages(count)} of ${name(found ?? 'an unknown distribution')}${where}`;
  return [gap('UnsupportedDistribution', count, `${what}, which the scanner cannot read: ${OF_ANOTHER_RELEASE}`)];
};

const ofNothing = (os: Match['os'], hasLibraries: boolean): CoverageGap[] => {
  const detected = os !== undefined && os.family !== 'none';
  if (hasLibraries && !detected) return [];
  const what = detected
    ? `no package database of ${name(`${os.family} ${os.version}`)}: the image may have removed it`
    : 'neither a package database nor packages of a programming language, as in an image of one static binary';
  return [gap('NoPackagesFound', undefined, `${what}; keep the package database in the image, or scan its SBOM`)];
};

/** What a match has looked at. */
export const coverageOf = ({ layers, unread, os, buckets }: CoverageInput): Coverage => {
  const merged = mergeLayers(layers);
  const distribution = ofDistribution(merged, os ?? { family: 'none', version: '', endOfLife: false }, buckets);
  const libraries = ofLibraries(merged);
  const gaps = [...distribution.gaps, ...libraries.gaps, ...ofJars(unread)];
  if (merged.osPackages.length === 0) gaps.push(...ofUnreadDatabases(unread, os));
  const hasLibraries = libraries.sources.length > 0;
  if (merged.osPackages.length === 0 && gaps.length === 0) gaps.push(...ofNothing(os, hasLibraries));
  if (unread.notKept !== undefined && unread.notKept.length > 0) {
    const cause = `the Trivy server does not take ${listed(unread.notKept)}`;
    const cure = 'use scanner mode local or job, or add ScannerLimit to spec.acceptUnknown';
    gaps.push(gap('ScannerLimit', undefined, `${cause}: ${cure}`));
  }
  return { sources: [...distribution.sources, ...libraries.sources], gaps };
};
