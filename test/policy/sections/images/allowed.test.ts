import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImagesSection } from '../../../../src/api/policy.ts';
import { describeAllowed, isAllowed } from '../../../../src/policy/sections/images/allowed.ts';
import { REFERENCE_CASES, titleOf } from './reference-cases.ts';

for (const row of REFERENCE_CASES) {
  const { image, allowed, requireDigest = false, requireRegistry = false, admitted } = row;
  test(titleOf(row), () =>
    assert.is(
      isAllowed({ ...(allowed && { allowed: [...allowed] }), requireDigest, requireRegistry }, image),
      admitted,
    ),
  );
}

test('the table has the documented number of rows, and each row once', () => {
  assert.ok(REFERENCE_CASES.length >= 60);
  assert.is(new Set(REFERENCE_CASES.map((row) => JSON.stringify(row))).size, REFERENCE_CASES.length);
});

const words: [images: ImagesSection, text: string][] = [
  [{ allowed: ['docker.io/library/nginx'] }, 'docker.io/library/nginx'],
  [{ allowed: ['ghcr.io/a/*', 'quay.io/*'], requireDigest: false }, 'ghcr.io/a/*, quay.io/*'],
  [{ allowed: ['ghcr.io/*'], requireDigest: true }, 'ghcr.io/*, each by its digest (name@sha256:...)'],
  [{ requireDigest: true }, 'every repository, each by its digest (name@sha256:...)'],
];

for (const [images, text] of words) {
  test(`the text of the patterns: ${text}`, () => assert.is(describeAllowed(images), text));
}

test.run();
