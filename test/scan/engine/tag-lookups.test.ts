import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { tagTarget, targetKey } from '../../../src/scan/engine/scan-target.ts';
import { TagLookups } from '../../../src/scan/engine/tag-lookups.ts';

const SCAN = 'shop/all';
const plain = tagTarget(SCAN, 'r.io/app:1');
const byId = tagTarget(SCAN, 'r.io/app:1', { config: 'sha256:runs', platform: 'linux/amd64' });
const before = new Map([['r.io/app:1', 'sha256:before']]);

test('a digest of an earlier run of the operator is that of a tag, and only a candidate for an image by ID', () => {
  const lookups = new TagLookups();
  lookups.watch(SCAN, [plain, byId], before);
  assert.equal(lookups.digestOf(plain), { digest: 'sha256:before' });
  assert.equal(lookups.digestOf(byId), {});
  assert.equal(lookups.candidates(byId), ['sha256:before', '1']);
  lookups.found(byId, 'sha256:found', undefined, 1);
  assert.equal(
    [lookups.digestOf(byId), lookups.digestOf(plain)],
    [{ digest: 'sha256:found' }, { digest: 'sha256:before' }],
  );
});

test('one reference on two platforms, and of two IDs, is looked up for each', () => {
  const other = tagTarget(SCAN, 'r.io/app:1', { config: 'sha256:runs', platform: 'linux/arm64' });
  const old = tagTarget(SCAN, 'r.io/app:1', { config: 'sha256:old', platform: 'linux/amd64' });
  assert.is(new Set([plain, byId, other, old].map(targetKey)).size, 4);
});

test('what is not watched any more is forgotten', () => {
  const lookups = new TagLookups();
  lookups.watch(SCAN, [plain, byId]);
  assert.equal(lookups.watch(SCAN, [plain]), [targetKey(byId)]);
  assert.equal(lookups.candidates(byId), ['1']);
  assert.equal(lookups.get(targetKey(plain)), plain);
});

test.run();
