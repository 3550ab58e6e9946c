import type { Files } from '../../../hack/images/layer.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../../hack/images/packages/go-binary.ts';
import { jar } from '../../../hack/images/packages/jar.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rpmDatabase } from '../../../hack/images/packages/rpm.ts';
import { rustBinary } from '../../../hack/images/packages/rust-binary.ts';
import type { Advisory } from '../../../hack/trivydb/fixture.ts';
import { ghsa } from '../corpus/corpus-image.ts';
import { distInfo } from '../corpus/python-files.ts';

/** A release: line, patch and hotfix, as in 1.2.3 and 1.2.3.1. */
export type Release = readonly [line: number, patch: number, hotfix: number];

/** Where a vulnerability is fixed: for each line the first release without it; absent: never there; null: not fixed there. */
export type FixedIn = readonly (Release | null | undefined)[];

export interface Installed {
  readonly name: string;
  readonly version: string;
}

export interface Ecosystem {
  readonly name: string;
  readonly bucket: string;
  /** Names of packages as Trivy finds and looks them up. */
  readonly nameOf: (index: number) => string;
  readonly versionOf: (release: Release) => string;
  readonly advisoryOf: (fixedIn: FixedIn) => Advisory;
  /** Of an image, beside those of other ecosystems. */
  readonly filesOf: (packages: readonly Installed[]) => Files;
}

const plain = ([line, patch, hotfix]: Release): string => `1.${line}.${patch}${hotfix > 0 ? `.${hotfix}` : ''}`;
const three = ([line, patch, hotfix]: Release): string => `1.${line}.${patch * 10 + hotfix}`;

/** As GHSA has them: a range for each line, and the release that ends it. */
const ranges =
  (versionOf: (release: Release) => string) =>
  (fixedIn: FixedIn): Advisory => {
    const lines = [...fixedIn.entries()].flatMap(([line, fixed]) => (fixed === undefined ? [] : [{ line, fixed }]));
    const startOf = (line: number): string => versionOf([line, 0, 0]);
    return {
      vulnerable: lines.map(({ line, fixed }) =>
        fixed === null ? `>=${startOf(line)}, <${startOf(line + 1)}` : `>=${startOf(line)}, <${versionOf(fixed)}`,
      ),
      patched: lines.flatMap(({ fixed }) => (fixed === null ? [] : [versionOf(fixed)])),
      vendorIDs: ['GHSA-aaaa-bbbb-cccc'],
    };
  };

/** As rubysec has them: `~> 1.2.3, >= 1.2.3.1` for a line, and no end for the newest. */
const compound = (fixedIn: FixedIn): Advisory => {
  const fixes = fixedIn.flatMap((fixed) => (fixed ? [fixed] : []));
  const last = fixedIn.at(-1) ? fixes.pop() : undefined;
  const lines = fixes.map((fixed) =>
    fixed[2] > 0 && fixed[1] % 2 === 0
      ? `~> ${plain([fixed[0], fixed[1], 0])}, >= ${plain(fixed)}`
      : `~> ${plain([...fixed.slice(0, 2), 0] as unknown as Release)}${fixed[2] > 0 ? `, >= ${plain(fixed)}` : ''}`,
  );
  return { patched: [...lines, ...(last ? [`>= ${plain(last)}`] : [])] };
};

const newest = (fixedIn: FixedIn): Release | undefined => fixedIn.findLast((fixed) => fixed != null) ?? undefined;

/** A distribution has one line. */
const single =
  (versionOf: (release: Release) => string) =>
  (fixedIn: FixedIn): Advisory => {
    const fixed = newest(fixedIn);
    return fixed === undefined ? { status: 'affected' } : { fixed: versionOf(fixed) };
  };

const each = (filesOf: (one: Installed) => Files) => (packages: readonly Installed[]) =>
  Object.assign({}, ...packages.map(filesOf)) as Files;

const language = (
  name: string,
  bucket: string,
  versionOf: Ecosystem['versionOf'],
  filesOf: Ecosystem['filesOf'],
  more: Partial<Ecosystem> = {},
): Ecosystem => ({
  ...{ name, bucket, versionOf, filesOf },
  nameOf: (index) => `${name}-${index}`,
  advisoryOf: ranges(versionOf),
  ...more,
});

const go = (release: Release): string => `v${three(release)}`;
const gemspec = ({ name, version }: Installed): Files => ({
  [`usr/bundle/specifications/${name}-${version}.gemspec`]: `Gem::Specification.new do |s|\n  s.name = "${name}".freeze\n  s.version = "${version}"\nend\n`,
});
const depsJson = (packages: readonly Installed[]): Files => {
  const target = '.NETCoreApp,Version=v8.0';
  const of = (value: object) => Object.fromEntries(packages.map(({ name, version }) => [`${name}/${version}`, value]));
  return {
    'app/app.deps.json': JSON.stringify({
      runtimeTarget: { name: target },
      targets: { [target]: of({ runtime: { 'lib/x.dll': {} } }) },
      libraries: of({ type: 'package', serviceable: true }),
    }),
  };
};

export const languages: readonly Ecosystem[] = [
  language(
    'npm',
    ghsa.npm,
    three,
    each(({ name, version }) => npmPackage('app', name, version)),
  ),
  language(
    'pip',
    ghsa.pip,
    plain,
    each(({ name, version }) => distInfo('usr/lib/python3/site-packages', name, version)),
  ),
  language('gem', ghsa.rubygems, plain, each(gemspec), { advisoryOf: compound }),
  language(
    'maven',
    ghsa.maven,
    (release) => `${plain(release)}.Final`,
    each(({ name, version }) => {
      const [groupId, artifactId] = name.split(':') as [string, string];
      return jar(`app/${artifactId}-${version}.jar`, { groupId, artifactId, version });
    }),
    { nameOf: (index) => `com.example:maven-${index}` },
  ),
  language(
    'go',
    ghsa.go,
    go,
    (packages) =>
      goBinary('usr/bin/program', {
        goVersion: 'go1.26.1',
        module: 'example.com/program',
        dependencies: packages.map(({ name, version }) => ({ path: name, version })),
      }),
    { nameOf: (index) => `example.com/go-${index}`, advisoryOf: ranges(three) },
  ),
  language('cargo', ghsa.cargo, three, (packages) =>
    rustBinary('usr/bin/rusty', [{ name: 'rusty', version: '0.1.0', root: true }, ...packages]),
  ),
  language(
    'composer',
    ghsa.composer,
    plain,
    (packages) => ({
      'app/vendor/composer/installed.json': JSON.stringify({
        packages: packages.map((one) => ({ ...one, type: 'library' })),
      }),
    }),
    { nameOf: (index) => `vendor/composer-${index}` },
  ),
  language('nuget', ghsa.nuget, plain, depsJson),
];

const deb = (release: Release): string => `1:${plain(release)}-1~deb12u${release[2] + 1}`;
const apk = (release: Release): string => `1.${release[0]}.${release[1]}_p${release[2]}-r1`;
const rpm = ([line, patch, hotfix]: Release): string => `1.${line}.${patch}-${hotfix + 1}.el9_4`;

export const distributions: readonly Ecosystem[] = [
  {
    ...{ name: 'deb', bucket: 'debian 12', versionOf: deb, advisoryOf: single(deb) },
    nameOf: (index) => `deb-${index}`,
    filesOf: (packages) => debian('12.11', packages),
  },
  {
    ...{ name: 'apk', bucket: 'alpine 3.22', versionOf: apk, advisoryOf: single(apk) },
    nameOf: (index) => `apk-${index}`,
    filesOf: (packages) => alpine('3.22.1', packages),
  },
  {
    ...{ name: 'rpm', bucket: 'alma 9', versionOf: rpm, advisoryOf: single(rpm) },
    nameOf: (index) => `rpm-${index}`,
    filesOf: (packages) => ({
      ...osRelease('almalinux', '9.4'),
      'etc/almalinux-release': 'AlmaLinux release 9.4 (Seafoam Ocelot)\n',
      ...rpmDatabase(
        packages.map(({ name, version }) => {
          const [upstream = '', release = ''] = version.split('-');
          return { name, version: upstream, release, vendor: 'AlmaLinux' };
        }),
      ),
    }),
  },
];
