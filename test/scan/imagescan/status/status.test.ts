import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../../src/api/conditions.ts';
import type { ScanSpec } from '../../../../src/api/imagescan.ts';
import type { ImageLook, Look } from '../../../../src/scan/imagescan/observation.ts';
import {
  computeStatus,
  sameStatus,
  suspendedStatus,
  unsupportedStatus,
  withoutScannerStatus,
} from '../../../../src/scan/imagescan/status/status.ts';
import { imageScan } from '../image-scan.ts';
import { imageLook, imageView, lookAt, viewedFinding } from '../observation.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const critical = viewedFinding({ title: 'openssl: overflow' });
const high = viewedFinding({
  id: 'CVE-2099-0003',
  package: 'zlib1g',
  installed: '1.2.13',
  fixed: '',
  severity: 'High',
});

test('the whole status of two images, one of them failing with an older result', () => {
  const images = [
    imageLook('r.io/good:1', { digest: digest('b'), view: imageView([high], { os: 'debian 12.5' }) }),
    imageLook('r.io/bad:1', {
      pods: 3,
      view: imageView([critical, high], {
        scannedAt: '2026-01-01T03:00:00Z',
        new: 1,
        suppressed: 1,
        os: 'debian 10',
        endOfLife: true,
        oldestFixableAt: '2025-12-01T00:00:00Z',
        advice: ['openssl 3.0.15 -> 3.0.17 (1 Critical)'],
        exceptionHits: [1],
      }),
      failure: { reason: 'Unreachable', message: 'r.io/bad:1: r.io does not answer', retries: true },
      outdated: true,
    }),
  ];
  const exceptions = [{ id: 'CVE-1', status: 'not_affected', justification: 'not reached' }] as const;
  const look = lookAt(images, {
    planned: Date.parse('2026-01-02T03:00:00Z'),
    next: Date.parse('2026-01-03T03:00:42Z'),
  });
  assert.equal(computeStatus(imageScan({ exceptions: [...exceptions] }), look, NOW), {
    observedGeneration: 3,
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Unreachable',
        message: '1 image of 2 could not be scanned: r.io/bad:1: r.io does not answer',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Compliant',
        status: 'False',
        reason: 'BlockingFindings',
        message: '1 finding of severity Critical or above in 1 image: r.io/bad:1; status.images has what to upgrade',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Fresh',
        status: 'False',
        reason: 'ScanFailed',
        message: '1 result of 2 of an earlier scan, the oldest of 2026-01-01T03:00:00Z: r.io/bad:1',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Reconciling',
        status: 'True',
        reason: 'Scanning',
        message: '1 image of 2 to scan: r.io/bad:1',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
    ],
    lastScanTime: '2026-01-02T03:00:00Z',
    lastScheduleTime: '2026-01-02T03:00:00Z',
    nextScanTime: '2026-01-03T03:00:42Z',
    scanner: { name: 'trivy', version: '0.74.0', databaseUpdatedAt: '2026-01-02T00:00:00Z' },
    summary: {
      images: 2,
      scanned: 2,
      pending: 0,
      failed: 1,
      critical: 1,
      high: 2,
      medium: 0,
      low: 0,
      unknown: 0,
      fixable: 1,
      new: 1,
      suppressed: 1,
    },
    images: [
      {
        image: 'r.io/bad:1',
        digest: digest('a'),
        platform: 'linux/amd64',
        pods: 3,
        state: 'Failed',
        reason: 'Unreachable',
        message: 'r.io/bad:1: r.io does not answer',
        scannedAt: '2026-01-01T03:00:00Z',
        critical: 1,
        high: 1,
        medium: 0,
        low: 0,
        unknown: 0,
        fixable: 1,
        suppressed: 1,
        os: 'debian 10',
        endOfLife: true,
        oldestFixableAt: '2025-12-01T00:00:00Z',
        advice: ['openssl 3.0.15 -> 3.0.17 (1 Critical)'],
      },
      {
        image: 'r.io/good:1',
        digest: digest('b'),
        platform: 'linux/amd64',
        pods: 1,
        state: 'Scanned',
        scannedAt: '2026-01-02T03:00:00Z',
        critical: 0,
        high: 1,
        medium: 0,
        low: 0,
        unknown: 0,
        fixable: 0,
        suppressed: 0,
        os: 'debian 12.5',
      },
    ],
    findings: [
      {
        id: 'CVE-2099-0001',
        package: 'openssl',
        installed: '3.0.15',
        fixed: '3.0.17',
        severity: 'Critical',
        images: 1,
        firstSeenAt: '2026-01-01T00:00:00Z',
        title: 'openssl: overflow',
      },
      {
        id: 'CVE-2099-0003',
        package: 'zlib1g',
        installed: '1.2.13',
        severity: 'High',
        images: 2,
        firstSeenAt: '2026-01-01T00:00:00Z',
      },
    ],
    exceptions: [{ id: 'CVE-1', status: 'not_affected', justification: 'not reached', findings: 1 }],
  });
});

interface Row {
  readonly what: string;
  readonly images?: readonly ImageLook[];
  readonly more?: Partial<Look>;
  readonly spec?: ScanSpec;
  /** Type, status and reason of the conditions. */
  readonly conditions: readonly string[];
}

const scanned = imageLook('r.io/a:1', { view: imageView([high]) });
const bad = imageLook('r.io/bad:1', { view: imageView([critical]) });
const failing = (reason: 'Unauthorized' | 'Timeout', retries: boolean) =>
  imageLook('r.io/f:1', { failure: { reason, message: `r.io/f:1: ${reason}`, retries } });

const rows: Row[] = [
  {
    what: 'no image',
    conditions: ['Ready True NoImages', 'Compliant True NoBlockingFindings', 'Fresh True NoImages'],
  },
  {
    what: 'all scanned',
    images: [scanned],
    conditions: ['Ready True Scanned', 'Compliant True NoBlockingFindings', 'Fresh True UpToDate'],
  },
  {
    what: 'a finding in the way',
    images: [scanned, bad],
    conditions: ['Ready True Scanned', 'Compliant False BlockingFindings', 'Fresh True UpToDate'],
  },
  {
    what: 'an image that waits for its first scan',
    images: [scanned, imageLook('r.io/new:1')],
    conditions: [
      'Ready False Scanning',
      'Compliant Unknown NotScanned',
      'Fresh True UpToDate',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'a finding in the way is known before everything is scanned',
    images: [bad, imageLook('r.io/new:1')],
    conditions: [
      'Ready False Scanning',
      'Compliant False BlockingFindings',
      'Fresh True UpToDate',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'invariant 4: an image that fails and is tried again',
    images: [failing('Timeout', true)],
    conditions: [
      'Ready False Timeout',
      'Compliant Unknown NotScanned',
      'Fresh Unknown NotScanned',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'invariant 4: an image that fails until somebody acts',
    images: [failing('Unauthorized', false)],
    conditions: [
      'Ready False Unauthorized',
      'Compliant Unknown NotScanned',
      'Fresh Unknown NotScanned',
      'Stalled True Unauthorized',
    ],
  },
  {
    what: 'invariant 4: a result of before the last planned time',
    images: [{ ...scanned, outdated: true }],
    conditions: [
      'Ready True Scanned',
      'Compliant True NoBlockingFindings',
      'Fresh False Scanning',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'a database that is old',
    images: [scanned],
    more: { databaseOld: true },
    conditions: ['Ready True Scanned', 'Compliant True NoBlockingFindings', 'Fresh False DatabaseOld'],
  },
  {
    what: 'a schedule that cannot be',
    images: [scanned],
    more: { stalled: [{ reason: 'InvalidSchedule', message: 'schedule "0 0 31 2 *" has no date' }] },
    conditions: [
      'Ready False InvalidSchedule',
      'Compliant True NoBlockingFindings',
      'Fresh True UpToDate',
      'Stalled True InvalidSchedule',
    ],
  },
];

for (const { what, images = [], more, spec = {}, conditions } of rows) {
  test(`conditions: ${what}`, () => {
    const status = computeStatus(imageScan(spec), lookAt(images, more), NOW);
    assert.equal(
      status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
      conditions,
    );
  });
}

test('invariant 5: counts are exact, details are capped, and the number left out is shown', () => {
  const findings = Array.from({ length: 60 }, (_, i) => viewedFinding({ id: `CVE-${String(i).padStart(3, '0')}` }));
  const advice = Array.from({ length: 12 }, (_, i) => `p${i} 1 -> 2`);
  const images = Array.from({ length: 53 }, (_, i) =>
    imageLook(`r.io/i${String(i).padStart(2, '0')}`, { view: imageView(findings, { advice }) }),
  );
  const status = computeStatus(imageScan(), lookAt(images), NOW);
  assert.equal(
    [status.images?.length, status.imagesOmitted, status.findings?.length, status.findingsOmitted],
    [50, 3, 50, 10],
  );
  assert.equal([status.images?.[0]?.advice?.length, status.images?.[0]?.adviceOmitted], [10, 2]);
  assert.equal([status.summary?.images, status.summary?.critical], [53, 53 * 60]);
});

test('times of a finding and of a transition move only when they must', () => {
  const first = computeStatus(imageScan(), lookAt([scanned]), NOW);
  const later = computeStatus(imageScan({}, first), lookAt([scanned]), NOW + 60_000);
  assert.ok(sameStatus(first, later));
  const gone = computeStatus(imageScan({}, first), lookAt([]), NOW + 60_000);
  assert.is(gone.lastScanTime, '2026-01-02T03:00:00Z');
});

test('the order of images and findings does not matter', () => {
  const images = [scanned, bad, failing('Timeout', true)];
  assert.equal(
    computeStatus(imageScan(), lookAt(images), NOW).images,
    computeStatus(imageScan(), lookAt(images.toReversed()), NOW).images,
  );
});

test('an expired exception is shown as such', () => {
  const exceptions = [{ id: 'CVE-1', status: 'fixed' as const, expiresAt: '2026-01-02T12:00:00Z' }];
  const row = (now: number) => computeStatus(imageScan({ exceptions }), lookAt([]), now).exceptions?.[0]?.expired;
  assert.equal([row(NOW - 1), row(NOW)], [false, true]);
});

test('no scan is shown as made in the future: the clock was wrong then, or is now', () => {
  const future = imageLook('r.io/a:1', { view: imageView([], { scannedAt: '2027-01-01T00:00:00Z' }) });
  const past = imageLook('r.io/b:1', { view: imageView([], { scannedAt: '2026-01-02T03:00:00Z' }) });
  const lastScanTime = (images: readonly ImageLook[], before?: string) =>
    computeStatus(imageScan({}, before === undefined ? {} : { lastScanTime: before }), lookAt(images), NOW)
      .lastScanTime;
  assert.is(lastScanTime([future, past]), '2026-01-02T03:00:00Z');
  assert.is(lastScanTime([future], '2026-12-31T00:00:00Z'), '2026-01-02T12:00:00Z');
  assert.is(lastScanTime([future], '2026-01-02T11:00:00Z'), '2026-01-02T11:00:00Z', 'equal input, equal status');
});

test('suspended: the figures stay, nothing is promised', () => {
  const look = lookAt([scanned], { next: NOW + 1000 });
  const before = computeStatus(imageScan(), look, NOW);
  const status = suspendedStatus(imageScan({ suspend: true }, before), NOW + 1000);
  assert.equal(status.summary, before.summary);
  assert.is(status.nextScanTime, undefined);
  assert.equal(
    status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ['Ready Unknown Suspended', 'Compliant Unknown Suspended', 'Fresh Unknown Suspended'],
  );
});

test('a spec that this release does not know: nothing is scanned, and a finding that is known stays in the way', () => {
  const before = computeStatus(imageScan(), lookAt([bad]), NOW);
  const status = unsupportedStatus(imageScan({}, before), ['spec.exceptions[0].paths'], NOW);
  assert.equal(status.summary, before.summary);
  assert.equal(
    status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    [
      'Ready False UnsupportedSpec',
      'Compliant False BlockingFindings',
      'Fresh Unknown UnsupportedSpec',
      'Stalled True UnsupportedSpec',
    ],
  );
  assert.match(status.conditions?.[0]?.message ?? '', 'does not know spec.exceptions[0].paths: run the release');
});

test('results that the report store has lost: the figures of before stay until all images are scanned anew', () => {
  const before = computeStatus(imageScan(), lookAt([scanned, bad]), NOW);
  const after = computeStatus(
    imageScan({}, before),
    lookAt([imageLook('web', {}), { ...scanned }], { madeAgain: true, database: '2026-01-02T06:00:00Z' }),
    NOW + 1000,
  );
  const { conditions: _, observedGeneration: __, ...figures } = before;
  assert.equal(
    { ...after, conditions: undefined, observedGeneration: undefined },
    { ...figures, conditions: undefined, observedGeneration: undefined },
  );
  assert.equal(
    after.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ['Ready False Scanning', 'Compliant False BlockingFindings', 'Fresh False Scanning', 'Reconciling True Scanning'],
  );
  assert.is(
    findCondition(after.conditions, 'Fresh')?.message,
    'the figures are of before, since the report store has lost them: 1 of 2 images scanned anew',
  );
});

test('without a scanner the status says so', () => {
  const status = withoutScannerStatus(imageScan(), 'there is no trivy on the PATH: name one with --trivy PATH', NOW);
  assert.is(findCondition(status.conditions, 'Ready')?.status, 'False');
  assert.is(findCondition(status.conditions, 'Stalled')?.reason, 'ScannerMissing');
  assert.is(findCondition(status.conditions, 'Compliant')?.status, 'Unknown');
});

test('without a scanner a finding that is known stays in the way', () => {
  const before = computeStatus(imageScan(), lookAt([bad]), NOW);
  const status = withoutScannerStatus(imageScan({}, before), 'there is no trivy on the PATH', NOW + 1000);
  assert.equal(findCondition(status.conditions, 'Compliant'), findCondition(before.conditions, 'Compliant'));
});

test('many failures that say the same are said once, and of others the first few', () => {
  const failing = (i: number, message: string) =>
    imageLook(`a${i}`, { failure: { reason: 'NotFound', message, retries: true } });
  const messageOf = (messages: readonly string[]) =>
    findCondition(computeStatus(imageScan(), lookAt(messages.map((m, i) => failing(i, m))), NOW).conditions, 'Ready')
      ?.message;
  assert.is(messageOf(['same', 'same', 'same']), '3 images of 3 could not be scanned: same');
  const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  assert.is(messageOf(seven), '7 images of 7 could not be scanned: a. b. c. d. e. And 2 more');
});

test.run();
