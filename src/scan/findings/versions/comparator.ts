import { compareApk } from './apk.ts';
import { compareDpkg } from './dpkg.ts';
import { compareMaven } from './maven.ts';
import { comparePep440 } from './pep440.ts';
import { compareRpm } from './rpm.ts';
import { compareSemver } from './semver.ts';

/** Negative: a is older. Undefined: one of them is no version of that kind. */
export type Comparator = (a: string, b: string) => number | undefined;

/** By Trivy's words for kinds of packages (pkg/fanal/types/const.go), which are the distribution for its packages. */
const TYPES: readonly (readonly [Comparator, readonly string[]])[] = [
  [compareDpkg, ['debian', 'ubuntu', 'echo']],
  [compareApk, ['alpine', 'chainguard', 'minimos', 'wolfi']],
  [
    compareRpm,
    [
      ...['alma', 'amazon', 'azurelinux', 'bottlerocket', 'cbl-mariner', 'centos', 'centos-stream', 'fedora'],
      ...['opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'oracle', 'photon', 'redhat', 'rocky', 'slem', 'sles'],
    ],
  ],
  [compareMaven, ['gradle', 'jar', 'pom', 'sbt']],
  [comparePep440, ['pip', 'pipenv', 'poetry', 'pylock', 'python-pkg', 'uv']],
  [
    compareSemver,
    [
      ...['bun', 'cargo', 'composer', 'composer-vendor', 'dotnet-core', 'gobinary', 'gomod', 'javascript', 'node-pkg'],
      ...['npm', 'nuget', 'packages-props', 'pnpm', 'rustbinary', 'yarn'],
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
  TYPES.flatMap(([compare, types]) => types.map((type) => [type, bounded(compare)] as const)),
);

/** How versions of packages of this kind are ordered; undefined when that is not known here. */
export const comparatorFor = (type: string): Comparator | undefined => BY_TYPE.get(type);
