import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { serverProbe } from '../../../../src/scan/scanner/analysis/server-probe.ts';

interface Made {
  readonly os?: object;
  readonly layer?: object;
  readonly names?: readonly string[];
  readonly arch?: string;
  readonly id?: string;
}

const DEBIAN = { Family: 'debian', Name: '12.11' };
const analysisOf = ({ os = DEBIAN, layer = {}, names = ['libc6'], arch = 'amd64', id = 'b' }: Made = {}): Analysis => {
  const Packages = names.map((Name) => ({ ID: `${Name}@1`, Name, Version: '1', Arch: arch, AnalyzedBy: 'dpkg' }));
  const blob = {
    DiffID: id,
    CreatedBy: `made by ${id}`,
    OS: os,
    ...layer,
    PackageInfos: [{ FilePath: 'f', Packages }],
  };
  return {
    schemaVersion: 1,
    image: { digest: `sha256:${id}`, platform: 'linux/amd64' },
    scanner: { name: 'trivy', version: '0.74.0' },
    manifest: { mediaType: '', digest: '', content: '' },
    config: { digest: '', content: '' },
    artifact: { id: `sha256:a${id}`, record: '{"SchemaVersion":1}' },
    blobs: [{ id: `sha256:${id}`, record: JSON.stringify(blob) }],
    unread: {},
  };
};
const distributionOf = (made?: Made) => serverProbe(analysisOf(made))?.distribution;

const known = distributionOf();
const ROWS: readonly [what: string, made: Made, isSame: boolean][] = [
  ['another image', { id: 'c' }, true],
  ['other packages', { names: ['curl', 'tzdata'] }, true],
  ['libraries too', { layer: { Applications: [{ Type: 'jar', Packages: [{ Name: 'j' }] }] } }, true],
  ['another distribution', { os: { Family: 'ubuntu', Name: '12.11' } }, false],
  ['another release', { os: { ...DEBIAN, Name: '13.1' } }, false],
  ['extended support', { os: { ...DEBIAN, extended: true } }, false],
  ['another supplier', { os: { ...DEBIAN, Supplier: 'rapidfort' } }, false],
  ['a package of Seal', { names: ['libc6', 'seal-openssl'] }, false],
  ['a release of a package repository', { layer: { Repository: { Family: 'alpine', Release: 'edge' } } }, false],
  ["Red Hat's repositories", { layer: { BuildInfo: { ContentSets: ['rhel-9'] } } }, false],
  ['another architecture', { arch: 'arm64' }, false],
];
for (const [what, made, isSame] of ROWS) {
  test(`the answer of a server counts ${isSame ? '' : 'not '}for an image with ${what}`, () =>
    assert.is(distributionOf(made) === known, isSame));
}

test('an image without packages of a distribution needs no answer', () =>
  assert.is(serverProbe(analysisOf({ names: [] })), undefined));

test.run();
