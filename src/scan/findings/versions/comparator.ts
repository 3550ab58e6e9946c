import { compareApk } from './apk.ts';
import { compareBitnami } from './bitnami.ts';
import { compareDpkg } from './dpkg.ts';
import type { ExclusiveBounds } from './fixed-ranges.ts';
import { compareGem } from './gem.ts';
import { compareGeneric } from './generic.ts';
import { compareMaven } from './maven.ts';
import { comparePep440, PEP440_BOUNDS } from './pep440.ts';
import { compareRpm } from './rpm.ts';
import { compareSemver } from './semver.ts';

/** Negative: a is older. Undefined: one of them is no version of that kind. */
export type Comparator = (a: string, b: string) => number | undefined;

/** By Trivy's words for kinds of packages (pkg/fanal/types/const.go): here by its drivers, pkg/detector/ospkg. */
const DISTRIBUTIONS: readonly (readonly [Comparator, readonly string[]])[] = [
  // Trivy compares Amazon's RPMs as Debian's packages.
  [compareDpkg, ['amazon', 'debian', 'echo', 'ubuntu']],
  [compareApk, ['alpine', 'chainguard', 'minimos', 'wolfi']],
  [
    compareRpm,
    [
      ...['alma', 'azurelinux', 'bottlerocket', 'cbl-mariner', 'centos', 'centos-stream', 'coreos', 'fedora'],
      ...['opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'oracle', 'photon', 'redhat', 'rocky', 'slem', 'sles'],
    ],
  ],
];

const PYTHON: readonly string[] = ['pip', 'pipenv', 'poetry', 'pylock', 'python-pkg', 'uv'];

/** As pkg/detector/library/driver.go. conda has none: Trivy does not match it. */
const LANGUAGES: readonly (readonly [Comparator, readonly string[]])[] = [
  [compareMaven, ['gradle', 'jar', 'pom', 'sbt']],
  [comparePep440, PYTHON],
  [compareSemver, ['bun', 'javascript', 'node-pkg', 'npm', 'pnpm', 'yarn']],
  [compareGem, ['bundler', 'cocoapods', 'gemspec']],
  [compareBitnami, ['bitnami']],
  [
    compareGeneric,
    [
      ...['cargo', 'composer', 'composer-vendor', 'conan', 'dotnet-core', 'gobinary', 'gomod', 'hex', 'julia'],
      ...['kubernetes', 'nuget', 'packages-props', 'pub', 'rustbinary', 'swift'],
    ],
  ],
];

/** No version is as long, and the comparison of two could take long. */
const LONGEST = 256;

const bounded =
  (compare: Comparator): Comparator =>
  (a, b) =>
    Math.max(a.length, b.length) > LONGEST ? undefined : compare(a, b);

const BY_TYPE: ReadonlyMap<string, Comparator> = new Map(
  [...DISTRIBUTIONS, ...LANGUAGES].flatMap(([compare, types]) =>
    types.map((type) => [type, bounded(compare)] as const),
  ),
);

const SOURCE_VERSIONS = new Set(DISTRIBUTIONS.flatMap(([, types]) => types));

/** Whether a fix is a version of the source package, which the version of the package itself need not resemble. */
export const isSourceVersioned = (type: string): boolean => SOURCE_VERSIONS.has(type);

/** Where `<` and `>` of this kind begin to hold; undefined: at the version. */
export const exclusiveBoundsFor = (type: string): ExclusiveBounds | undefined =>
  PYTHON.includes(type) ? PEP440_BOUNDS : undefined;

/** How versions of packages of this kind are ordered; undefined when that is not known here. */
export const comparatorFor = (type: string): Comparator | undefined => BY_TYPE.get(type);
