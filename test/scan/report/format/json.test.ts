import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toJsonReport } from '../../../../src/scan/report/format/json.ts';
import { A, B, COVERAGE, EMPTY, EXCEPTIONS, SAMPLE, SOURCES } from '../sample-report.ts';

const json = toJsonReport(SAMPLE);

test('the complete report', () => {
  const { images, exceptions, ...whole } = json;
  assert.equal(whole, {
    schemaVersion: 'security.palisade.dev/report/v1',
    scan: { namespace: 'payments', name: 'nightly', uid: '6f0c' },
    generatedAt: '2026-11-24T12:00:00Z',
    failOn: 'High',
    failOnKnownExploited: false,
    ignoreUnfixed: false,
    acceptUnknown: ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms'],
    compliant: false,
    summary: {
      images: 3,
      scanned: 2,
      failed: 1,
      uncovered: 1,
      counts: { Critical: 1, High: 1, Medium: 1, Low: 1, Unknown: 0 },
      fixable: 4,
      suppressed: 1,
      blocking: 2,
    },
  });
  assert.equal(exceptions, [
    { ...EXCEPTIONS[0], findings: 1 },
    { ...EXCEPTIONS[1], findings: 1 },
    { ...EXCEPTIONS[2], findings: 1, expired: true },
  ]);
  assert.is(images.length, 3);
});

test('an image with a result, and each finding with its outcome', () => {
  const { findings, ...image } = json.images[1]!;
  assert.equal(image, {
    image: 'registry.example.com:5000/payments/api:1.2',
    digest: A,
    platform: 'linux/amd64',
    pods: 3,
    state: 'Scanned',
    scannedAt: '2026-11-24T03:00:00Z',
    scanner: { name: 'trivy', version: '0.74.0' },
    database: { updatedAt: '2026-11-24T00:00:00Z' },
    os: { family: 'debian', version: '12.5', endOfLife: false },
    summary: {
      counts: { Critical: 1, High: 1, Medium: 0, Low: 1, Unknown: 0 },
      fixable: 3,
      suppressed: 1,
      blocking: 2,
    },
    coverage: {
      sources: COVERAGE.sources,
      gaps: [
        { ...COVERAGE.gaps[0], accepted: true },
        { ...COVERAGE.gaps[1], accepted: false },
      ],
    },
    oldestFixableAt: '2026-11-01T00:00:00Z',
    advice: ['openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)', 'lodash 4.17.20 -> 4.17.21 (1 High)'],
  });
  const [lodash, zlib, openssl, curl] = SOURCES[0]!.report!.findings;
  assert.equal(findings, [
    { ...zlib, counted: false, blocking: false, exception: EXCEPTIONS[0] },
    { ...openssl, counted: true, blocking: true },
    { ...lodash, counted: true, blocking: true, exception: EXCEPTIONS[1] },
    { ...curl, counted: true, blocking: false },
  ]);
});

test('an image that failed has its reason and its older result, one that waits has neither', () => {
  const { findings, summary, scanner, database, coverage, advice, ...failed } = json.images[0]!;
  assert.equal(coverage?.gaps, []);
  assert.equal(failed, {
    image: 'nginx:1.27',
    digest: B,
    platform: 'linux/arm64',
    pods: 1,
    state: 'Failed',
    reason: 'Unauthorized',
    message: 'docker.io/library/nginx: the registry requires other credentials',
    scannedAt: '2026-11-20T03:00:00Z',
    oldestFixableAt: '2026-11-01T00:00:00Z',
  });
  assert.equal(
    findings?.map(({ exception }) => exception),
    [{ ...EXCEPTIONS[2], expired: true }],
  );
  assert.equal(json.images[2], {
    image: 'busybox',
    platform: 'linux/amd64',
    pods: 0,
    source: 'Template',
    state: 'Pending',
  });
});

test('without images', () => {
  const { summary, compliant } = toJsonReport(EMPTY);
  const counts = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
  assert.equal(summary, {
    images: 0,
    scanned: 0,
    failed: 0,
    uncovered: 0,
    counts,
    fixable: 0,
    suppressed: 0,
    blocking: 0,
  });
  assert.is(compliant, true);
});

test.run();
