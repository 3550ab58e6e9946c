import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseEnrichmentPlace } from '../../../src/scan/enrichment/place.ts';

test('a path', () => {
  assert.equal(parseEnrichmentPlace('/enrichment'), { path: '/enrichment' });
  assert.match((parseEnrichmentPlace('./x') as { path: string }).path, /^\/.*\/x$/);
});

test('an artifact', () => {
  const repository = { registry: 'registry.example.com:5000', repository: 'security/enrichment' };
  const name = 'registry.example.com:5000/security/enrichment:1';
  assert.equal(parseEnrichmentPlace(name), { repository, reference: '1', name });
});

test('anything else is refused', () => {
  for (const text of ['', 'Not An Image', 'http://x/y'])
    assert.throws(() => parseEnrichmentPlace(text), /neither a path/);
});

test.run();
