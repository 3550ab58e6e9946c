import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePlatform } from '../../../src/scan/registry/platform.ts';
import { selectPlatform } from '../../../src/scan/registry/select-platform.ts';
import { type Content, Contents, OCI } from './hostile-registry.ts';

interface Selected {
  readonly manifest: string;
  readonly mediaType: string;
  /** Digests of what was looked into, in this order. */
  readonly read: readonly string[];
}

const selected = async (contents: Contents, root: Content, platform: string): Promise<Selected> => {
  const read: string[] = [];
  const take = async ({ digest }: { digest: string }) => {
    read.push(digest);
    return contents.blobs.get(digest)!;
  };
  const bytes = contents.blobs.get(root.digest)!;
  const found = await selectPlatform(
    bytes,
    root.digest,
    parsePlatform(platform),
    { manifest: take, config: take },
    'the image',
  );
  assert.is(found.bytes, contents.blobs.get(found.descriptor.digest));
  assert.is(found.config, contents.blobs.get(found.manifest.config.digest));
  return { manifest: found.descriptor.digest, mediaType: found.descriptor.mediaType, read };
};

const failure = async (contents: Contents, root: Content, platform = 'linux/amd64'): Promise<string> => {
  try {
    const { manifest } = await selected(contents, root, platform);
    return `found ${manifest}`;
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`;
  }
};

const on = (text: string) => ({ platform: parsePlatform(text) });
const ATTESTATION = on('unknown/unknown');

const CHOICES: readonly [there: string[], wanted: string, chosen: string][] = [
  [['linux/amd64', 'linux/arm64'], 'linux/amd64', 'linux/amd64'],
  [['linux/amd64', 'linux/arm64'], 'linux/arm64', 'linux/arm64'],
  [['linux/amd64', 'linux/arm64/v8'], 'linux/arm64', 'linux/arm64/v8'],
  [['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7', 'linux/arm/v7'],
  [['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7', 'linux/arm/v6'],
  [['linux/386', 'linux/amd64'], 'linux/amd64', 'linux/amd64'],
  [['linux/386'], 'linux/amd64', 'linux/386'],
  [['windows/amd64', 'linux/amd64'], 'linux/amd64', 'linux/amd64'],
  [['linux/arm/v7'], 'linux/arm64', 'linux/arm/v7'],
];

for (const [there, wanted, chosen] of CHOICES) {
  test(`of ${there.join(', ')} a node of ${wanted} gets ${chosen}`, async () => {
    const contents = new Contents();
    const images = new Map(there.map((platform) => [platform, contents.image({ platform })]));
    const root = contents.index([
      { ...contents.image({ platform: 'unknown/unknown', layers: ['sbom'] }), ...ATTESTATION },
      ...[...images].map(([platform, image]) => ({ ...image, ...on(platform) })),
    ]);
    const { manifest, mediaType, read } = await selected(contents, root, wanted);
    assert.is(manifest, images.get(chosen)!.digest);
    assert.is(mediaType, OCI.manifest);
    // Nothing is fetched but the manifest that is taken, and its configuration.
    assert.is(read.length, 2);
  });
}

test('the index decides about the platform, as in containerd, even where the configuration differs', async () => {
  const contents = new Contents();
  const image = contents.image({ platform: 'linux/amd64' });
  const root = contents.index([{ ...image, ...on('linux/arm64') }]);
  assert.is((await selected(contents, root, 'linux/arm64')).manifest, image.digest);
});

test('an image without an index is the one that runs, as in containerd, whatever its configuration says', async () => {
  const contents = new Contents();
  const image = contents.image({ platform: 'linux/arm64/v8' });
  assert.is((await selected(contents, image, 'linux/arm64')).manifest, image.digest);
  assert.is((await selected(contents, image, 'linux/amd64')).manifest, image.digest);
});

test('a configuration without a platform fits every node', async () => {
  const contents = new Contents();
  const config = contents.add(OCI.config, { os: '', architecture: '' });
  const image = contents.add(OCI.manifest, { schemaVersion: 2, config, layers: [] });
  const { manifest, mediaType } = await selected(contents, image, 'linux/s390x');
  assert.equal([manifest, mediaType], [image.digest, OCI.manifest]);
});

test('an index in an index is read, but no deeper one', async () => {
  const contents = new Contents();
  const image = contents.image({ platform: 'linux/arm64' });
  const inner = contents.index([{ ...image, ...on('linux/arm64') }]);
  const other = contents.index([{ ...contents.image(), ...on('linux/amd64') }]);
  const root = contents.index([other, { ...inner, ...on('linux/arm64') }]);
  assert.is((await selected(contents, root, 'linux/arm64')).manifest, image.digest);
  assert.is(
    await failure(contents, contents.index([root]), 'linux/arm64'),
    'DamagedImage: the image is an index in an index in an index: push it as one index',
  );
});

test('entries without a platform come after those that match, and only the first of them counts', async () => {
  const contents = new Contents();
  const bare = ['one', 'two'].map((layer) => contents.image({ platform: 'linux/arm64', layers: [layer] }));
  const fits = contents.image({ platform: 'linux/arm64', layers: ['three'] });
  const root = contents.index([...bare, { ...fits, ...on('linux/arm64') }]);
  assert.is((await selected(contents, root, 'linux/arm64')).manifest, fits.digest);
  assert.is((await selected(contents, contents.index(bare), 'linux/arm64')).manifest, bare[0]!.digest);
  const other = contents.image({ platform: 'linux/amd64' });
  assert.match(
    await failure(contents, contents.index([other, fits]), 'linux/arm64'),
    /^PlatformMismatch: .*only for linux\/amd64/,
  );
});

test('a missing platform is named with the available ones, without attestations', async () => {
  const contents = new Contents();
  const image = contents.image();
  const root = contents.index([
    { ...image, ...on('linux/arm64') },
    { ...image, ...on('linux/amd64') },
    { ...image, ...ATTESTATION },
  ]);
  assert.is(
    await failure(contents, root, 'linux/s390x'),
    'PlatformMismatch: the image is not there for linux/s390x, only for linux/amd64, linux/arm64: push it for that platform, or do not schedule it on such nodes',
  );
  assert.is(
    await failure(contents, contents.index([])),
    'PlatformMismatch: the image is not there for linux/amd64, only for no known platform: push it for that platform, or do not schedule it on such nodes',
  );
});

test('an image in gzip and in zstd is one image, although runtimes take different manifests', async () => {
  const contents = new Contents();
  const config = contents.add(OCI.config, { os: 'linux', architecture: 'amd64' });
  const gzip = contents.image({ layers: ['gzip'], change: { config } });
  const zstd = contents.image({ layers: ['zstd'], change: { config } });
  const annotations = { 'io.github.containers.compression.zstd': 'true' };
  const root = contents.index([
    { ...gzip, ...on('linux/amd64') },
    { ...zstd, ...on('linux/amd64'), annotations },
  ]);
  assert.is((await selected(contents, root, 'linux/amd64')).manifest, gzip.digest);
});

test('of an image for several builds of Windows it is not known which one runs', async () => {
  const contents = new Contents();
  const builds = ['10.0.17763.1', '10.0.20348.1'].map((version) => ({
    ...contents.image({ platform: 'windows/amd64', layers: [version] }),
    platform: { os: 'windows', architecture: 'amd64', 'os.version': version },
  }));
  assert.match(
    await failure(contents, contents.index(builds), 'windows/amd64'),
    `AmbiguousIndex: the image has images for several builds of Windows, and the build of the node is not known: run the image by the digest of one of them, as in NAME@sha256:…: ${builds[0]!.digest} for build 10.0.17763.1, ${builds[1]!.digest} for build 10.0.20348.1`,
  );
  assert.is((await selected(contents, contents.index([builds[1]!]), 'windows/amd64')).manifest, builds[1]!.digest);
});

test('on Windows features do not count, and an entry without a platform runs on a build that no other entry fits', async () => {
  const contents = new Contents();
  const [one, two] = ['one', 'two'].map((layer) => contents.image({ platform: 'windows/amd64', layers: [layer] }));
  const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' };
  const other = { ...two!, platform };
  const featured = { ...one!, platform: { ...platform, 'os.features': ['win32k'] } };
  assert.is((await selected(contents, contents.index([featured]), 'windows/amd64')).manifest, one!.digest);
  assert.match(await failure(contents, contents.index([featured, other]), 'windows/amd64'), /^AmbiguousIndex: /);
  assert.match(await failure(contents, contents.index([one!, other]), 'windows/amd64'), /^AmbiguousIndex: /);
  const config = contents.add('application/vnd.oci.empty.v1+json', '{}');
  const signature = contents.image({ change: { config } });
  assert.is((await selected(contents, contents.index([signature, other]), 'windows/amd64')).manifest, two!.digest);
});

// containerd takes an entry of Linux for one of linux, and CRI-O does not.
const RUN_BY_ONE: readonly [what: string, change: object, runs: 'Linux' | 'linux', failure: RegExp][] = [
  ['claims to be of schema 1', { schemaVersion: 1 }, 'Linux', /^AmbiguousIndex: /],
  [
    'has a null that containerd does not take',
    { fsLayers: null },
    'linux',
    /^DamagedImage: .* of schema 1 and of schema 2/,
  ],
  ['has another null', { manifests: null }, 'linux', /^DamagedImage: .* an index and an image at once/],
  ['has a field that CRI-O does not take', { history: [] }, 'Linux', /^DamagedImage: .* of schema 1 and of schema 2/],
  ['has the media type of an index', { mediaType: OCI.index }, 'linux', /^DamagedImage: .* an image and application/],
  [
    "has a wrong type that Docker's types do not have",
    { subject: 'text' },
    'linux',
    /^DamagedImage: .* wrong type in subject/,
  ],
];

for (const [what, change, runs, expected] of RUN_BY_ONE) {
  test(`an image that ${what} does not let another one be scanned in its place`, async () => {
    const contents = new Contents();
    const evil = { ...contents.image({ layers: ['evil'], change }), platform: { os: runs, architecture: 'amd64' } };
    const os = runs === 'linux' ? 'Linux' : 'linux';
    const good = { ...contents.image(), platform: { os, architecture: 'amd64' } };
    const first = os === 'Linux' ? [good, evil] : [evil, good];
    assert.match(await failure(contents, contents.index(first)), expected);
  });
}

const DIGEST = `sha256:${'0'.repeat(64)}`;
const CONFIG = { mediaType: OCI.config, digest: DIGEST, size: 2 };
const layer = (mediaType: string) => ({
  schemaVersion: 2,
  config: CONFIG,
  layers: [{ mediaType, digest: DIGEST, size: 1 }],
});

const REFUSED: readonly [document: object | string, outcome: string][] = [
  ['{', 'DamagedImage: the image is not a JSON object: push the image again'],
  ['[]', 'DamagedImage: the image is not a JSON object: push the image again'],
  ['null', 'DamagedImage: the image is not a JSON object: push the image again'],
  ['<html>', 'DamagedImage: the image is not a JSON object: push the image again'],
  [{}, 'DamagedImage: the image names content by no digest, not by sha256: push the image again'],
  [
    { config: { ...CONFIG, digest: 'sha256:../../../../etc/passwd' } },
    'DamagedImage: the image names content by sha256:../../../../etc/passwd, not by sha256: push the image again',
  ],
  [
    { config: { ...CONFIG, digest: `${DIGEST}\n` } },
    `DamagedImage: the image names content by ${DIGEST}, not by sha256: push the image again`,
  ],
  [
    { config: { ...CONFIG, digest: `sha512:${'0'.repeat(128)}` } },
    `DamagedImage: the image names content by sha512:${'0'.repeat(128)}, not by sha256: push the image again`,
  ],
  [{ config: { ...CONFIG, size: -1 } }, `DamagedImage: the image gives no size for ${DIGEST}: push the image again`],
  [{ config: { ...CONFIG, size: 1.5 } }, `DamagedImage: the image gives no size for ${DIGEST}: push the image again`],
  [{ config: { ...CONFIG, size: 1e300 } }, `DamagedImage: the image gives no size for ${DIGEST}: push the image again`],
  [{ config: { ...CONFIG, size: '2' } }, `DamagedImage: the image gives no size for ${DIGEST}: push the image again`],
  [{ manifests: [null] }, 'DamagedImage: the image names content by no digest, not by sha256: push the image again'],
  [
    { mediaType: OCI.index, manifests: [], layers: [] },
    'DamagedImage: the image claims to be an index and an image at once (CVE-2021-41190): do not use it',
  ],
  [
    { mediaType: OCI.manifest, manifests: [], config: CONFIG },
    'DamagedImage: the image claims to be an index and an image at once (CVE-2021-41190): do not use it',
  ],
  [
    { mediaType: OCI.index, config: CONFIG, layers: [] },
    `DamagedImage: the image claims to be an image and ${OCI.index} at once (CVE-2021-41190): do not use it`,
  ],
  [
    { schemaVersion: 1, fsLayers: [] },
    'ScannerFailed: the image is not a container image but one in the old schema 1, which runtimes no longer pull: name an image',
  ],
  [
    { ...layer(OCI.layer), config: { ...CONFIG, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    'ScannerFailed: the image is not a container image but application/vnd.cncf.helm.config.v1+json: name an image',
  ],
  [
    {
      ...layer(OCI.layer),
      artifactType: 'application/vnd.example.thing',
      config: { ...CONFIG, mediaType: 'application/vnd.oci.empty.v1+json' },
    },
    'ScannerFailed: the image is not a container image but application/vnd.example.thing: name an image',
  ],
  [
    layer('application/vnd.in-toto+json'),
    'ScannerFailed: the image is not a container image but an artifact with application/vnd.in-toto+json: name an image',
  ],
  [layer(''), 'ScannerFailed: the image is not a container image but an artifact with untyped content: name an image'],
  [
    { config: CONFIG, layers: Array(1001).fill(CONFIG) },
    'TooLarge: the image has 1001 layers, more than 1000: build it with fewer',
  ],
];

for (const [document, outcome] of REFUSED) {
  test(`${JSON.stringify(document).slice(0, 90)} is refused`, async () => {
    const contents = new Contents();
    assert.is(await failure(contents, contents.add(OCI.manifest, document)), outcome);
  });
}

const LAYERS = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
];

for (const mediaType of LAYERS) {
  test(`a layer may be ${mediaType}`, async () => {
    const contents = new Contents();
    const image = contents.image({ change: { layers: [{ mediaType, digest: DIGEST, size: 1 }] } });
    assert.is((await selected(contents, image, 'linux/amd64')).manifest, image.digest);
  });
}

test("Docker's own types are images and indexes too", async () => {
  const contents = new Contents();
  const config = contents.add('application/vnd.docker.container.image.v1+json', { os: 'linux', architecture: 'amd64' });
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const image = contents.add(mediaType, { schemaVersion: 2, mediaType, config, layers: [] });
  const list = 'application/vnd.docker.distribution.manifest.list.v2+json';
  const root = contents.add(list, {
    schemaVersion: 2,
    mediaType: list,
    manifests: [{ ...image, ...on('linux/amd64') }],
  });
  const found = await selected(contents, root, 'linux/amd64');
  assert.equal([found.manifest, found.mediaType], [image.digest, mediaType]);
});

test.run();
