// suite: tools
// needs: scanner

import { join } from 'node:path';
import { zipSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import type { Files } from '../../../hack/images/layer.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../../hack/images/packages/go-binary.ts';
import { jar, namelessJar } from '../../../hack/images/packages/jar.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rpmDatabase } from '../../../hack/images/packages/rpm.ts';
import type { Coverage } from '../../../src/scan/findings/coverage/coverage.ts';
import { readBucketNames } from '../../../src/scan/scanner/database/bucket-names.ts';
import type { Database } from '../../../src/scan/scanner/database/database.ts';
import { TrivyScanner } from '../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { matchOf, never, requestFor, updatedAt, Workshop } from './workshop.ts';

const coverage = suite('coverage of real images');
let workshop: Workshop;
let database: Database;

coverage.before(async () => {
  workshop = await Workshop.open();
  const cache = await workshop.database('cache');
  const buckets = await readBucketNames(join(cache, 'db', 'trivy.db'));
  const args = ['--cache-dir', cache, '--skip-db-update'];
  database = {
    current: () => ({ updatedAt }),
    problem: () => undefined,
    acquire: () => ({ version: { updatedAt }, buckets, args, release: () => {} }),
    refresh: async () => false,
    discardDamaged: async () => false,
    subscribe: () => () => {},
  };
});
coverage.after(() => workshop.close());

const coverageOfImage = async (...layers: Files[]): Promise<Coverage | undefined> => {
  const made = await image({ layers });
  const scanner = new TrivyScanner({
    trivy: workshop.trivy(),
    version: { name: 'trivy', version: '0.74.0' },
    analyzer: await workshop.analyzer([made]),
    database,
    tempDirectories: workshop.tempDirectories,
    limits: defaultScanLimits,
    compute: computeHere,
  });
  const analysis = await scanner.analyze(requestFor(made), never);
  return (await matchOf(scanner, analysis)).coverage;
};

const bash = (vendor: string) => ({ name: 'bash', version: '5.2', release: '1.fc42', vendor });
const tzdata = { name: 'tzdata', version: '2025b-0+deb12u1' };
const DEBIAN_NGINX = {
  name: 'nginx',
  version: '1.29.1-1~bookworm',
  maintainer: 'NGINX Packaging <nginx-packaging@f5.com>',
};

const ARCH: Files = {
  'etc/os-release': 'NAME="Arch Linux"\nID=arch\n',
  'var/lib/pacman/local/glibc-2.39-1/desc': '%NAME%\nglibc\n',
  'var/lib/pacman/local/zlib-1.3-1/desc': '%NAME%\nzlib\n',
};
/** As Spring Boot packs an application: its own coordinates, and libraries as they are in the repositories. */
const BOOT: Files = {
  'app/shop.jar': zipSync({
    'META-INF/maven/com.example/shop/pom.properties': Buffer.from('groupId=com.example\nartifactId=shop\nversion=1\n'),
    'BOOT-INF/lib/spring-beans-5.3.17.jar': namelessJar('x').x as Uint8Array,
    'BOOT-INF/lib/known-1.jar': jar('x', { groupId: 'g', artifactId: 'known', version: '1' }).x as Uint8Array,
  }),
};

const rows: [what: string, layers: Files[], sources: string[], gaps: string[]][] = [
  ['debian and npm', [debian('12.11', [tzdata]), npmPackage('app', 'lodash', '1.0.0')], ['debian 1', 'node-pkg 1'], []],
  ["another vendor's package", [debian('12.11', [tzdata, DEBIAN_NGINX])], ['debian 1'], ['ThirdPartyPackages 1']],
  ['a version that the database does not have', [debian('99', [tzdata])], [], ['UnsupportedDistribution 1']],
  ['Debian unstable', [debian('forky/sid', [tzdata])], [], ['UnsupportedDistribution 1']],
  [
    'Fedora',
    [{ ...osRelease('fedora', '42'), ...rpmDatabase([bash('Fedora Project'), bash('Else')]) }],
    [],
    ['UnsupportedDistribution 1'],
  ],
  [
    'openEuler',
    [{ ...osRelease('openEuler', '24.03'), ...rpmDatabase([bash('openEuler')]) }],
    [],
    ['UnsupportedDistribution 1'],
  ],
  ['Arch Linux', [ARCH], [], ['UnsupportedDistribution 2']],
  [
    'Arch Linux with a library',
    [ARCH, npmPackage('app', 'lodash', '1.0.0')],
    ['node-pkg 1'],
    ['UnsupportedDistribution 2'],
  ],
  ['NixOS', [{ ...osRelease('nixos', '25.05') }], [], ['UnsupportedDistribution -']],
  [
    'a package database that cannot be read',
    [{ ...osRelease('rocky', '9.4'), 'var/lib/rpm/rpmdb.sqlite': 'no database' }],
    [],
    ['ScannerLimit -'],
  ],
  [
    'a package database that was removed',
    [alpine('3.20.3', []), { 'lib/apk/db/.wh.installed': '' }],
    [],
    ['NoPackagesFound -'],
  ],
  ['an image of a program without packages', [{ 'usr/bin/app': 'x' }], [], ['NoPackagesFound -']],
  [
    'an image of a Go program',
    [goBinary('usr/bin/app', { goVersion: 'go1.26.0', module: 'example.com/app', dependencies: [] })],
    ['gobinary 1'],
    ['UnversionedPrograms 1'],
  ],
  ['a Boot application', [debian('12.11', [tzdata]), BOOT], ['debian 1', 'jar 2'], ['UnidentifiedJars 1']],
  [
    'a Debian that has an RPM database too, which cannot be read',
    [{ ...debian('12.11', [tzdata]), 'var/lib/rpm/rpmdb.sqlite': 'no database' }],
    ['debian 1'],
    ['ScannerLimit -'],
  ],
  [
    'packages of two package managers',
    [{ ...rpmDatabase([bash('Else')]), ...alpine('3.20.3', [{ name: 'musl', version: '1.2.5-r0' }]) }],
    ['alpine 1'],
    ['ScannerLimit 1'],
  ],
  [
    'a library that cannot be read',
    [{ ...debian('12.11', [tzdata]), 'usr/lib/python3/dist-packages/a-1.dist-info/METADATA': 'no metadata' }],
    ['debian 1'],
    ['ScannerLimit -'],
  ],
  ['a jar that is none', [{ 'app/a.jar': 'no archive' }], [], ['UnidentifiedJars 1']],
  ['jars that a later layer removes', [namelessJar('app/a.jar'), { 'app/.wh.a.jar': '' }], [], ['UnidentifiedJars 1']],
];

for (const [what, layers, sources, gaps] of rows) {
  coverage(what, async () => {
    const found = await coverageOfImage(...layers);
    assert.equal(
      found?.sources.map(({ type, packages }) => `${type} ${packages}`),
      sources,
    );
    assert.equal(
      found?.gaps.map(({ kind, count }) => `${kind} ${count ?? '-'}`),
      gaps,
    );
  });
}

coverage('the message of unidentified jars names the jar inside the application', async () => {
  const found = await coverageOfImage(BOOT);
  assert.match(found?.gaps[0]?.message ?? '', 'as in app/shop.jar/BOOT-INF/lib/spring-beans-5.3.17.jar: ');
});

coverage.run();
