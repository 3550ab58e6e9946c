import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackTar } from 'modern-tar';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { image, index } from '../../hack/images/image.ts';
import { gzip, tar } from '../../hack/images/layer.ts';
import { writeLayout } from '../../hack/images/layout.ts';
import { alpine } from '../../hack/images/packages/apk.ts';
import { debian, ubuntu } from '../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../hack/images/packages/go-binary.ts';
import { jar } from '../../hack/images/packages/jar.ts';
import { temporaryDirectory } from './directory.ts';

const layers = [
  debian('12.11', [{ name: 'libssl3', version: '3.0.15', source: 'openssl' }]),
  jar('app.jar', { groupId: 'g', artifactId: 'a', version: '1' }),
  goBinary('app', {
    goVersion: 'go1.26.0',
    module: 'm',
    dependencies: [{ path: 'golang.org/x/text', version: 'v0.3.7' }],
  }),
];

test('the same files give the same bytes, on every machine and in every time zone', async () => {
  const { digest } = await image({ layers });
  assert.is(digest, 'sha256:8b3f06636f16bbe8ab3d5f22fe3168051555ca2cccf025c8c9db4cee71943d71');
});

test('every difference changes the digest', async () => {
  const images = await Promise.all([
    image({ layers }),
    image({ layers: layers.toReversed() }),
    image({ layers, created: '2026-01-01T00:00:01Z' }),
    image({ layers, config: { Entrypoint: ['/app'] } }),
    image({ layers, platform: { os: 'linux', architecture: 'arm64' } }),
  ]);
  assert.is(new Set(images.map(({ digest }) => digest)).size, images.length);
});

test('an index names the platform of each image', async () => {
  const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };
  const children = [await image({ layers }), await image({ layers, platform: arm })];
  const { manifests } = JSON.parse(index(children).manifest.data.toString());
  assert.equal(
    manifests.map(({ digest, platform }: { digest: string; platform: object }) => [digest, platform]),
    [
      [children[0]?.digest, { os: 'linux', architecture: 'amd64' }],
      [children[1]?.digest, arm],
    ],
  );
});

test('a layer may have malicious content', async () => {
  const archive = await tar({
    '../../etc/passwd': 'root',
    link: { type: 'symlink', linkname: '/etc/shadow' },
    program: { data: 'x', mode: 0o4755 },
  });
  const entries = (await unpackTar(archive)).map(({ header: { name, type, mode, linkname } }) => [
    name,
    type,
    mode?.toString(8),
    linkname,
  ]);
  assert.equal(entries, [
    ['../../etc/passwd', 'file', '644', ''],
    ['link', 'symlink', '644', '/etc/shadow'],
    ['program', 'file', '4755', ''],
  ]);
});

test('a layer may be large', async () => {
  const archive = await tar({ big: Buffer.alloc(5_000_000, 'x') });
  assert.ok(gzip(archive).length < 100_000);
});

test('the text of a package database', () => {
  assert.is(
    debian('12.11', [
      { name: 'libssl3', version: '3.0.15', source: 'openssl', sourceVersion: '3.0', architecture: 'arm64' },
    ])['var/lib/dpkg/status'],
    'Package: libssl3\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: 1\n' +
      'Maintainer: Example <example@example.com>\nArchitecture: arm64\nSource: openssl (3.0)\nVersion: 3.0.15\nDescription: example\n',
  );
  assert.is(ubuntu('24.04', [])['etc/os-release'], 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="ubuntu 24.04"\n');
  assert.match(
    String(alpine('3.20.3', [{ name: 'a', version: '1', origin: 'b' }])['lib/apk/db/installed']),
    /\nP:a\nV:1\n.*\no:b\n$/s,
  );
});

test('a layout is found by its index', async () => {
  await using directory = await temporaryDirectory();
  const content = await image({ layers });
  await writeLayout(directory.path, content);
  const { manifests } = JSON.parse(await readFile(join(directory.path, 'index.json'), 'utf8'));
  assert.is(manifests.length, 1);
  const [, hash] = manifests[0].digest.split(':');
  assert.equal(await readFile(join(directory.path, 'blobs/sha256', hash)), content.manifest.data);
  assert.equal(JSON.parse(await readFile(join(directory.path, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' });
});

test.run();
