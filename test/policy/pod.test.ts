import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toPodImages } from '../../src/policy/pod.ts';

const raw = (spec: object, status: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'team-a',
    uid: 'u',
    resourceVersion: '5',
    labels: { a: 'b' },
    managedFields: [{ manager: 'kubelet' }],
  },
  spec,
  status,
});

const images: [what: string, spec: object, images: string[]][] = [
  [
    'containers',
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y:1' },
      ],
    },
    ['x', 'y:1'],
  ],
  [
    'init and ephemeral containers',
    {
      containers: [{ name: 'a', image: 'x' }],
      initContainers: [{ name: 'i', image: 'init' }],
      ephemeralContainers: [{ name: 'e', image: 'debug' }],
    },
    ['x', 'init', 'debug'],
  ],
  [
    'image volumes, and no others',
    {
      containers: [{ name: 'a', image: 'x' }],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', image: { reference: 'model:3' } },
        { name: 'u', image: {} },
      ],
    },
    ['x', 'model:3'],
  ],
  [
    'each image once',
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'x' },
      ],
    },
    ['x'],
  ],
  ['a container without an image', { containers: [{ name: 'a' }] }, []],
];

for (const [what, spec, expected] of images) {
  test(`images of ${what}`, () => assert.equal(toPodImages(raw(spec)).images, expected));
}

for (const [phase, finished] of [
  ['Pending', false],
  ['Running', false],
  ['Unknown', false],
  ['Succeeded', true],
  ['Failed', true],
] as const) {
  test(`a pod that is ${phase} ${finished ? 'has finished' : 'has not finished'}`, () =>
    assert.is(toPodImages(raw({ containers: [] }, { phase })).finished, finished));
}

for (const [spec, hostNetwork] of [
  [{}, undefined],
  [{ hostNetwork: false }, undefined],
  [{ hostNetwork: true }, true],
] as const) {
  test(`a pod with ${JSON.stringify(spec)} is ${hostNetwork ? '' : 'not '}on the host network`, () =>
    assert.is(toPodImages(raw({ containers: [], ...spec })).hostNetwork, hostNetwork));
}

test('the cache keeps no other field', () => {
  assert.equal(toPodImages(raw({ containers: [{ name: 'a', image: 'x', env: [] }], nodeName: 'n' })), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'team-a', uid: 'u', resourceVersion: '5', labels: { a: 'b' } },
    images: ['x'],
    finished: false,
  });
});

test.run();
