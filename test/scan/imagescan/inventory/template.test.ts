import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toScannedTemplate } from '../../../../src/scan/imagescan/inventory/template.ts';

const template = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'web', image: 'r.io/web:1', env: [{ name: 'A', value: 'secret' }] },
      { name: 'twin', image: 'r.io/web:1' },
      { name: 'none' },
    ],
    initContainers: [{ name: 'init', image: 'r.io/init:1' }],
    volumes: [
      { name: 'model', image: { reference: 'r.io/model:1' } },
      { name: 'tmp', emptyDir: {} },
    ],
    nodeSelector: { 'kubernetes.io/arch': 'arm64', 'kubernetes.io/os': 'linux', disk: 'ssd' },
  },
};
const workload = (kind: string, spec: object, status?: object) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7', annotations: { 'much/text': 'x' } },
  spec,
  ...(status && { status }),
});
const kept = {
  metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '7' },
  images: ['r.io/web:1', 'r.io/init:1', 'r.io/model:1'],
  podLabels: { app: 'web' },
  os: 'linux',
  architecture: 'arm64',
};

for (const [kind, spec] of [
  ['Deployment', { template }],
  ['StatefulSet', { template }],
  ['DaemonSet', { template }],
  ['Job', { template }],
  ['CronJob', { jobTemplate: { spec: { template } } }],
] as const) {
  test(`${kind}: only the images, labels and platform of its pods are kept`, () =>
    assert.equal(toScannedTemplate(workload(kind, spec)), { apiVersion: 'apps/v1', kind, ...kept }));
}

const affinity = (...terms: object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
});
const inOne = (key: string, ...values: string[]) => ({ matchExpressions: [{ key, operator: 'In', values }] });
const ARCH = 'kubernetes.io/arch';

for (const [what, spec, platform] of [
  ['nothing', {}, [undefined, undefined]],
  ['an operating system', { os: { name: 'windows' } }, ['windows', undefined]],
  ['old labels', { nodeSelector: { 'beta.kubernetes.io/arch': 'arm64' } }, [undefined, 'arm64']],
  ['an empty label', { nodeSelector: { [ARCH]: '', 'kubernetes.io/os': '' } }, [undefined, undefined]],
  ['affinity', { affinity: affinity(inOne(ARCH, 'arm64')) }, [undefined, 'arm64']],
  ['affinity in every term', { affinity: affinity(inOne(ARCH, 'arm64'), inOne(ARCH, 'arm64')) }, [undefined, 'arm64']],
  [
    'affinity in one term of two',
    { affinity: affinity(inOne(ARCH, 'arm64'), inOne('a', 'b')) },
    [undefined, undefined],
  ],
  ['affinity to several', { affinity: affinity(inOne(ARCH, 'arm64', 'amd64')) }, [undefined, undefined]],
  ['affinity to either', { affinity: affinity(inOne(ARCH, 'arm64'), inOne(ARCH, 'amd64')) }, [undefined, undefined]],
] as const) {
  test(`the platform that pods require: ${what}`, () => {
    const { os, architecture } = toScannedTemplate(workload('Deployment', { template: { spec } }));
    assert.equal([os, architecture], [...platform]);
  });
}

const condition = (type: string, status: string) => ({ conditions: [{ type, status }] });
for (const [status, ended] of [
  [condition('Complete', 'True'), true],
  [condition('Failed', 'True'), true],
  [condition('Complete', 'False'), false],
  [condition('Suspended', 'True'), false],
] as const) {
  test(`a Job with ${JSON.stringify(status)} ${ended ? 'has ended' : 'runs pods'}`, () =>
    assert.equal(toScannedTemplate(workload('Job', { template }, status)).images, ended ? [] : kept.images));
}

for (const kind of ['ReplicaSet', 'ReplicationController']) {
  const owned = (controller: boolean) => {
    const { metadata, ...rest } = workload(kind, { template });
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller };
    return toScannedTemplate({ ...rest, metadata: { ...metadata, ownerReferences: [owner] } }).images;
  };
  test(`a ${kind} counts, unless another object controls it, whose template counts`, () => {
    assert.equal(toScannedTemplate(workload(kind, { template })).images, kept.images);
    assert.equal(owned(false), kept.images);
    assert.equal(owned(true), []);
  });
}

test('a workload without a template has no images', () =>
  assert.equal(toScannedTemplate(workload('Deployment', {})).images, []));

test.run();
