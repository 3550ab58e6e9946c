import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../../hack/images/image.ts';
import type { Files } from '../../../../hack/images/layer.ts';
import { writeLayout } from '../../../../hack/images/layout.ts';
import { findPackageDatabases } from '../../../../src/scan/scanner/unread/package-databases.ts';

const root = await mkdtemp(join(tmpdir(), 'palisade-databases-'));
test.after(() => rm(root, { recursive: true, force: true }));
let images = 0;

const layout = async (layers: readonly Files[]): Promise<string> => {
  images += 1;
  const directory = join(root, String(images));
  await writeLayout(directory, await image({ layers }));
  return directory;
};
const never = new AbortController().signal;
const find = async (...layers: Files[]) => findPackageDatabases(await layout(layers), never);

const ARCH: Files = {
  'etc/os-release': 'NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n',
  'var/lib/pacman/local/glibc-2.39-1/desc': '%NAME%\nglibc\n',
  'var/lib/pacman/local/glibc-2.39-1/files': '',
  'var/lib/pacman/local/zlib-1.3-1/desc': '%NAME%\nzlib\n',
  'var/lib/pacman/local/ALPM_DB_VERSION': '9',
};

test('Arch Linux: its name, and one package for each description', async () => {
  assert.equal(await find(ARCH), {
    distribution: { id: 'arch' },
    databases: [{ manager: 'pacman', path: 'var/lib/pacman/local/glibc-2.39-1/desc', packages: 2 }],
  });
});

const managers: [manager: string, path: string, packages: number | undefined][] = [
  ['rpm', 'var/lib/rpm/rpmdb.sqlite', undefined],
  ['rpm', 'usr/lib/sysimage/rpm/Packages.db', undefined],
  ['dpkg', 'var/lib/dpkg/status', undefined],
  ['apk', 'lib/apk/db/installed', undefined],
  ['portage', 'var/db/pkg/sys-libs/zlib-1.3/PF', 1],
  ['xbps', 'var/db/xbps/pkgdb-0.38.plist', undefined],
  ['nix', 'nix/store/0abc-zlib-1.3', 1],
  ['opkg', 'usr/lib/opkg/info/zlib.control', 1],
  ['slackpkg', 'var/lib/pkgtools/packages/zlib-1.3-x86_64-1', 1],
];
for (const [manager, path, packages] of managers) {
  test(`${manager} in ${path}`, async () => {
    assert.equal((await find({ [path]: 'x' })).databases, [
      { manager, path, ...(packages !== undefined && { packages }) },
    ]);
  });
}

test('nothing in an image of a static binary', async () => {
  assert.equal(await find({ app: 'x', 'etc/passwd': 'root' }), {});
  assert.equal(await find(), {});
});

test('whiteouts and opaque directories remove what lower layers have, not what their own layer has', async () => {
  assert.equal(await find(ARCH, { 'var/lib/pacman/.wh.local': '', 'etc/.wh.os-release': '' }), {});
  assert.equal(await find(ARCH, { 'var/lib/.wh..wh..opq': '' }), { distribution: { id: 'arch' } });
  assert.equal(await find(ARCH, { '.wh..wh..opq': '' }), {});
  assert.equal((await find({ '.wh.etc': '', ...ARCH })).distribution, { id: 'arch' });
  assert.equal((await find(ARCH, { 'var/lib/pacman/.wh.loc': '' })).databases?.length, 1);
});

test('os-release: the first of its two places, with quotes and a version', async () => {
  const other = 'ID=other\n';
  assert.equal(
    await find({ 'usr/lib/os-release': other, 'etc/os-release': 'PRETTY_NAME=x\nID=\'void\'\nVERSION_ID="2.0 x"\n' }),
    { distribution: { id: 'void', version: '2.0 x' } },
  );
  assert.equal(await find({ 'usr/lib/os-release': other }), { distribution: { id: 'other' } });
  const link = { type: 'symlink', linkname: '../usr/lib/os-release' } as const;
  assert.equal(await find({ 'usr/lib/os-release': other, 'etc/os-release': link }), { distribution: { id: 'other' } });
});

for (const content of [Buffer.from([0x1f, 0x8b, 1, 2, 3]), Buffer.from('no archive')]) {
  test(`a layer that cannot be listed may have a package database: ${content.toString('hex')}`, async () => {
    const directory = await layout([ARCH]);
    const index = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'));
    const { layers } = JSON.parse(
      await readFile(join(directory, 'blobs', ...index.manifests[0].digest.split(':')), 'utf8'),
    );
    await writeFile(join(directory, 'blobs', ...layers[0].digest.split(':')), content);
    assert.equal(await findPackageDatabases(directory, never), {
      databases: [{ manager: 'unknown', path: 'a layer that cannot be listed' }],
    });
  });
}

test('ends with its signal', async () => {
  const directory = await layout([ARCH]);
  const reason = new Error('stopped');
  await findPackageDatabases(directory, AbortSignal.abort(reason)).then(
    () => assert.unreachable(),
    (error) => assert.is(error, reason),
  );
});

test.run();
