import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Layout } from '../../../../src/scan/registry/layout.ts';
import { readDescribed } from '../../../../src/scan/scanner/analysis/bare-layout.ts';
import { Contents, OCI } from '../../registry/hostile-registry.ts';
import { withScratch } from '../../registry/scratch.ts';

test('a manifest is read as container runtimes read it: keys may be in another letter case', async () => {
  const contents = new Contents();
  const { mediaType, digest, size } = contents.add(OCI.config, { os: 'linux', architecture: 'amd64' });
  const config = { MEDIATYPE: mediaType, Digest: digest, Size: size };
  const manifest = contents.add(OCI.manifest, { SchemaVersion: 2, Config: config, Layers: [] });
  await withScratch(async (directory) => {
    const { signal } = new AbortController();
    const layout = new Layout(directory);
    await layout.begin();
    for (const one of [manifest, { mediaType, digest, size }]) {
      await layout.writeBlob(one, [contents.blobs.get(one.digest)!], signal);
    }
    await layout.finish(manifest);
    assert.equal(await readDescribed(directory), {
      manifest: { mediaType: OCI.manifest, digest: manifest.digest, content: contents.blobs.get(manifest.digest) },
      config: { digest, content: contents.blobs.get(digest) },
    });
  });
});

test.run();
