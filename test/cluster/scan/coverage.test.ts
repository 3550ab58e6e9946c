// needs: cluster, scanner
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Files } from '../../../hack/images/layer.ts';
import { namelessJar } from '../../../hack/images/packages/jar.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rpmDatabase } from '../../../hack/images/packages/rpm.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { HARMLESS, Scans } from '../../harness/scans.ts';

const scans = await Scans.open();
const { foreign, boot } = await scans.palisade.namespaces(['foreign', 'boot']);
const { registry } = await scans.operator(scans.settings(), foreign, boot);
test.after(() => scans.close());

const FEDORA: Files = {
  ...osRelease('fedora', '42'),
  ...rpmDatabase([{ name: 'bash', version: '5.2', release: '1.fc42', vendor: 'Fedora Project' }]),
};
const ARCH: Files = { 'etc/os-release': 'ID=arch\n', 'var/lib/pacman/local/zlib-1.3-1/desc': '%NAME%\nzlib\n' };
/** As Spring Boot packs an application; spring-beans has no pom.properties. */
const BOOT: Files = {
  ...HARMLESS,
  'app/shop.jar': zipSync({
    'META-INF/maven/com.example/shop/pom.properties': Buffer.from('groupId=com.example\nartifactId=shop\nversion=1\n'),
    'BOOT-INF/lib/spring-beans-5.3.17.jar': namelessJar('x').x as Uint8Array,
  }),
};

const verdict = ({ status }: ImageScan) => {
  const { status: value, reason, message } = findCondition(status?.conditions, 'Compliant') ?? {};
  return [value, reason, message];
};
const gapsOf = ({ status }: ImageScan) =>
  status?.images?.map(({ coverage }) => coverage?.gaps?.map(({ kind, count, accepted }) => [kind, count, accepted]));

test('Fedora and Arch Linux are Unknown with the cause and the cure, unless their kind is accepted', async () => {
  const fedora = await scans.push('foreign/fedora', FEDORA);
  const arch = await scans.push('foreign/arch', ARCH);
  await scans.run(foreign, 'apps', [fedora, arch]);
  await scans.apply(foreign, 'all', {});
  const unknown = await scans.settled(foreign, 'all');
  assert.equal(unknown.spec.acceptUnknown, ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms']);
  const cure =
    'use an image of a distribution and version that is supported, or add UnsupportedDistribution to spec.acceptUnknown';
  assert.equal(verdict(unknown), [
    'Unknown',
    'CoverageIncomplete',
    `2 images with packages that were not looked at: ${fedora.reference}: UnsupportedDistribution, 1 package of fedora 42, for which the vulnerability database has no advisories: ${cure}. ${arch.reference}: UnsupportedDistribution, 1 package of arch (var/lib/pacman/local/zlib-1.3-1/desc), which the scanner cannot read: ${cure}`,
  ]);
  assert.equal(gapsOf(unknown), [[['UnsupportedDistribution', 1, false]], [['UnsupportedDistribution', 1, false]]]);
  assert.is(unknown.status?.summary?.uncovered, 2);
  assert.match(await registry.metrics(), 'palisade_uncovered_images 2');
  await scans.apply(foreign, 'all', { acceptUnknown: ['UnsupportedDistribution'] });
  const accepted = await scans.condition(foreign, 'all', 'Compliant', 'True', 'NoBlockingFindings');
  assert.equal(gapsOf(accepted), [[['UnsupportedDistribution', 1, true]], [['UnsupportedDistribution', 1, true]]]);
  assert.is(accepted.status?.summary?.uncovered, 0);
});

test('jars that nothing identifies are counted, also inside an application', async () => {
  await scans.run(boot, 'shop', [await scans.push('boot/shop', BOOT)]);
  await scans.apply(boot, 'all', {});
  const scan = await scans.settled(boot, 'all');
  assert.equal(verdict(scan).slice(0, 2), ['Unknown', 'CoverageIncomplete']);
  assert.match(verdict(scan)[2] ?? '', 'as in app/shop.jar/BOOT-INF/lib/spring-beans-5.3.17.jar');
  assert.equal(gapsOf(scan), [[['UnidentifiedJars', 1, false]]]);
});

test.run();
