import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePlatform, platformRank, platformText } from '../../../src/scan/registry/platform.ts';

/** By containerd/platforms 1.0: Normalize, platformVector. */
const RANKS: readonly [wanted: string, offered: string, rank: number | undefined][] = [
  ['linux/amd64', 'linux/amd64', 0],
  ['linux/amd64', 'linux/x86_64', 0],
  ['linux/amd64', 'linux/amd64/v1', 0],
  ['linux/amd64', 'linux/amd64/v2', undefined],
  ['linux/amd64', 'linux/386', 1],
  ['linux/amd64', 'linux/i386', 1],
  ['linux/amd64', 'linux/arm64', undefined],
  ['linux/amd64', 'windows/amd64', undefined],
  ['linux/amd64', 'Linux/AMD64', 0],
  ['linux/amd64/v3', 'linux/amd64/v3', 0],
  ['linux/amd64/v3', 'linux/amd64/v2', 1],
  ['linux/amd64/v3', 'linux/amd64', 2],
  ['linux/amd64/v3', 'linux/amd64/v4', undefined],
  ['linux/386', 'linux/amd64', undefined],
  ['linux/arm64', 'linux/arm64', 0],
  ['linux/arm64', 'linux/arm64/v8', 0],
  ['linux/arm64/v8', 'linux/arm64', 0],
  ['linux/arm64', 'linux/aarch64', 0],
  ['linux/arm64', 'linux/arm64/8', 0],
  ['linux/arm64', 'linux/arm64/v9', undefined],
  ['linux/arm64', 'linux/arm/v8', 1],
  ['linux/arm64', 'linux/arm/v7', 2],
  ['linux/arm64', 'linux/arm', 2],
  ['linux/arm64', 'linux/arm/v6', 3],
  ['linux/arm64', 'linux/arm/v5', 4],
  ['linux/arm/v7', 'linux/arm/v7', 0],
  ['linux/arm/v7', 'linux/arm', 0],
  ['linux/arm/v7', 'linux/armhf', 0],
  ['linux/arm/v7', 'linux/arm/v6', 1],
  ['linux/arm/v7', 'linux/armel', 1],
  ['linux/arm/v7', 'linux/arm/v5', 2],
  ['linux/arm/v7', 'linux/arm/v8', undefined],
  ['linux/arm/v6', 'linux/arm/v7', undefined],
  ['linux/arm', 'linux/arm/v6', 1],
  ['linux/arm/v7', 'linux/arm64', undefined],
  ['linux/s390x', 'linux/s390x', 0],
  ['linux/ppc64le', 'linux/ppc64', undefined],
  ['windows/amd64', 'windows/amd64', 0],
  ['darwin/arm64', 'macos/arm64', 0],
  ['linux/amd64', 'unknown/unknown', undefined],
  ['linux/amd64', 'linux/constructor', undefined],
  ['linux/amd64/v999', 'linux/amd64/v1', 998],
];

for (const [wanted, offered, rank] of RANKS) {
  test(`a node of ${wanted} runs ${offered}: ${rank ?? 'no'}`, () => {
    assert.is(platformRank(parsePlatform(wanted), parsePlatform(offered)), rank);
  });
}

test('a platform is os/architecture or os/architecture/variant', () => {
  assert.equal(parsePlatform('linux/arm/v7'), { os: 'linux', architecture: 'arm', variant: 'v7' });
  assert.equal(parsePlatform('linux/amd64'), { os: 'linux', architecture: 'amd64' });
  assert.is(platformText(parsePlatform('linux/arm/v7')), 'linux/arm/v7');
  for (const wrong of ['', 'linux', 'linux/', '/amd64', 'linux/arm/', 'linux/arm/v7/x']) {
    assert.throws(() => parsePlatform(wrong), /is not a platform: write os\/architecture/);
  }
});

test.run();
