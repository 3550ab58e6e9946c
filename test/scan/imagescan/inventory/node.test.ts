import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type RequiredPlatform, toCachedNode, usualPlatform } from '../../../../src/scan/imagescan/inventory/node.ts';

const node = (name: string, platform?: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, resourceVersion: '1' },
  ...(platform !== undefined && { platform }),
});

test('a node is its platform', () => {
  const nodeInfo = { operatingSystem: 'linux', architecture: 'arm64', kernelVersion: '6' };
  assert.equal(toCachedNode({ ...node('a'), status: { nodeInfo, images: [] } } as never), node('a', 'linux/arm64'));
  assert.equal(toCachedNode({ ...node('a'), status: {} } as never), node('a'));
});

const rows: [what: string, platforms: (string | undefined)[], required: RequiredPlatform, usual: string][] = [
  ['none', [], {}, 'linux/amd64'],
  ['one that has not said it', [undefined], {}, 'linux/amd64'],
  ['most', ['linux/amd64', 'linux/arm64', 'linux/arm64'], {}, 'linux/arm64'],
  ['equally many', ['linux/arm64', 'linux/amd64'], {}, 'linux/amd64'],
  ['a system that few have', ['linux/arm64', 'linux/arm64', 'windows/amd64'], { os: 'windows' }, 'windows/amd64'],
  [
    'an architecture that few have',
    ['linux/arm64', 'linux/arm64', 'linux/amd64'],
    { architecture: 'amd64' },
    'linux/amd64',
  ],
  ['what no node has', ['linux/arm64'], { architecture: 's390x' }, 'linux/s390x'],
  [
    'what no node has both of',
    ['linux/arm64', 'windows/amd64'],
    { os: 'windows', architecture: 'arm64' },
    'windows/arm64',
  ],
];
for (const [what, platforms, required, usual] of rows) {
  test(`the usual platform of nodes: ${what}`, () =>
    assert.is(usualPlatform(platforms.map((platform, i) => node(String(i), platform)))(required), usual));
}

test.run();
