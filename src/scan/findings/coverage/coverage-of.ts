import type { UnknownKind } from '../../../api/imagescan.ts';
import { listedUpTo } from '../../../text/listed.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import type { Match } from '../match.ts';
import {
  distributionAdvisories,
  hasAdvisories,
  libraryAdvisories,
  type Rebuilder,
  strangeManager,
} from './advisories.ts';
import { type AnalyzedLayer, type AnalyzedPackage, type MergedPackages, mergeLayers, type Unread } from './analysis.ts';
import { type Coverage, type CoverageGap, MAX_GAP_MESSAGE, type PackageSource } from './coverage.ts';
import { isReadable, isUnversionedProgram } from './readable-version.ts';

export interface CoverageInput {
  readonly layers: readonly AnalyzedLayer[];
  readonly unread: Unread;
  readonly os?: Match['os'];
  /** Buckets of the database that was used; absent: not known, as with a Trivy server. */
  readonly buckets?: readonly string[];
  /** Whether a Trivy server has advisories for the distribution. */
  readonly isKnownToServer?: boolean;
}

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
  message: printable(message, MAX_GAP_MESSAGE),
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

/** By the versions of its packages: pkg/detector/ospkg/rootio/supplier.go. */
const OF_ROOT_IO: Readonly<Record<string, RegExp>> = {
  alpine: /-r\d007\d/,
  debian: /\.root\.io/,
  ubuntu: /\.root\.io/,
};

const rebuilderOf = ({ supplier, osPackages }: MergedPackages, family: string): Rebuilder | undefined => {
  if (supplier === 'rapidfort') return supplier;
  const pattern = Object.hasOwn(OF_ROOT_IO, family) ? OF_ROOT_IO[family] : undefined;
  const isRebuilt = osPackages.some((one) => pattern?.test([one.Version, one.Release].filter(Boolean).join('-')));
  return isRebuilt ? 'root.io' : undefined;
};

const OF_ANOTHER_RELEASE = 'use an image of a distribution and version that is supported';

interface Part {
  readonly sources: readonly PackageSource[];
  readonly gaps: readonly CoverageGap[];
}

/** The advisories that Trivy has matched packages of the distribution with; undefined: none. */
const advisoriesFor = (
  merged: MergedPackages,
  { family, version }: NonNullable<Match['os']>,
  { buckets, isKnownToServer = true }: Pick<CoverageInput, 'buckets' | 'isKnownToServer'>,
): string | undefined => {
  const { hasContentSets, isExtended, supplier, osPackages } = merged;
  const rebuilder = rebuilderOf(merged, family);
  // Detectors of suppliers do not ask for Alpine's repositories.
  const isSupplied = supplier !== undefined || rebuilder !== undefined || osPackages.some(isOfSeal);
  const repositoryRelease = isSupplied ? undefined : merged.repositoryRelease;
  const advisories = distributionAdvisories(family, version, { repositoryRelease, hasContentSets });
  if (advisories === undefined || !isKnownToServer) return undefined;
  return buckets === undefined || hasAdvisories(buckets, advisories, { isExtended, rebuilder })
    ? advisories
    : undefined;
};

const STRANGE = 'which its advisories do not describe';

/** Packages of a distribution that is not the image's, as after a copy of its package database. */
const ofStrangeManagers = (osPackages: readonly AnalyzedPackage[], family: string, title: string): CoverageGap[] => {
  const strange = Map.groupBy(osPackages, ({ AnalyzedBy }) => strangeManager(family, AnalyzedBy));
  return [...strange].flatMap(([manager, { length }]) => {
    if (manager === undefined) return [];
    const what = `${packages(length)} of the package manager ${manager} in an image of ${title}, ${STRANGE}`;
    return gap('ScannerLimit', length, `${what}: use one distribution`);
  });
};

const ofDistribution = (
  merged: MergedPackages,
  os: NonNullable<Match['os']>,
  database: Pick<CoverageInput, 'buckets' | 'isKnownToServer'>,
): Part => {
  const { osPackages, supplier } = merged;
  const { family, version } = os;
  const title = name(family === 'none' ? 'an unknown distribution' : `${family} ${version}`.trim());
  const [foreign, own] = [true, false].map((wanted) => osPackages.filter((one) => isForeign(one, family) === wanted));
  const gaps: CoverageGap[] = [];
  if (foreign!.length > 0) {
    const names = listed(foreign!.map(({ Name = '' }) => Name));
    const what = `${packages(foreign!.length)} of another distribution than ${title}, listed by an SBOM in the image: ${names}`;
    gaps.push(gap('ScannerLimit', foreign!.length, `${what}; remove that SBOM`));
  }
  if (own!.length === 0) return { sources: [], gaps };
  const advisories = advisoriesFor(merged, os, database);
  if (advisories === undefined) {
    const cause = `${packages(own!.length)} of ${title}, for which the vulnerability database has no advisories`;
    return {
      sources: [],
      gaps: [...gaps, gap('UnsupportedDistribution', own!.length, `${cause}: ${OF_ANOTHER_RELEASE}`)],
    };
  }
  const described = own!.filter(({ AnalyzedBy }) => strangeManager(family, AnalyzedBy) === undefined);
  gaps.push(...ofStrangeManagers(own!, family, title));
  const [dropped, offered] = [true, false].map((wanted) =>
    described.filter((one) => isDropped(one, family, supplier) === wanted),
  ) as [AnalyzedPackage[], AnalyzedPackage[]];
  if (dropped.length > 0 && offered.length === 0) {
    // As of a rebuild that keeps the name of the distribution: nothing of it was looked at.
    const what = `all ${packages(dropped.length)} of ${title} are of other vendors, ${STRANGE}`;
    gaps.push(gap('UnsupportedDistribution', dropped.length, `${what}: ${OF_ANOTHER_RELEASE}`));
  } else if (dropped.length > 0) {
    const what = `${packages(dropped.length)} of other vendors than ${title}, ${STRANGE}`;
    const names = listed(dropped.map(({ Name = '' }) => Name));
    gaps.push(gap('ThirdPartyPackages', dropped.length, `${what}: ${names}; follow the advisories of their vendors`));
  }
  const matched = offered.filter((one) => isReadable(family, one));
  gaps.push(...ofVersions(offered.length - matched.length, title));
  return { sources: matched.length === 0 ? [] : [{ type: family, packages: matched.length, advisories }], gaps };
};

const ofVersions = (count: number, title: string): CoverageGap[] => {
  if (count === 0) return [];
  const what = `${packages(count)} of ${title} without a version that the scanner can read`;
  return [gap('ScannerLimit', count, `${what}: build the image again`)];
};

const ofPrograms = (programs: readonly AnalyzedPackage[]): CoverageGap[] => {
  if (programs.length === 0) return [];
  const names = listed(programs.map(({ Name = '' }) => Name));
  const what = `${plural(programs.length, 'Go program')} without a version, whose own vulnerabilities are not found: ${names}`;
  return [
    gap('UnversionedPrograms', programs.length, `${what}; build from a version control tag, with its .git directory`),
  ];
};

const ofLibraries = ({ libraries }: MergedPackages): Part => {
  const sources: PackageSource[] = [];
  const gaps: CoverageGap[] = [];
  for (const [type, all] of [...libraries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const advisories = libraryAdvisories(type);
    const { length } = all;
    if (length === 0) continue;
    if (advisories !== undefined) {
      const programs = all.filter((one) => isUnversionedProgram(type, one));
      const matched = all.filter((one) => isReadable(type, one));
      gaps.push(
        ...ofPrograms(programs),
        ...ofVersions(length - programs.length - matched.length, `type ${name(type)}`),
      );
      if (matched.length > 0) sources.push({ type, packages: matched.length, advisories });
    } else {
      const cause = `${packages(length)} of type ${name(type)}, for which the scanner has no advisories`;
      gaps.push(gap('ScannerLimit', length, `${cause}: follow the advisories of their vendors`));
    }
  }
  return { sources: sources.slice(0, MAX_SOURCES), gaps };
};

const ofJars = ({ jars, noJarIndex }: Unread): CoverageGap[] => {
  if (jars === undefined || jars.count === 0) return [];
  const cause = noJarIndex ?? 'the index of jars does not know them either';
  const what = `${plural(jars.count, 'jar')} without a pom.properties, as in ${listed(jars.examples, jars.count)}`;
  return [gap('UnidentifiedJars', jars.count, `${what}: ${cause}; add a pom.properties (META-INF/maven)`)];
};

const ofFiles = ({ files }: Unread): CoverageGap[] => {
  if (files === undefined || files.count === 0) return [];
  const what = `${plural(files.count, 'file')} that the scanner cannot read, as ${listed(files.examples, files.count)}`;
  return [gap('ScannerLimit', undefined, `the packages of ${what}: repair or remove them`)];
};

/** Where Trivy has found no package of a distribution. */
const ofUnreadDatabases = ({ distribution, databases = [] }: Unread, os: Match['os']): CoverageGap[] => {
  const detected = os === undefined || os.family === 'none' ? undefined : `${os.family} ${os.version}`;
  const found = distribution && [distribution.id, distribution.version ?? ''].join(' ').trim();
  const paths = listed(databases.map(({ path }) => path));
  if (databases.length === 0 && (detected !== undefined || found === undefined)) return [];
  if (detected !== undefined && databases.some(({ packages: count }) => count === undefined)) {
    const cause = `the scanner cannot read the package database of ${name(detected)} (${paths})`;
    return [gap('ScannerLimit', undefined, `${cause}: build the image again`)];
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
  return [gap('NoPackagesFound', undefined, `${what}; keep the package database in the image`)];
};

/** What a match has looked at. */
export const coverageOf = ({ layers, unread, os, ...database }: CoverageInput): Coverage => {
  const merged = mergeLayers(layers);
  const distribution = ofDistribution(merged, os ?? { family: 'none', version: '', endOfLife: false }, database);
  const libraries = ofLibraries(merged);
  const gaps = [...distribution.gaps, ...libraries.gaps, ...ofJars(unread), ...ofFiles(unread)];
  if (merged.osPackages.length === 0) gaps.push(...ofUnreadDatabases(unread, os));
  const hasLibraries = libraries.sources.length > 0;
  const isNothing = merged.osPackages.length === 0 && gaps.every(({ kind }) => kind === 'UnversionedPrograms');
  if (isNothing) gaps.push(...ofNothing(os, hasLibraries));
  if (unread.notKept !== undefined && unread.notKept.length > 0) {
    const cause = `the Trivy server does not take ${listed(unread.notKept)}`;
    gaps.push(gap('ScannerLimit', undefined, `${cause}: use scanner mode local or job`));
  }
  return { sources: [...distribution.sources, ...libraries.sources], gaps };
};
