import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FailureReason, ScanError } from '../../../src/scan/failure.ts';
import { pullSources } from '../../../src/scan/registry/pull-sources.ts';

const REQUEST = {
  image: { digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64' },
  directory: '/nowhere',
  limits: { imageBytes: 1 },
};

/** What comes of sources that each fail with a reason, or give the image; and how many were asked. */
const outcome = async (sources: readonly (FailureReason | 'pulled')[]): Promise<[string, number]> => {
  let asked = 0;
  const client = {
    pull: async ({ registry }: { registry: string }) => {
      asked += 1;
      if (registry === 'pulled') return { manifest: 'pulled', bytes: 1 };
      throw new ScanError(registry as FailureReason, `message of ${registry}`);
    },
  };
  const all = sources.map((registry) => ({ registry, repository: 'app' }));
  try {
    return [(await pullSources(client, all, REQUEST, new AbortController().signal)).manifest, asked];
  } catch (error) {
    return [(error as ScanError).reason, asked];
  }
};

const OUTCOMES: readonly [sources: (FailureReason | 'pulled')[], outcome: string, asked: number][] = [
  [['pulled', 'pulled'], 'pulled', 1],
  [['NotFound', 'pulled'], 'pulled', 2],
  [['DamagedImage', 'Unauthorized', 'pulled'], 'pulled', 3],
  [['NotFound', 'Unauthorized'], 'Unauthorized', 2],
  [['Unauthorized', 'NotFound'], 'Unauthorized', 2],
  [['Unauthorized', 'RateLimited', 'NotFound'], 'RateLimited', 3],
  [['NotAllowed', 'NotFound'], 'NotFound', 2],
  [['NotAllowed', 'Unreachable', 'NotFound'], 'Unreachable', 3],
  [['Unreachable', 'Unauthorized'], 'Unauthorized', 2],
  [['DamagedImage', 'Unauthorized'], 'DamagedImage', 2],
  [['NotAllowed', 'NotAllowed'], 'NotAllowed', 2],
  [['TooLarge', 'pulled'], 'TooLarge', 1],
  [['PlatformMismatch', 'pulled'], 'PlatformMismatch', 1],
  [['Timeout', 'pulled'], 'Timeout', 1],
  [[], 'NotFound', 0],
];

for (const [sources, expected, asked] of OUTCOMES) {
  test(`sources [${sources.join(', ')}] come to ${expected} after ${asked}`, async () => {
    assert.equal(await outcome(sources), [expected, asked]);
  });
}

test.run();
