import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pullFromAny } from '../../../src/scan/registry/pull-from-any.ts';
import { type FailureReason, ScanError } from '../../../src/scan/scan-error.ts';

const REQUEST = {
  image: { digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64' },
  directory: '/nowhere',
  limits: { imageBytes: 1 },
  timeMs: 60_000,
};

/** What comes of sources that each fail with a reason, or give the image; and how many were asked. */
type Outcome = FailureReason | 'pulled' | `reported ${FailureReason | 'pulled'}`;

const outcome = async (sources: readonly Outcome[]): Promise<[string, number]> => {
  let asked = 0;
  const client = {
    pull: async ({ registry }: { registry: string }) => {
      asked += 1;
      if (registry === 'pulled') return { manifest: 'pulled', bytes: 1 };
      throw new ScanError(registry as FailureReason, `message of ${registry}`);
    },
  };
  const all = sources.map((registry) => ({
    registry: registry.replace('reported ', ''),
    repository: 'app',
    ...(registry.startsWith('reported ') && { reported: true as const }),
  }));
  try {
    return [(await pullFromAny(client, all, REQUEST, new AbortController().signal)).manifest, asked];
  } catch (error) {
    return [(error as ScanError).reason, asked];
  }
};

const OUTCOMES: readonly [sources: Outcome[], outcome: string, asked: number][] = [
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
  // A hostile source says whatever it likes, but what has the digest is for its platforms everywhere.
  [['TooLarge', 'pulled'], 'pulled', 2],
  [['Timeout', 'pulled'], 'pulled', 2],
  [['PlatformMismatch', 'pulled'], 'PlatformMismatch', 1],
  [['NotFound', 'TooLarge', 'Unauthorized'], 'TooLarge', 3],
  // A registry answers 401 for a name that only a node knows.
  [['NotFound', 'reported Unauthorized'], 'NotFound', 2],
  [['NotFound', 'reported pulled'], 'pulled', 2],
  [['reported NotFound', 'reported RateLimited'], 'RateLimited', 2],
  [[], 'NotFound', 0],
];

for (const [sources, expected, asked] of OUTCOMES) {
  test(`sources [${sources.join(', ')}] come to ${expected} after ${asked}`, async () => {
    assert.equal(await outcome(sources), [expected, asked]);
  });
}

test('a source that never ends takes half of the remaining time, and the next one gives the image', async () => {
  const timeMs = 400;
  const bounds: { took: number; left: number }[] = [];
  const started = performance.now();
  const client = {
    pull: ({ registry }: { registry: string }, _: object, signal: AbortSignal) => {
      if (registry === 'good') return Promise.resolve({ manifest: 'pulled', bytes: 1 });
      const from = performance.now();
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          bounds.push({ took: performance.now() - from, left: timeMs - (from - started) });
          reject(new ScanError('Timeout', 'message'));
        }),
      );
    },
  };
  const sources = ['drips', 'drips', 'good'].map((registry) => ({ registry, repository: 'app' }));
  const request = { ...REQUEST, timeMs };
  // Timers of signals keep no process alive.
  const alive = setInterval(() => undefined, 1000);
  const { manifest } = await pullFromAny(client, sources, request, new AbortController().signal);
  clearInterval(alive);
  assert.is(manifest, 'pulled');
  const [first, second] = bounds;
  // A timer may fire a millisecond early.
  assert.ok(first !== undefined && first.took >= first.left / 2 - 2, JSON.stringify(bounds));
  assert.ok(second !== undefined && second.took >= 1 && second.took < first.took, JSON.stringify(bounds));
});

test('the end of the signal ends the pull, whatever sources are left', async () => {
  const stop = new AbortController();
  let asked = 0;
  const client = {
    pull: (_source: object, _: object, signal: AbortSignal) => {
      asked += 1;
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new ScanError('Timeout', 'message'))),
      );
    },
  };
  const pulled = pullFromAny(
    client,
    [
      { registry: 'a', repository: 'a' },
      { registry: 'b', repository: 'b' },
    ],
    REQUEST,
    stop.signal,
  );
  stop.abort();
  assert.is(await pulled.catch((error) => error.message), 'message');
  assert.is(asked, 1);
});

test.run();
