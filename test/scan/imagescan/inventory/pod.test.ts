import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toScannedPod } from '../../../../src/scan/imagescan/inventory/pod.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const pod = (phase: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '7',
    labels: { app: 'web' },
    annotations: { 'much/text': 'x' },
    managedFields: [{ manager: 'kubelet' }],
  },
  spec: {
    nodeName: 'node-1',
    containers: [
      { name: 'web', image: 'r.io/web:1', env: [{ name: 'A', value: 'b' }] },
      { name: 'twin', image: 'r.io/web:1' },
      { name: 'slow', image: 'r.io/slow:1' },
    ],
    initContainers: [{ name: 'init', image: 'r.io/init:1' }],
    ephemeralContainers: [{ name: 'debug', image: 'r.io/debug:1' }],
  },
  status: {
    phase,
    containerStatuses: [
      { name: 'web', image: 'r.io/web:1', imageID: `r.io/web@${digest('a')}` },
      { name: 'twin', image: 'r.io/web:1', imageID: `r.io/web@${digest('a')}` },
      { name: 'slow', image: 'r.io/slow:1', imageID: '' },
    ],
    initContainerStatuses: [{ name: 'init', image: 'sha256:x', imageID: `r.io/init@${digest('b')}` }],
    ephemeralContainerStatuses: [{ name: 'debug', image: 'r.io/debug:1', imageID: `r.io/debug@${digest('c')}` }],
  },
});
const metadata = { name: 'web-1', namespace: 'shop', uid: 'u', resourceVersion: '7', labels: { app: 'web' } };
const running = (name: string, letter: string) => ({
  reference: `r.io/${name}:1`,
  pulled: { registry: 'r.io', repository: name, digest: digest(letter) },
});

test('containers of every kind, each image once, without one that is still pulled', () =>
  assert.equal(toScannedPod(pod('Running')), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    running: [running('web', 'a'), running('init', 'b'), running('debug', 'c')],
    node: 'node-1',
  }));

test('image volumes, by the digest in the status of a container that mounts them', () => {
  const running = pod('Running');
  const volumes = [
    { name: 'model', image: { reference: 'r.io/model:1', pullPolicy: 'IfNotPresent' } },
    { name: 'data', image: { reference: 'r.io/data:1' } },
    { name: 'unset', image: {} },
    { name: 'tmp', emptyDir: {} },
  ];
  const mounted = { name: 'model', volumeStatus: { image: { imageRef: `r.io/model@${digest('d')}` } } };
  const containerStatuses = [{ ...running.status.containerStatuses[0]!, volumeMounts: [{ name: 'data' }, mounted] }];
  const found = toScannedPod({
    ...running,
    spec: { ...running.spec, volumes },
    status: { phase: 'Running', containerStatuses },
  } as never).running;
  assert.equal(found.slice(1), [
    { reference: 'r.io/model:1', pulled: { registry: 'r.io', repository: 'model', digest: digest('d') } },
    { reference: 'r.io/data:1' },
  ]);
});

test('a container that runs without an ID of its image is not left out', () => {
  const created = pod('Running');
  const containerStatuses = [
    { name: 'web', image: 'r.io/web:1', imageID: '', state: { running: {} } },
    { name: 'slow', image: 'r.io/slow:1', imageID: '', state: { waiting: { reason: 'ImagePullBackOff' } } },
  ];
  const { running } = toScannedPod({ ...created, status: { phase: 'Running', containerStatuses } } as never);
  assert.equal(
    running.map(({ reference, problem }) => [reference, problem?.reason]),
    [['r.io/web:1', 'DigestHidden']],
  );
});

for (const phase of ['Succeeded', 'Failed']) {
  test(`nothing runs in a pod that is ${phase}`, () => assert.equal(toScannedPod(pod(phase)).running, []));
}

test('a pod without a node and a status', () => {
  const { status: _, ...created } = pod('');
  const { nodeName: __, ...spec } = created.spec;
  assert.equal(toScannedPod({ ...created, spec } as never), { apiVersion: 'v1', kind: 'Pod', metadata, running: [] });
});

test.run();
