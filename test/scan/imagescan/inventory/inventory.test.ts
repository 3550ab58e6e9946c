import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanTarget } from '../../../../src/api/imagescan.ts';
import type { Lookup } from '../../../../src/scan/engine/tag-lookups.ts';
import {
  findImages,
  type InventorySources,
  takeInventory,
  type WantedLookup,
} from '../../../../src/scan/imagescan/inventory/inventory.ts';
import type { ScannedPod } from '../../../../src/scan/imagescan/inventory/pod.ts';
import { runningImage, volumeImage } from '../../../../src/scan/imagescan/inventory/running-image.ts';
import type { ScannedTemplate } from '../../../../src/scan/imagescan/inventory/template.ts';

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
const usualPlatform: InventorySources['usualPlatform'] = ({ os = 'linux', architecture = 'amd64' } = {}) =>
  `${os}/${architecture}`;
const platforms: Record<string, string> = { amd: 'linux/amd64', arm: 'linux/arm64' };
interface More {
  readonly target?: ScanTarget;
  readonly templates?: readonly ScannedTemplate[];
  readonly lookUp?: (wanted: WantedLookup) => Lookup;
}
const inventory = (pods: readonly ScannedPod[], { target, templates = [], lookUp = () => ({}) }: More = {}) => {
  const platformOf = (node: string | undefined) => platforms[node ?? ''];
  return takeInventory(findImages(target, { pods, templates, platformOf, usualPlatform }), lookUp);
};
const take = (pods: readonly ScannedPod[], target?: ScanTarget, lookUp?: (reference: string) => Lookup) => {
  const { wanted: _, ...found } = inventory(pods, {
    ...(target && { target }),
    ...(lookUp && { lookUp: ({ reference }) => lookUp(reference) }),
  });
  return found;
};
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

test('an image of which the node knows only the ID is the one of its tag while that has this configuration', () => {
  const pods = [
    pod('a', 'web', 'arm', ['r.io/app:1', 'a'.repeat(64)]),
    pod('b', 'web', 'amd', ['r.io/app:1', digest('a')]),
  ];
  const runs = (platform: string) => ({ config: digest('a'), platform });
  const asked: WantedLookup[] = [];
  const none = inventory(pods, {
    lookUp: (wanted) => {
      asked.push(wanted);
      return {};
    },
  });
  const wanted = ['linux/arm64', 'linux/amd64'].map((platform) => ({ reference: 'r.io/app:1', runs: runs(platform) }));
  assert.equal([asked, none.wanted, none.images], [wanted, wanted, []]);
  assert.equal(
    none.others.map(({ platform, runs: by, problem }) => [platform, by, problem]),
    [
      ['linux/amd64', runs('linux/amd64'), undefined],
      ['linux/arm64', runs('linux/arm64'), undefined],
    ],
  );
  const problem = { reason: 'DigestHidden', message: 'the tag is another image' } as const;
  const found = inventory(pods, {
    lookUp: ({ runs: of }) => (of?.platform === 'linux/arm64' ? { digest: digest('b') } : { problem }),
  });
  assert.equal(found.images, [
    {
      id: { digest: digest('b'), platform: 'linux/arm64' },
      reference: 'r.io/app:1',
      repositories: [{ registry: 'r.io', repository: 'app' }],
      pods: 1,
    },
  ]);
  assert.equal(
    found.others.map((other) => other.problem),
    [problem],
  );
});

test('an image of which the node knows only an ID that is no digest cannot be scanned, and the row says why', () =>
  assert.equal(take([pod('a', 'web', 'arm', ['local:1', 'docker://0123'])]), {
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

test('an image that was loaded into a node is pulled from the repository of the pod, then from the name on the node', () => {
  const loaded = `docker.io/library/import-2026-10-05@${digest('a')}`;
  const { images } = take([
    pod('a', 'web', 'amd', ['z.io/team/app:1', loaded]),
    pod('b', 'web', 'amd', ['app:dev', loaded]),
    pod('c', 'web', 'amd', ['a.io/mirror/app:1', `z.io/team/app@${digest('a')}`]),
  ]);
  assert.equal(images[0]?.repositories, [
    { registry: 'a.io', repository: 'mirror/app' },
    { registry: 'docker.io', repository: 'library/app' },
    { registry: 'z.io', repository: 'team/app' },
    { registry: 'docker.io', repository: 'library/import-2026-10-05', reported: true },
  ]);
});

test('a short name is where the node found it, which may be any registry', () => {
  const { images } = take([pod('a', 'web', 'amd', ['team/app:1', `quay.io/team/app@${digest('a')}`])]);
  assert.equal(images[0]?.repositories, [{ registry: 'quay.io', repository: 'team/app' }]);
});

test('image volumes: by the digest that the node reports, else as their reference', () => {
  const volumes = {
    ...pod('a', 'web', 'arm'),
    running: [volumeImage('r.io/model:1', `r.io/model@${digest('a')}`), volumeImage('r.io/data:1')],
  };
  const found = inventory([volumes], { lookUp: () => ({ digest: digest('b') }) });
  assert.equal(
    found.images.map(({ id, reference, pods }) => [id, reference, pods]),
    [
      [{ digest: digest('a'), platform: 'linux/arm64' }, 'r.io/model:1', 1],
      [{ digest: digest('b'), platform: 'linux/arm64' }, 'r.io/data:1', 1],
    ],
  );
  assert.equal(found.wanted, [{ reference: 'r.io/data:1' }]);
});

const template = (name: string, more: Partial<ScannedTemplate>): ScannedTemplate => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
  images: [],
  ...more,
});

test('images of workloads that no pod runs under this reference, on the platform of their node selector', () => {
  const pods = [pod('a', 'web', 'arm', ['nginx:1', `docker.io/library/nginx@${digest('a')}`])];
  const templates = [
    template('web', { images: ['nginx:1', 'r.io/sidecar:1'] }),
    template('nightly', { images: ['r.io/nightly:1', 'not an image'], architecture: 'arm64' }),
    template('windows', { images: ['r.io/win:1'], os: 'windows' }),
    template('listed', { images: ['r.io/listed:1'] }),
  ];
  const target = { images: ['r.io/listed:1'] };
  const rows = (more: More) =>
    inventory(pods, more).others.map(({ reference, platform, origin, problem }) => [
      reference,
      platform,
      origin,
      problem?.reason,
    ]);
  assert.equal(rows({ templates, target }), [
    ['not an image', 'linux/arm64', 'Template', 'NotFound'],
    ['r.io/listed:1', 'linux/amd64', 'Target', undefined],
    ['r.io/nightly:1', 'linux/arm64', 'Template', undefined],
    ['r.io/sidecar:1', 'linux/amd64', 'Template', undefined],
    ['r.io/win:1', 'windows/amd64', 'Template', undefined],
  ]);
  assert.equal(rows({ templates, target: { templates: false } }), []);
  const { images } = inventory(pods, {
    templates: [template('web', { images: ['nginx:2'] })],
    lookUp: () => ({ digest: digest('b') }),
  });
  assert.equal(
    images.map(({ reference, pods: run, origin }) => [reference, run, origin]),
    [
      ['nginx:1', 1, undefined],
      ['nginx:2', 0, 'Template'],
    ],
  );
});

test('the selector applies to the labels of the pods of a workload', () => {
  const templates = [
    template('web', { images: ['r.io/web:1'], podLabels: { app: 'web' } }),
    template('job', { images: ['r.io/job:1'], podLabels: { app: 'job' } }),
  ];
  const { others } = inventory([], { templates, target: { selector: { matchLabels: { app: 'job' } } } });
  assert.equal(
    others.map(({ reference }) => reference),
    ['r.io/job:1'],
  );
});

test('images of the target: looked up, being looked up, and not to be found', () => {
  const problem = { reason: 'Unauthorized', message: 'r.io/private:1: wants credentials' } as const;
  const found: Record<string, Lookup> = {
    'nginx:1': { digest: digest('a') },
    'r.io/private:1': { problem },
    'r.io/moved:1': { digest: digest('b'), problem },
  };
  const target = { images: ['r.io/private:1', 'nginx:1', 'r.io/moved:1', 'r.io/slow:1'] };
  assert.equal(
    take([], target, (reference) => found[reference] ?? {}),
    {
      images: [
        {
          id: { digest: digest('a'), platform: 'linux/amd64' },
          reference: 'nginx:1',
          repositories: [nginx],
          pods: 0,
          origin: 'Target',
        },
        {
          id: { digest: digest('b'), platform: 'linux/amd64' },
          reference: 'r.io/moved:1',
          repositories: [{ registry: 'r.io', repository: 'moved' }],
          pods: 0,
          origin: 'Target',
          problem,
        },
      ],
      others: [
        { reference: 'r.io/private:1', platform: 'linux/amd64', pods: 0, origin: 'Target', problem },
        { reference: 'r.io/slow:1', platform: 'linux/amd64', pods: 0, origin: 'Target' },
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
