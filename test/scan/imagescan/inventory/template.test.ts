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

test('a workload without a template has no images', () =>
  assert.equal(toScannedTemplate(workload('Deployment', {})).images, []));

test.run();
