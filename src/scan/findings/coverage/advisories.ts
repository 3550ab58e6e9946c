/** The advisories that Trivy 0.74 matches packages with: pkg/detector, and the buckets of trivy-db (pkg/vulnsrc/bucket). */

const major = (version: string): string => version.split('.')[0] ?? '';
const minor = (version: string): string => version.split('.').slice(0, 2).join('.');

/** Other versions of Amazon Linux are those of its first one, by year. */
const amazon = (version: string): string => {
  const release = major(version.split(' ')[0] ?? '');
  return ['2', '2022', '2023'].includes(release) ? release : '1';
};

type Bucket = (version: string, repositoryRelease: string | undefined) => string;

/** Buckets of the database by the family of a distribution. */
const DISTRIBUTIONS: Readonly<Record<string, Bucket>> = {
  alma: (version) => `alma ${major(version)}`,
  alpine: (version, release) => `alpine ${release === undefined ? minor(version) : ofAlpine(release)}`,
  amazon: (version) => `amazon linux ${amazon(version)}`,
  azurelinux: (version) => `Azure Linux ${minor(version)}`,
  bottlerocket: () => 'bottlerocket',
  'cbl-mariner': (version) => `CBL-Mariner ${minor(version)}`,
  // One for all its versions: the advisories name repositories.
  centos: () => 'Red Hat',
  chainguard: () => 'chainguard',
  debian: (version) => `debian ${major(version)}`,
  echo: () => 'echo',
  minimos: () => 'minimos',
  'opensuse-leap': (version) => `openSUSE Leap ${version}`,
  'opensuse-tumbleweed': () => 'openSUSE Tumbleweed',
  oracle: (version) => `Oracle Linux ${major(version)}`,
  photon: (version) => `Photon OS ${version}`,
  redhat: () => 'Red Hat',
  rocky: (version) => `rocky ${major(version)}`,
  sles: (version) => `SUSE Linux Enterprise ${version}`,
  slem: (version) => `SUSE Linux Enterprise Micro ${version}`,
  ubuntu: (version) => `ubuntu ${version}`,
  wolfi: () => 'wolfi',
};

/** The repository's release counts, as in edge, without its patch level. */
const ofAlpine = (release: string): string => (release.split('.').length > 2 ? minor(release) : release);

/** Undefined: Trivy has no detector for the distribution. */
export const distributionAdvisories = (
  family: string,
  version: string,
  repositoryRelease: string | undefined,
): string | undefined =>
  Object.hasOwn(DISTRIBUTIONS, family) ? DISTRIBUTIONS[family]?.(version, repositoryRelease) : undefined;

/**
 * Whether a database has a distribution's advisories.
 * @param buckets of the database
 */
export const hasAdvisories = (buckets: readonly string[], name: string): boolean =>
  // Those of extended support, and those of a supplier's rebuilds: ubuntu 18.04-ESM, root.io debian 12.
  buckets.some((bucket) => bucket === name || bucket === `${name}-ESM` || bucket.endsWith(` ${name}`));

const ECOSYSTEMS: Readonly<Record<string, readonly string[]>> = {
  bitnami: ['bitnami'],
  cargo: ['rustbinary', 'cargo'],
  cocoapods: ['cocoapods'],
  composer: ['composer', 'composer-vendor'],
  conan: ['conan'],
  erlang: ['hex'],
  go: ['gobinary', 'gomod'],
  julia: ['julia'],
  k8s: ['kubernetes'],
  maven: ['jar', 'pom', 'gradle', 'sbt'],
  npm: ['npm', 'yarn', 'pnpm', 'bun', 'node-pkg', 'javascript'],
  nuget: ['nuget', 'dotnet-core', 'packages-props'],
  pip: ['pipenv', 'poetry', 'pip', 'python-pkg', 'uv', 'pylock'],
  pub: ['pub'],
  rubygems: ['bundler', 'gemspec'],
  swift: ['swift'],
};

const ECOSYSTEM_OF = new Map(
  Object.entries(ECOSYSTEMS).flatMap(([ecosystem, types]) => types.map((type) => [type, ecosystem] as const)),
);

/** Undefined: Trivy lists packages of this type, and matches none. */
export const libraryAdvisories = (type: string): string | undefined => ECOSYSTEM_OF.get(type);
