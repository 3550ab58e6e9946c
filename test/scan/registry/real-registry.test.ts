// needs: scanner
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Content, sha256 } from '../../../hack/images/content.ts';
import { artifact, image, index } from '../../../hack/images/image.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { push } from '../../../hack/images/push.ts';
import { type Registry, startRegistry } from '../../../hack/registry/start.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { lookUpDigest } from '../../../src/scan/engine/look-up-digest.ts';
import { tagTarget } from '../../../src/scan/engine/scan-target.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { credentialsFor, parseDockerConfig } from '../../../src/scan/registry/docker-config.ts';
import { pullFromAny } from '../../../src/scan/registry/pull-from-any.ts';
import { readBlobs } from './pulling.ts';
import { withScratch } from './scratch.ts';

const never = new AbortController().signal;
const account = { username: 'ci', password: 'correct horse: battery' };
const LIMITS = { imageBytes: 1e9 };
const REPOSITORY = 'team/app';

interface Stage {
  open: Registry;
  closed: Registry;
  client: RegistryClient;
  amd: Content;
  arm: Content;
  both: Content;
}

const registry = suite<Stage>('the real registry');

const packages = (architecture: string) => debian('12.11', [{ name: 'libssl3', version: '3.0.15', architecture }]);

registry.before(async (stage) => {
  stage.open = await startRegistry();
  stage.closed = await startRegistry({ account });
  stage.amd = await image({ layers: [packages('amd64'), { 'app/one': '1' }, { 'app/two': '2' }, { 'app/one': '1' }] });
  stage.arm = await image({ layers: [packages('arm64')], platform: { os: 'linux', architecture: 'arm64' } });
  stage.both = index([stage.amd, stage.arm]);
  for (const target of [stage.open, stage.closed]) {
    await push(target, REPOSITORY, stage.both, 'both');
    await push(target, REPOSITORY, stage.amd, 'amd');
  }
  const allowedRegistries = [stage.open.host, stage.closed.host];
  stage.client = new RegistryClient({ clock: systemClock, allowedRegistries });
});

registry.after(async ({ open, closed, client }) => {
  await client.close();
  await open.stop();
  await closed.stop();
});

const blobsOf = ({ manifest, blobs }: Content): Map<string, Buffer> =>
  new Map([manifest, ...blobs].map(({ data, descriptor }): [string, Buffer] => [descriptor.digest, data]).sort());

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    return `${(error as { reason?: string }).reason}: ${(error as Error).message}`;
  }
};

registry('a tag is resolved to the digest of its index or manifest', async ({ client, open, amd, both }) => {
  const source = { registry: open.host, repository: REPOSITORY };
  assert.is(await client.resolve(source, 'both', never), both.digest);
  assert.is(await client.resolve(source, 'amd', never), amd.digest);
  assert.is(await client.resolve(source, amd.digest, never), amd.digest);
});

registry(
  'of an image for two platforms each can be pulled, byte for byte',
  async ({ client, open, amd, arm, both }) => {
    const source = { registry: open.host, repository: REPOSITORY };
    for (const [platform, expected] of [
      ['linux/amd64', amd],
      ['linux/arm64/v8', arm],
    ] as const) {
      await withScratch(async (directory) => {
        const request = { image: { digest: both.digest, platform }, directory, limits: LIMITS };
        assert.is((await client.pull(source, request, never)).manifest, expected.digest);
        assert.equal(new Map([...(await readBlobs(directory))].sort()), blobsOf(expected));
      });
    }
  },
);

registry('with htpasswd only who has the password can pull', async ({ client, closed, amd, both }) => {
  const source = { registry: closed.host, repository: REPOSITORY };
  const auths = { [closed.host]: account };
  const credentials = credentialsFor(parseDockerConfig(JSON.stringify({ auths })), source)!;
  await withScratch(async (directory) => {
    const request = { image: { digest: both.digest, platform: 'linux/amd64' }, directory, limits: LIMITS };
    assert.match(
      await failure(client.pull(source, request, never)),
      /^Unauthorized: .* the registry answered 401 \(UNAUTHORIZED: authentication required\); name a pull secret/,
    );
    const wrong = { ...source, credentials: { ...account, password: 'wrong' } };
    assert.match(
      await failure(client.pull(wrong, request, never)),
      /^Unauthorized: .* the credentials for \S+ do not allow it: correct them in the pull secret$/,
    );
    const pulled = await client.pull({ ...source, credentials }, request, never);
    assert.is(pulled.manifest, amd.digest);
    assert.equal(new Map([...(await readBlobs(directory))].sort()), blobsOf(amd));
    assert.is(await client.resolve({ ...source, credentials }, 'both', never), both.digest);
  });
});

registry('what is not there is NotFound: a repository, a tag, a digest', async ({ client, open }) => {
  const source = { registry: open.host, repository: REPOSITORY };
  assert.match(await failure(client.resolve(source, 'nope', never)), /^NotFound: /);
  assert.match(await failure(client.resolve({ ...source, repository: 'no/such' }, 'amd', never)), /^NotFound: /);
  await withScratch(async (directory) => {
    const image = { digest: `sha256:${'0'.repeat(64)}`, platform: 'linux/amd64' };
    assert.match(
      await failure(client.pull(source, { image, directory, limits: LIMITS }, never)),
      /^NotFound: .* the registry answered 404 \(MANIFEST_UNKNOWN: manifest unknown\)/,
    );
  });
});

registry('another platform and an artifact that is no image have their reasons', async ({ client, open, both }) => {
  const source = { registry: open.host, repository: REPOSITORY };
  const chart = artifact({
    artifactType: 'application/vnd.cncf.helm.config.v1+json',
    mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    title: 'chart.tgz',
    data: Buffer.from('chart'),
  });
  await push(open, REPOSITORY, chart, 'chart');
  await withScratch(async (directory) => {
    const pull = (digest: string, platform: string) =>
      failure(client.pull(source, { image: { digest, platform }, directory, limits: LIMITS }, never));
    assert.match(
      await pull(both.digest, 'linux/s390x'),
      /^PlatformMismatch: .* is not there for linux\/s390x, only for linux\/amd64, linux\/arm64/,
    );
    assert.match(
      await pull(chart.digest, 'linux/amd64'),
      /^ScannerFailed: .* is not a container image but application\/vnd\.cncf\.helm\.config\.v1\+json/,
    );
  });
});

/** An index as someone writes it by hand. */
const written = (children: readonly Content[], text: string): Content => {
  const data = Buffer.from(text);
  const { descriptor } = index(children).manifest;
  const digest = sha256(data);
  return { digest, manifest: { data, descriptor: { ...descriptor, digest, size: data.length } }, blobs: [], children };
};

registry(
  'an index is read as nodes read it: other letter case, artifacts, and two runtimes that differ',
  async ({ client, open, amd, arm }) => {
    const source = { registry: open.host, repository: REPOSITORY };
    const signature = artifact({
      artifactType: 'application/vnd.example.signature',
      mediaType: 'application/vnd.example.signature',
      title: 'signature',
      data: Buffer.from('signed'),
    });
    const entry = ({ manifest }: Content, more: object) =>
      JSON.stringify({ ...manifest.descriptor, platform: undefined, ...more });
    const linux = (architecture: string) => ({ platform: { os: 'linux', architecture } });
    const head = '"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json"';
    const pulled = async (manifests: string, children: readonly Content[]) => {
      const what = written(children, `{${head},${manifests}}`);
      await push(open, REPOSITORY, what, 'odd');
      return await withScratch(async (directory) => {
        const request = { image: { digest: what.digest, platform: 'linux/amd64' }, directory, limits: LIMITS };
        try {
          return (await client.pull(source, request, never)).manifest;
        } catch (error) {
          return (error as { reason?: string }).reason;
        }
      });
    };
    const both = [amd, arm];
    assert.is(await pulled(`"Manifests":[${entry(amd, linux('amd64'))}]`, both), amd.digest);
    assert.is(
      await pulled(`"manifests":[${entry(signature, {})},${entry(amd, linux('amd64'))}]`, [...both, signature]),
      amd.digest,
    );
    assert.is(
      await pulled(`"manifests":[${entry(signature, {})},${entry(arm, linux('arm64'))}]`, [...both, signature]),
      'PlatformMismatch',
    );
    assert.is(
      await pulled(
        `"manifests":[${entry(arm, { platform: { architecture: 'amd64' } })},${entry(amd, linux('amd64'))}]`,
        both,
      ),
      'AmbiguousIndex',
    );
  },
);

registry(
  'an image that a node knows by its ID only is found by its tag, while that is this image',
  async ({ client, open, amd, both }) => {
    const source = { registry: open.host, repository: REPOSITORY };
    const [config] = amd.blobs;
    const found = await client.inspect(source, 'both', 'linux/amd64', never);
    assert.equal(found, { digest: both.digest, config: config!.descriptor.digest });
    const target = tagTarget('shop/all', `${open.host}/${REPOSITORY}:both`, {
      config: found.config,
      platform: 'linux/amd64',
    });
    assert.is(await lookUpDigest(client, source, target, ['both'], never), both.digest);
    const other = { ...target, runs: { config: `sha256:${'0'.repeat(64)}`, platform: 'linux/amd64' } };
    assert.match(
      await failure(lookUpDigest(client, source, other, ['both'], never)),
      /^DigestHidden: .* the tag is another image now/,
    );
  },
);

registry(
  'an image that was loaded into a node is pulled from the repository that its pod names',
  async ({ client, open, amd }) => {
    const image = { digest: amd.digest, platform: 'linux/amd64' };
    const named = { registry: open.host, repository: REPOSITORY };
    const reported = { registry: open.host, repository: 'library/import-2026-10-05', reported: true } as const;
    await withScratch(async (directory) => {
      const request = { image, directory, limits: LIMITS, timeMs: 60_000 };
      assert.is((await pullFromAny(client, [named, reported], request, never)).manifest, amd.digest);
    });
    await withScratch(async (directory) => {
      const request = { image, directory, limits: LIMITS, timeMs: 60_000 };
      assert.match(
        await failure(pullFromAny(client, [{ ...named, repository: 'no/such' }, reported], request, never)),
        /^NotFound: \S+\/no\/such@sha256/,
      );
    });
  },
);

registry.run();
