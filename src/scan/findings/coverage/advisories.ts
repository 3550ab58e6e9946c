/** The advisories that Trivy 0.74 matches packages with: pkg/detector, and the buckets of trivy-db (pkg/vulnsrc/bucket). */

const major = (version: string): string => version.split('.')[0] ?? '';
const minor = (version: string): string => version.split('.').slice(0, 2).join('.');

/** Its first version by year, or as AMI release. Trivy takes the versions to come for it too, which have other packages. */
const FIRST_AMAZON = /^(?:1|201\d|AMI)$/;

const amazon = (version: string): string => {
  const release = major(version.split(' ')[0] ?? '');
  return FIRST_AMAZON.test(release) ? '1' : release;
};

/** The versions for which Trivy assumes repositories when the image does not name its own. */
const ASSUMED_RED_HAT = ['6', '7', '8', '9'];

const redHat: Bucket = (version, { hasContentSets }) =>
  hasContentSets || ASSUMED_RED_HAT.includes(major(version)) ? 'Red Hat' : undefined;

interface DistributionFacts {
  /** Of Alpine. */
  readonly repositoryRelease?: string | undefined;
  /** Red Hat's build information names repositories. */
  readonly hasContentSets: boolean;
}

type Bucket = (version: string, facts: DistributionFacts) => string | undefined;

/** Buckets of the database by the family of a distribution. */
const DISTRIBUTIONS: Readonly<Record<string, Bucket>> = {
  alma: (version) => `alma ${major(version)}`,
  alpine: (version, { repositoryRelease: release }) =>
    `alpine ${release === undefined ? minor(version) : ofAlpine(release)}`,
  amazon: (version) => `amazon linux ${amazon(version)}`,
  azurelinux: (version) => `Azure Linux ${minor(version)}`,
  bottlerocket: () => 'bottlerocket',
  'cbl-mariner': (version) => `CBL-Mariner ${minor(version)}`,
  // One for all its versions: the advisories name repositories.
  centos: redHat,
  chainguard: () => 'chainguard',
  debian: (version) => `debian ${major(version)}`,
  echo: () => 'echo',
  minimos: () => 'minimos',
  'opensuse-leap': (version) => `openSUSE Leap ${version}`,
  'opensuse-tumbleweed': () => 'openSUSE Tumbleweed',
  oracle: (version) => `Oracle Linux ${major(version)}`,
  photon: (version) => `Photon OS ${version}`,
  redhat: redHat,
  rocky: (version) => `rocky ${major(version)}`,
  sles: (version) => `SUSE Linux Enterprise ${version}`,
  slem: (version) => `SUSE Linux Enterprise Micro ${version}`,
  ubuntu: (version) => `ubuntu ${version}`,
  wolfi: () => 'wolfi',
};

/** The repository's release counts, as in edge, without its patch level. */
const ofAlpine = (release: string): string => (release.split('.').length > 2 ? minor(release) : release);

/** Undefined: Trivy has no detector for the distribution, or its detector looks at nothing. */
export const distributionAdvisories = (
  family: string,
  version: string,
  facts: DistributionFacts,
): string | undefined => (Object.hasOwn(DISTRIBUTIONS, family) ? DISTRIBUTIONS[family]?.(version, facts) : undefined);

/** Whose advisories are used instead of the distribution's. */
export type Rebuilder = 'root.io' | 'rapidfort';

interface AdvisoryFacts {
  /** Ubuntu's extended support. */
  readonly isExtended: boolean;
  readonly rebuilder?: Rebuilder | undefined;
}

/**
 * Whether a database has the advisories that Trivy matches packages of a distribution with.
 * @param buckets of the database
 */
export const hasAdvisories = (
  buckets: readonly string[],
  name: string,
  { isExtended, rebuilder }: AdvisoryFacts,
): boolean => {
  // RapidFort's are chosen for each package.
  if (rebuilder === 'rapidfort') return buckets.some((bucket) => bucket.startsWith('rapidfort '));
  return (
    buckets.includes(name) ||
    (rebuilder !== undefined && buckets.includes(`${rebuilder} ${name}`)) ||
    (isExtended && buckets.includes(`${name}-ESM`))
  );
};

const MANAGERS: Readonly<Record<string, readonly string[]>> = {
  apk: ['alpine', 'chainguard', 'minimos', 'wolfi'],
  dpkg: ['debian', 'ubuntu'],
  rpm: [
    ...['alma', 'amazon', 'azurelinux', 'cbl-mariner', 'centos', 'opensuse-leap', 'opensuse-tumbleweed', 'oracle'],
    ...['photon', 'redhat', 'rocky', 'slem', 'sles'],
  ],
};

const MANAGER_OF = new Map(
  Object.entries(MANAGERS).flatMap(([manager, families]) => families.map((family) => [family, manager] as const)),
);

/** By the analyzers of package databases, pkg/fanal/analyzer/const.go. */
const ANALYZERS: Readonly<Record<string, string>> = { apk: 'apk', dpkg: 'dpkg', rpm: 'rpm', rpmqa: 'rpm' };

/** The package manager of a package, if the advisories of the distribution are about another one's. */
export const strangeManager = (family: string, analyzer = ''): string | undefined => {
  const [own, other] = [MANAGER_OF.get(family), Object.hasOwn(ANALYZERS, analyzer) ? ANALYZERS[analyzer] : undefined];
  return own === undefined || own === other ? undefined : other;
};

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
