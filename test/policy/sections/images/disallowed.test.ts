import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PodImages, WorkloadImages } from '../../../../src/policy/pod.ts';
import {
  describeDisallowed,
  findDisallowed,
  hasDisallowedImage,
  toStatus,
} from '../../../../src/policy/sections/images/disallowed.ts';

const RULES = { allowed: ['docker.io/library/nginx'] };

const pod = (name: string, images: string[], finished = false): PodImages => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' },
  images,
  finished,
});

const workload = (kind: string, name: string, images: string[]): WorkloadImages => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace: 'team-a', uid: name, resourceVersion: '1' },
  images,
});

const only = (pods: PodImages[]) => ({ pods, workloads: [] });
const NO_WORKLOADS = { workloads: 0, workloadImages: [] };

const rows: [what: string, pods: PodImages[], count: number, images: string[]][] = [
  ['no pods', [], 0, []],
  ['an allowed one', [pod('a', ['nginx'])], 0, []],
  ['one that is not', [pod('a', ['busybox'])], 1, ['a: busybox']],
  ['one of two images', [pod('a', ['nginx', 'busybox'])], 1, ['a: busybox']],
  ['two images of one pod', [pod('a', ['quay.io/x/y', 'busybox'])], 1, ['a: busybox', 'a: quay.io/x/y']],
  ['a pod that has finished', [pod('a', ['busybox'], true)], 0, []],
  ['two of a kind', [pod('b', ['busybox']), pod('a', ['busybox'])], 2, ['a (and 1 other pod): busybox']],
  [
    'three of a kind and another',
    [pod('c', ['busybox']), pod('d', ['alpine']), pod('a', ['busybox']), pod('b', ['busybox'])],
    4,
    ['a (and 2 other pods): busybox', 'd: alpine'],
  ],
  ['an image with a line break', [pod('a', ['x\ny'])], 1, ['a: x y']],
  ['an image that steers terminals', [pod('a', ['x\u001b[2J\u202ey'])], 1, ['a: x\ufffd[2J\ufffdy']],
];

for (const [what, pods, count, images] of rows) {
  test(`${what}: ${images.join(', ') || 'none'}`, () =>
    assert.equal(findDisallowed(RULES, only(pods)), { pods: count, images, ...NO_WORKLOADS }));
  test(`${what}, in reverse order: the same`, () =>
    assert.equal(findDisallowed(RULES, only([...pods].reverse())), { pods: count, images, ...NO_WORKLOADS }));
  test(`${what}: a counted image is really refused`, () =>
    assert.is(
      pods.some((p) => hasDisallowedImage(RULES, p)),
      count > 0,
    ));
}

const twelve = findDisallowed(
  RULES,
  only(Array.from({ length: 12 }, (_, i) => pod(`pod-${String(i).padStart(2, '0')}`, [`image-${i}`]))),
);

test('the status lists at most ten, and the count is exact', () => {
  const { disallowedPods, disallowedImages = [] } = toStatus(twelve);
  assert.equal([disallowedPods, disallowedImages.length, disallowedImages.at(-1)], [12, 10, 'pod-09: image-9']);
  assert.equal(toStatus({ pods: 0, images: [], ...NO_WORKLOADS }), { disallowedPods: 0 });
  assert.is(
    toStatus({ pods: 1, images: [`a: ${'x'.repeat(2000)}`], ...NO_WORKLOADS }).disallowedImages?.[0]?.length,
    1024,
  );
});

test('an image cut at any place of its characters leaves a status that the API server accepts', () => {
  for (let before = 1000; before <= 1030; before += 1) {
    const found = findDisallowed(RULES, only([pod('a', [`${'x'.repeat(before)}${'😀漢'.repeat(20)}`])]));
    const [entry = ''] = toStatus(found).disallowedImages ?? [];
    assert.ok(entry.isWellFormed());
    assert.is([...entry].length, Math.min(1024, 3 + before + 40));
    assert.ok(describeDisallowed(found).isWellFormed());
  }
});

test('the message contains the number of omitted images', () => {
  assert.match(
    describeDisallowed(twelve),
    /^12 existing pods have others: pod-00: image-0; .*; pod-09: image-9; and 2 more$/,
  );
  assert.is(
    describeDisallowed({ pods: 1, images: ['a: busybox'], ...NO_WORKLOADS }),
    '1 existing pod has another: a: busybox',
  );
});

test('workloads are counted beside pods, each kind by itself', () => {
  const inventory = {
    pods: [pod('a', ['busybox'])],
    workloads: [
      workload('Deployment', 'web', ['busybox', 'nginx']),
      workload('CronJob', 'web', ['busybox', 'alpine']),
      workload('Job', 'ended', []),
    ],
  };
  const found = findDisallowed(RULES, inventory);
  const workloadImages = ['CronJob web (and 1 other workload): busybox', 'CronJob web: alpine'];
  assert.equal(found, { pods: 1, images: ['a: busybox'], workloads: 2, workloadImages });
  assert.equal(toStatus(found), {
    disallowedPods: 1,
    disallowedImages: ['a: busybox'],
    disallowedWorkloads: 2,
    workloadImages,
  });
  assert.is(
    describeDisallowed(found),
    `1 existing pod has another: a: busybox. 2 workloads have others: ${workloadImages.join('; ')}`,
  );
});

test('images that earlier rules disallow do not count', () => {
  const pods = [pod('a', ['busybox']), pod('b', ['quay.io/x/y']), pod('c', ['nginx'])];
  const found = findDisallowed(RULES, only(pods), { allowed: ['docker.io/*'] });
  assert.equal(found.images, ['a: busybox']);
});

test.run();
