import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePlatform } from '../../../src/scan/registry/platform.ts';
import { Contents, digestOf, hostileRegistry, type Misbehave, OCI, refuse } from './hostile-registry.ts';
import { failureOf, pulling } from './pulling.ts';
import { withScratch } from './scratch.ts';

const LIMITS = { imageBytes: 1e9 };
const never = new AbortController().signal;

const on = (text: string) => ({ platform: parsePlatform(text) });

test('an image is pulled into an OCI layout with exactly one manifest, each blob once', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: ['one', 'two', 'three', 'four', 'one'] });
  await pulling(contents.serve, async ({ pull, server }) => {
    const { pulled, index, blobs } = await pull({ digest: image.digest });
    const bytes = [...contents.blobs.values()].reduce((sum, blob) => sum + blob.length, 0);
    assert.equal(pulled, { manifest: image.digest, bytes });
    assert.equal(index, {
      schemaVersion: 2,
      manifests: [{ mediaType: OCI.manifest, digest: image.digest, size: image.size }],
    });
    assert.equal(new Map([...blobs].sort()), new Map([...contents.blobs].sort()));
    assert.is(new Set(server.asked.map(({ path }) => path)).size, server.asked.length);
  });
});

const LAYERS: readonly [what: string, layers: readonly (string | Buffer)[], diffIds: unknown, failure: RegExp | ''][] =
  [
    ['are those of the configuration', ['one', gzipSync('two')], ['one', 'two'].map(digestOf), ''],
    ['are one content in two forms', ['one', gzipSync('one')], ['one', 'one'].map(digestOf), ''],
    [
      'are not named',
      ['one'],
      undefined,
      /^DamagedImage: HOST\/\S+ has 1 layers, and its configuration names 0: build/,
    ],
    ['are more than it names', ['one', 'two'], [digestOf('one')], /^DamagedImage: .* has 2 layers, and .* names 1:/],
    [
      'are fewer than it names',
      ['one'],
      ['one', 'two'].map(digestOf),
      /^DamagedImage: .* has 1 layers, and .* names 2:/,
    ],
    [
      'have other content',
      ['one', 'two'],
      ['one', 'one'].map(digestOf),
      /^DamagedImage: HOST\/\S+: layer sha256:\w+ has content of digest sha256:\w+ where the configuration has sha256:\w+: build/,
    ],
    ['are named by nothing', ['one'], [null], /^DamagedImage: .* where the configuration has none: build/],
    [
      'are one layer of two contents',
      ['a', 'a'],
      ['a', 'b'].map(digestOf),
      /^DamagedImage: .* gives layer sha256:\w+ two contents:/,
    ],
    [
      'cannot be unpacked',
      [gzipSync('one').subarray(0, 15)],
      [digestOf('one')],
      /^DamagedImage: .*: layer sha256:\w+ cannot be unpacked: build/,
    ],
    ['are no list', ['one'], 'one', /^DamagedImage: the configuration of .* wrong type in rootfs.diff_ids/],
  ];

// Trivy looks at the layers that the configuration names, and gives each of them the name that it has there.
for (const [what, layers, diffIds, expected] of LAYERS) {
  test(`an image whose layers ${what} ${expected === '' ? 'is pulled' : 'is refused'}`, async () => {
    const contents = new Contents();
    const config = contents.add(OCI.config, { os: 'linux', architecture: 'amd64', RootFS: { Diff_IDs: diffIds } });
    const image = contents.image({ layers, change: { config } });
    await pulling(contents.serve, async ({ pull }) => {
      const { failure } = await pull({ digest: image.digest });
      if (expected === '') assert.is(failure, '');
      else assert.match(failure, expected);
    });
  });
}

test('a configuration that is a layer too names other content than its own', async () => {
  const contents = new Contents();
  const rootfs = { diff_ids: [digestOf('one')] };
  const config = contents.add(OCI.config, { os: 'linux', architecture: 'amd64', rootfs });
  const image = contents.image({ change: { config, layers: [{ ...config, mediaType: OCI.layer }] } });
  await pulling(contents.serve, async ({ pull }) => {
    assert.match(
      (await pull({ digest: image.digest })).failure,
      /^DamagedImage: .* where the configuration has sha256:/,
    );
  });
});

test('a directory that cannot be written is the fault of the scanner, not of the image', async () => {
  const contents = new Contents();
  const image = contents.image();
  await pulling(contents.serve, async ({ client, source, server }) => {
    const request = { image: { digest: image.digest, platform: 'linux/amd64' }, directory: '/dev/null/layout' };
    try {
      await client.pull(source, { ...request, limits: LIMITS }, never);
      assert.unreachable();
    } catch (error) {
      assert.is(
        failureOf(error, server),
        'ScannerFailed: /dev/null/layout cannot be written (ENOTDIR): check its volume',
      );
    }
  });
});

test('only the image of an index for the platform is pulled', async () => {
  const contents = new Contents();
  const arm = contents.image({ platform: 'linux/arm64', layers: ['arm'] });
  const amd = contents.image({ platform: 'linux/amd64', layers: ['amd'] });
  const root = contents.index([contents.index([{ ...amd, ...on('linux/amd64') }]), { ...arm, ...on('linux/arm64') }]);
  await pulling(contents.serve, async ({ pull }) => {
    const { pulled, blobs, index } = await pull({ digest: root.digest, platform: 'linux/arm64/v8' });
    assert.is(pulled?.manifest, arm.digest);
    assert.is(blobs.size, 3);
    assert.equal(index, {
      schemaVersion: 2,
      manifests: [{ mediaType: OCI.manifest, digest: arm.digest, size: arm.size }],
    });
    assert.is((await pull({ digest: root.digest })).pulled?.manifest, amd.digest);
    assert.match((await pull({ digest: root.digest, platform: 'linux/s390x' })).failure, /^PlatformMismatch: /);
  });
});

test('at most three layers are downloaded at once', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: ['1', '2', '3', '4', '5', '6', '7'] });
  let now = 0;
  let most = 0;
  const slow: Misbehave = async (asked, response, request) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now -= 1;
    return contents.serve(asked, response, request);
  };
  await pulling(slow, async ({ pull }) => {
    assert.is((await pull({ digest: image.digest })).failure, '');
    assert.is(most, 3);
  });
});

test('the URLs of a foreign layer are never requested: the registry serves the layer or nothing does', async () => {
  const contents = new Contents();
  const elsewhere = await hostileRegistry(contents.serve);
  try {
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const here = { ...contents.add(foreign, 'foreign'), urls: [`http://${elsewhere.registry}/foreign`] };
    const image = contents.image({ layers: ['foreign'], change: { layers: [here] } });
    await pulling(
      contents.serve,
      async ({ pull }) => {
        assert.is((await pull({ digest: image.digest })).failure, '');
        contents.blobs.delete(here.digest);
        assert.is(
          (await pull({ digest: image.digest })).failure,
          `NotFound: ${here.digest} of HOST/team/app@${image.digest}: the registry answered 404 (MANIFEST_UNKNOWN: manifest unknown); it does not exist, or no longer: check the name, or push it again`,
        );
      },
      { allowedRegistries: [elsewhere.registry] },
    );
    assert.equal(elsewhere.asked, []);
  } finally {
    await elsewhere.close();
  }
});

test('an image of 128 MiB is pulled in bounded memory', async () => {
  const part = Buffer.alloc(2 ** 20, 7);
  const parts = 128;
  const hash = createHash('sha256');
  for (let i = 0; i < parts; i += 1) hash.update(part);
  const layer = { mediaType: OCI.layer, digest: `sha256:${hash.digest('hex')}`, size: parts * part.length };
  const contents = new Contents();
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = contents.add(OCI.config, { os: 'linux', architecture: 'amd64', rootfs });
  const image = contents.image({ change: { config, layers: [layer] } });
  const answer: Misbehave = (asked, response, request) => {
    if (!asked.path.endsWith(layer.digest)) return contents.serve(asked, response, request);
    return pipeline(Readable.from(Array.from({ length: parts }, () => part)), response);
  };
  const before = process.memoryUsage().rss;
  let most = before;
  const sample = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  try {
    await pulling(answer, async ({ client, source }) => {
      await withScratch(async (directory) => {
        const request = { image: { digest: image.digest, platform: 'linux/amd64' }, directory, limits: LIMITS };
        const { bytes } = await client.pull(source, request, never);
        assert.ok(bytes > layer.size);
      });
    });
  } finally {
    clearInterval(sample);
  }
  assert.ok(most - before < 96 * 2 ** 20, `${most - before} bytes more`);
});

test('a failed layer ends the other downloads', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: ['bad', 'slow'] });
  let slowEnded = false;
  const answer: Misbehave = (asked, response, request) => {
    if (!asked.path.includes('/blobs/')) return contents.serve(asked, response, request);
    const content = contents.blobs.get(asked.path.split('/').at(-1)!)!.toString();
    if (content === 'bad') return setTimeout(() => refuse(response, 500, 'UNKNOWN'), 20);
    if (content !== 'slow') return contents.serve(asked, response, request);
    response.writeHead(200).write('s');
    response.on('close', () => {
      slowEnded = true;
    });
  };
  await pulling(answer, async ({ pull }) => {
    const started = performance.now();
    assert.match((await pull({ digest: image.digest })).failure, /^Unreachable: .* answered 500/);
    assert.ok(performance.now() - started < 30_000);
    assert.ok(slowEnded);
  });
});

test('a tag resolves to the digest of its manifest, not to the digest that the registry claims', async () => {
  const contents = new Contents();
  const image = contents.image();
  const answer: Misbehave = (_, response) =>
    response
      .writeHead(200, { 'docker-content-digest': `sha256:${'b'.repeat(64)}` })
      .end(contents.blobs.get(image.digest));
  await pulling(answer, async ({ client, server, source }) => {
    assert.is(await client.resolve(source, 'v1.2', never), image.digest);
    assert.equal(
      server.asked.map(({ method, path }) => `${method} ${path}`),
      ['GET /v2/team/app/manifests/v1.2'],
    );
    const { accept } = server.asked[0]!.headers;
    assert.is(
      accept,
      'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
    );
  });
});

test('a digest that resolves to another is damaged', async () => {
  const contents = new Contents();
  const image = contents.image();
  const answer: Misbehave = (_, response) =>
    response.writeHead(200, { 'docker-content-digest': image.digest }).end(JSON.stringify({ other: 'content' }));
  await pulling(answer, async ({ client, server, source }) => {
    try {
      await client.resolve(source, image.digest, never);
      assert.unreachable();
    } catch (error) {
      assert.match(
        failureOf(error, server),
        /^DamagedImage: .* has other content there, of digest sha256:[0-9a-f]{64}/,
      );
    }
  });
});

test('a registry that is not allowed gets no request', async () => {
  await pulling(
    () => assert.unreachable(),
    async ({ pull, server }) => {
      const { failure } = await pull({
        digest: `sha256:${'a'.repeat(64)}`,
        source: { registry: 'r.example.com', repository: 'app' },
      });
      assert.is(
        failure,
        `NotAllowed: r.example.com/app@sha256:${'a'.repeat(64)}: r.example.com is not an allowed registry: ask the administrator of Palisade to add it to --allowed-registries`,
      );
      assert.equal(server.asked, []);
    },
  );
});

test.run();
