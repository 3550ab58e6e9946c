import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanTarget } from '../../../../src/api/imagescan.ts';
import { type InventorySources, takeInventory } from '../../../../src/scan/imagescan/inventory/inventory.ts';
import type { ScannedPod } from '../../../../src/scan/imagescan/inventory/pod.ts';
import { runningImage } from '../../../../src/scan/imagescan/inventory/running-image.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const pod = (
  name: string,
  app: string,
  node: string,
  ...images: [reference: string, imageID: string][]
): ScannedPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', labels: { app } },
  running: images.map(([reference, imageID]) => runningImage(reference, imageID)),
  node,
});
const platforms: Record<string, string> = { amd: 'linux/amd64', arm: 'linux/arm64' };
const take = (pods: readonly ScannedPod[], target?: ScanTarget, lookUp: InventorySources['lookUp'] = () => ({})) =>
  takeInventory(target, { pods, platformOf: (node) => platforms[node ?? ''], usualPlatform: 'linux/amd64', lookUp });
const nginx = { registry: 'docker.io', repository: 'library/nginx' };

test('invariant 1: a thousand replicas are one image', () => {
  const pods = Array.from({ length: 1000 }, (_, i) =>
    pod(`p${i}`, 'web', 'amd', ['nginx:1', `docker.io/library/nginx@${digest('a')}`]),
  );
  assert.equal(take(pods), {
    images: [
      { id: { digest: digest('a'), platform: 'linux/amd64' }, reference: 'nginx:1', repositories: [nginx], pods: 1000 },
    ],
    others: [],
  });
});

test('invariant 1: one digest on two platforms is two images', () => {
  const image: [string, string] = ['nginx:1', `docker.io/library/nginx@${digest('a')}`];
  const { images } = take([pod('a', 'web', 'arm', image), pod('b', 'web', 'amd', image)]);
  assert.equal(
    images.map(({ id }) => id.platform),
    ['linux/amd64', 'linux/arm64'],
  );
});

test('one digest under several names is one image, with every place to pull it from', () => {
  const pods = [
    pod('a', 'web', 'amd', ['z.io/mirror/nginx:2', `z.io/mirror/nginx@${digest('a')}`]),
    pod(
      'b',
      'web',
      'amd',
      ['nginx:1', `docker.io/library/nginx@${digest('a')}`],
      ['nginx:0', `docker.io/library/nginx@${digest('a')}`],
    ),
  ];
  const images = [
    {
      id: { digest: digest('a'), platform: 'linux/amd64' },
      reference: 'nginx:0',
      repositories: [nginx, { registry: 'z.io', repository: 'mirror/nginx' }],
      pods: 2,
    },
  ];
  assert.equal(take(pods), { images, others: [] });
  assert.equal(take(pods.toReversed()), { images, others: [] });
});

test('only the pods that are selected', () => {
  const pods = [
    pod('a', 'web', 'amd', ['nginx:1', `docker.io/library/nginx@${digest('a')}`]),
    pod('b', 'job', 'amd', ['r.io/job:1', `r.io/job@${digest('b')}`]),
  ];
  const { images } = take(pods, { selector: { matchLabels: { app: 'job' } } });
  assert.equal(
    images.map(({ reference }) => reference),
    ['r.io/job:1'],
  );
});

test('the usual platform where the node is not known', () => {
  const { images } = take([pod('a', 'web', 'gone', ['nginx:1', `docker.io/library/nginx@${digest('a')}`])]);
  assert.equal(images[0]?.id.platform, 'linux/amd64');
});

test('an image that the node knows by its ID only cannot be scanned, and the row says why', () =>
  assert.equal(take([pod('a', 'web', 'arm', ['local:1', digest('a')])]), {
    images: [],
    others: [
      {
        reference: 'local:1',
        platform: 'linux/arm64',
        pods: 1,
        problem: {
          reason: 'NotFound',
          message:
            'local:1: the node knows only the ID of this image, so no registry can serve it: push it to a registry and run it from there',
        },
      },
    ],
  }));

test('images of the target: looked up, being looked up, and not to be found', () => {
  const problem = { reason: 'Unauthorized', message: 'r.io/private:1: wants credentials' } as const;
  const found: Record<string, ReturnType<InventorySources['lookUp']>> = {
    'nginx:1': { digest: digest('a') },
    'r.io/private:1': { problem },
    'r.io/moved:1': { digest: digest('b'), problem },
  };
  const target = { images: ['r.io/private:1', 'nginx:1', 'r.io/moved:1', 'r.io/slow:1'] };
  assert.equal(
    take([], target, (reference) => found[reference] ?? {}),
    {
      images: [
        { id: { digest: digest('a'), platform: 'linux/amd64' }, reference: 'nginx:1', repositories: [nginx], pods: 0 },
        {
          id: { digest: digest('b'), platform: 'linux/amd64' },
          reference: 'r.io/moved:1',
          repositories: [{ registry: 'r.io', repository: 'moved' }],
          pods: 0,
          problem,
        },
      ],
      others: [
        { reference: 'r.io/private:1', platform: 'linux/amd64', pods: 0, problem },
        { reference: 'r.io/slow:1', platform: 'linux/amd64', pods: 0 },
      ],
    },
  );
});

test('an image of the target that runs as well is one image', () => {
  const pods = [pod('a', 'web', 'amd', ['nginx:1', `docker.io/library/nginx@${digest('a')}`])];
  const { images, others } = take(pods, { images: ['nginx:latest'] }, () => ({ digest: digest('a') }));
  assert.equal([images.length, images[0]?.pods, others.length], [1, 1, 0]);
});

test.run();
