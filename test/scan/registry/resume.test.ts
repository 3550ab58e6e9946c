// needs: scanner
import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Content } from '../../../hack/images/content.ts';
import { image } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import { type Registry, startRegistry } from '../../../hack/registry/start.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { type Answered, FaultyProxy } from '../../harness/faulty-proxy.ts';
import type { Reset } from '../../harness/mishap.ts';
import { readBlobs } from './pulling.ts';
import { withScratch } from './scratch.ts';

const LAYER_BYTES = 2 ** 20;

const test = suite<{ registry: Registry; app: Content }>('a connection to the real registry that breaks');

test.before(async (stage) => {
  stage.registry = await startRegistry();
  stage.app = await image({ layers: [{ 'app/large': randomBytes(LAYER_BYTES) }, { 'app/small': 'x' }] });
  await push(stage.registry, 'team/app', stage.app, '1');
});

test.after(async ({ registry }) => {
  await registry?.stop();
});

const isBlob = ({ path }: { readonly path: string }, { blobs }: Content, index: number): boolean =>
  path.endsWith(blobs[index]!.descriptor.digest);

/** Pulls through a proxy that ends the connection of the large layer after these parts of it, one a request. */
const pull = async (registry: Registry, app: Content, resets: readonly number[], by: Reset['by'] = 'RST') => {
  const { proxy, url } = await FaultyProxy.inFrontOfServer(registry.url);
  const host = new URL(url).host;
  const client = new RegistryClient({ clock: systemClock, allowedRegistries: [host], retryMs: 1 });
  const large = app.blobs.findIndex(({ data }) => data.length >= LAYER_BYTES);
  const left = [...resets];
  proxy.play((asked) => {
    const part = isBlob(asked, app, large) ? left.shift() : undefined;
    return part === undefined ? undefined : { resetAfter: Math.floor(part * app.blobs[large]!.data.length), by };
  });
  try {
    return await withScratch(async (directory) => {
      const request = {
        image: { digest: app.digest, platform: 'linux/amd64' },
        directory,
        limits: { imageBytes: 1e9 },
      };
      const failure = await client
        .pull({ registry: host, repository: 'team/app' }, request, new AbortController().signal)
        .then(() => '')
        .catch((error: Error) => error.message);
      const asked = proxy.asked.filter((one) => isBlob(one, app, large));
      return { failure, blobs: await readBlobs(directory), asked, all: proxy.asked };
    });
  } finally {
    await client.close();
    await proxy.close();
  }
};

const startOf = ({ range = '' }: Answered): number => Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);

test('at 97 % of a layer: only the rest of it is requested again', async ({ registry, app }) => {
  const { failure, blobs, asked, all } = await pull(registry, app, [0.97], 'FIN');
  assert.is(failure, '');
  assert.equal(
    [...blobs].sort(),
    [app.manifest, ...app.blobs].map(({ data, descriptor }): [string, Buffer] => [descriptor.digest, data]).sort(),
  );
  assert.is(asked.length, 2);
  const [first, second] = asked as [Answered, Answered];
  assert.is(first.range, undefined);
  assert.ok(startOf(second) > 0.5 * LAYER_BYTES, `from ${startOf(second)}`);
  assert.is(new Set(all.map(({ path }) => path)).size, all.length - 1, 'nothing else is requested twice');
});

test('again and again: each request begins where the last one ended', async ({ registry, app }) => {
  const { failure, asked } = await pull(registry, app, [0.3, 0.3, 0.3, 0]);
  assert.is(failure, '');
  const starts = asked.map(startOf);
  assert.is(starts.length, 5);
  assert.equal(
    starts,
    starts.toSorted((a, b) => a - b),
  );
});

test('before the first byte: the layer is requested again', async ({ registry, app }) => {
  const { failure, asked } = await pull(registry, app, [0]);
  assert.equal([failure, asked.length], ['', 2]);
});

test('without end: the pull fails after six tries, and leaves nothing', async ({ registry, app }) => {
  const { failure, asked, blobs } = await pull(registry, app, Array(20).fill(0.01));
  assert.match(failure, /cannot be reached: it closed the connection; the request is retried later$/);
  assert.equal([asked.length, blobs.size], [6, 0]);
});

test.run();
