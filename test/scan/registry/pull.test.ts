import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../src/kube/clock.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { Contents, hostileRegistry, OCI } from './hostile-registry.ts';
import { withScratch } from './scratch.ts';

const never = new AbortController().signal;
const LIMITS = { imageBytes: 100_000_000 };

test('an image is pulled into an OCI layout with exactly one manifest', async () => {
  const contents = new Contents();
  const image = contents.image({ layers: ['one', 'two', 'three', 'four', 'one'] });
  const server = await hostileRegistry(contents.serve);
  const client = new RegistryClient({ allowedRegistries: [server.registry], clock: systemClock });
  try {
    const source = { registry: server.registry, repository: 'team/app' };
    assert.is(await client.resolve(source, image.digest, never), image.digest);
    await withScratch(async (directory) => {
      const pulled = await client.pull(
        source,
        { image: { digest: image.digest, platform: 'linux/amd64' }, directory, limits: LIMITS },
        never,
      );
      assert.is(pulled.manifest, image.digest);
      assert.equal((await readdir(directory)).sort(), ['blobs', 'index.json', 'oci-layout']);
      assert.equal(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')), {
        schemaVersion: 2,
        manifests: [{ mediaType: OCI.manifest, digest: image.digest, size: image.size }],
      });
      const blobs = await readdir(join(directory, 'blobs/sha256'));
      assert.equal(blobs.sort(), [...contents.blobs.keys()].map((digest) => digest.slice(7)).sort());
      for (const blob of blobs) {
        assert.equal(await readFile(join(directory, 'blobs/sha256', blob)), contents.blobs.get(`sha256:${blob}`));
      }
    });
  } finally {
    await client.close();
    await server.close();
  }
});

test.run();
