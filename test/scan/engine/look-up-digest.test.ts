import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lookUpDigest } from '../../../src/scan/engine/look-up-digest.ts';
import { tagTarget } from '../../../src/scan/engine/scan-target.ts';
import { type FailureReason, ScanError } from '../../../src/scan/scan-error.ts';

const SOURCE = { registry: 'r.io', repository: 'app' };
const runs = { config: 'sha256:runs', platform: 'linux/arm64' };
const never = new AbortController().signal;

/** By reference: the configuration there, or why there is none. */
type There = Readonly<Record<string, string>>;

const lookUp = async (there: There, candidates: readonly string[], byId = true): Promise<[string, string[]]> => {
  const asked: string[] = [];
  const registry = {
    resolve: async (_: object, reference: string) => `digest of ${reference}`,
    inspect: async (_: object, reference: string, platform: string) => {
      asked.push(`${reference} ${platform}`);
      const config = there[reference] ?? 'NotFound';
      if (!config.startsWith('sha256:')) throw new ScanError(config as FailureReason, `${reference}: ${config}`);
      return { digest: `digest of ${reference}`, config };
    },
  };
  const target = tagTarget('shop/all', 'r.io/app:1', byId ? runs : undefined);
  const result = lookUpDigest(registry, SOURCE, target, candidates, never);
  return [await result.catch((error: ScanError) => `${error.reason}: ${error.message}`), asked];
};

test('a tag is its digest; nothing else is asked', async () =>
  assert.equal(await lookUp({}, ['1'], false), ['digest of 1', []]));

test('the tag is the image that runs', async () =>
  assert.equal(await lookUp({ 1: 'sha256:runs' }, ['1']), ['digest of 1', ['1 linux/arm64']]));

test('the tag has moved, and the last known digest is the image that runs', async () =>
  assert.equal(await lookUp({ 'sha256:old': 'sha256:runs', 1: 'sha256:new' }, ['sha256:old', '1']), [
    'digest of sha256:old',
    ['sha256:old linux/arm64'],
  ]));

test('the last known digest is another image, or gone, and the tag is the image that runs', async () => {
  for (const old of ['sha256:new', 'NotFound']) {
    const [found] = await lookUp({ 'sha256:old': old, 1: 'sha256:runs' }, ['sha256:old', '1']);
    assert.is(found, 'digest of 1');
  }
});

test('the ID is the digest of the image, as Docker has it with the image store of containerd', async () => {
  const registry = {
    resolve: () => assert.unreachable(),
    inspect: async () => ({ digest: runs.config, config: 'sha256:config' }),
  };
  const target = tagTarget('shop/all', 'r.io/app:1', runs);
  assert.is(await lookUpDigest(registry as never, SOURCE, target, ['1'], never), runs.config);
});

test('the tag has moved: the runtime hides what runs', async () =>
  assert.equal(
    (await lookUp({ 1: 'sha256:new' }, ['1']))[0],
    'DigestHidden: r.io/app:1: the container runtime reports only the ID sha256:runs of the image that runs, and the tag is another image now: restart the pod, or run the image by digest, as in app@sha256:…',
  ));

test('a failure of the registry is the reason', async () => {
  assert.equal((await lookUp({ 1: 'Unauthorized' }, ['1']))[0], 'Unauthorized: 1: Unauthorized');
  assert.equal((await lookUp({ 1: 'NotFound' }, ['1']))[0], 'NotFound: 1: NotFound');
  assert.equal(
    (await lookUp({ 'sha256:old': 'RateLimited', 1: 'sha256:runs' }, ['sha256:old', '1']))[0],
    'RateLimited: sha256:old: RateLimited',
  );
});

test.run();
