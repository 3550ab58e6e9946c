// needs: scanner
import { zstdCompressSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { blob, type Content, content, jsonBlob, sha256 } from '../../../hack/images/content.ts';
import { image, index } from '../../../hack/images/image.ts';
import { gzip, tar } from '../../../hack/images/layer.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { push } from '../../../hack/images/push.ts';
import { type Registry, startRegistry } from '../../../hack/registry/start.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { layoutSbom } from '../../harness/trivy.ts';
import { withScratch } from './scratch.ts';

const PACKAGES = debian('12.11', [{ name: 'libssl3', version: '3.0.15', source: 'openssl' }]);
const PURL = 'pkg:deb/debian/libssl3@3.0.15?arch=amd64&distro=debian-12.11';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const OCI = 'application/vnd.oci.image.manifest.v1+json';

const layouts = suite<{ open: Registry; client: RegistryClient; trivy: string }>('what Trivy reads');

layouts.before(async (stage) => {
  stage.trivy = await findTrivy();
  stage.open = await startRegistry();
  stage.client = new RegistryClient({ clock: systemClock, allowedRegistries: [stage.open.host] });
});

layouts.after(async ({ open, client }) => {
  await client?.close();
  await open?.stop();
});

/** The image with its layer in another form. */
const inForm = async (manifestType: string, configType: string, layerType: string, data: Buffer): Promise<Content> => {
  const layer = blob(layerType, data);
  const config = jsonBlob(configType, {
    os: 'linux',
    architecture: 'amd64',
    config: {},
    rootfs: { type: 'layers', diff_ids: [sha256(await tar(PACKAGES))] },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: config.descriptor,
    layers: [layer.descriptor],
  };
  return content(jsonBlob(manifestType, manifest), [config, layer]);
};

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

const FORMS: readonly [name: string, make: () => Promise<Content>][] = [
  ['an image with gzip', () => image({ layers: [PACKAGES] })],
  ['an index', async () => index([await image({ layers: [PACKAGES] })])],
  ['an uncompressed layer', async () => inForm(OCI, CONFIG, LAYER, await tar(PACKAGES))],
  ['zstd', async () => inForm(OCI, CONFIG, `${LAYER}+zstd`, zstdCompressSync(await tar(PACKAGES)))],
  [
    "Docker's types",
    async () =>
      inForm(
        DOCKER,
        'application/vnd.docker.container.image.v1+json',
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
        gzip(await tar(PACKAGES)),
      ),
  ],
  [
    'a layer that should not be distributed',
    async () =>
      inForm(OCI, CONFIG, 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', gzip(await tar(PACKAGES))),
  ],
];

for (const [name, make] of FORMS) {
  layouts(`${name}, as we pulled it`, async ({ open, client, trivy }) => {
    const root = await make();
    const { digest } = root;
    await push(open, 'team/app', root);
    await withScratch(async (directory) => {
      await client.pull(
        { registry: open.host, repository: 'team/app' },
        { image: { digest, platform: 'linux/amd64' }, directory: `${directory}/layout`, limits: { imageBytes: 1e9 } },
        new AbortController().signal,
      );
      const sbom = JSON.parse(
        await layoutSbom({ binary: trivy, cacheDirectory: `${directory}/cache` }, `${directory}/layout`),
      );
      const purls = sbom.components.map(({ purl }: { purl?: string }) => purl).filter(Boolean);
      assert.equal(purls, [PURL]);
    });
  });
}

layouts.run();
