import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../../src/api/conditions.ts';
import type { ScanSpec } from '../../../../src/api/imagescan.ts';
import type { CoverageGap } from '../../../../src/scan/findings/coverage/coverage.ts';
import { NO_EVENTS } from '../../../../src/scan/imagescan/events/emitted-events.ts';
import { areResultsLost } from '../../../../src/scan/imagescan/events/events.ts';
import type { Observation, ObservedImage } from '../../../../src/scan/imagescan/observation.ts';
import {
  computeStatus,
  sameStatus,
  suspendedStatus,
  unsupportedStatus,
  withoutScannerStatus,
} from '../../../../src/scan/imagescan/status/status.ts';
import { imageScan } from '../image-scan.ts';
import { evaluatedFinding, evaluationOf, observationOf, observedImage } from '../observation.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const critical = evaluatedFinding({ title: 'openssl: overflow' });
const high = evaluatedFinding({
  id: 'CVE-2099-0003',
  package: 'zlib1g',
  installed: '1.2.13',
  fixed: '',
  severity: 'High',
});

test('the whole status of two images, one of them failing with an older result', () => {
  const images = [
    observedImage('r.io/good:1', { digest: digest('b'), evaluation: evaluationOf([high], { os: 'debian 12.5' }) }),
    observedImage('r.io/bad:1', {
      pods: 3,
      evaluation: evaluationOf([critical, high], {
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
  const observation = observationOf(images, {
    planned: Date.parse('2026-01-02T03:00:00Z'),
    next: Date.parse('2026-01-03T03:00:42Z'),
  });
  assert.equal(computeStatus(imageScan({ exceptions: [...exceptions] }), observation, NOW), {
    observedGeneration: 3,
    reason: 'Unreachable',
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Unreachable',
        message: '1 of 2 images could not be scanned: r.io/bad:1: r.io does not answer',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Compliant',
        status: 'False',
        reason: 'BlockingFindings',
        message: '1 finding of severity Critical in 1 image: r.io/bad:1; status.images lists what to upgrade',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Fresh',
        status: 'False',
        reason: 'ScanFailed',
        message: '1 of 2 results outdated, the oldest from 2026-01-01T03:00:00Z: r.io/bad:1',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-02T12:00:00Z',
      },
      {
        type: 'Reconciling',
        status: 'True',
        reason: 'Scanning',
        message: '1 of 2 images to scan: r.io/bad:1',
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
      uncovered: 0,
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
        coverage: { packages: 2 },
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
        coverage: { packages: 2 },
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
  readonly images?: readonly ObservedImage[];
  readonly more?: Partial<Observation>;
  readonly spec?: ScanSpec;
  /** Type, status and reason of the conditions. */
  readonly conditions: readonly string[];
}

const scanned = observedImage('r.io/a:1', { evaluation: evaluationOf([high]) });
const bad = observedImage('r.io/bad:1', { evaluation: evaluationOf([critical]) });
const failing = (reason: 'Unauthorized' | 'Timeout', retries: boolean) =>
  observedImage('r.io/f:1', { failure: { reason, message: `r.io/f:1: ${reason}`, retries } });

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
    what: 'a blocking finding',
    images: [scanned, bad],
    conditions: ['Ready True Scanned', 'Compliant False BlockingFindings', 'Fresh True UpToDate'],
  },
  {
    what: 'an image that waits for its first scan',
    images: [scanned, observedImage('r.io/new:1')],
    conditions: [
      'Ready False Scanning',
      'Compliant Unknown NotScanned',
      'Fresh True UpToDate',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'a blocking finding is known before everything is scanned',
    images: [bad, observedImage('r.io/new:1')],
    conditions: [
      'Ready False Scanning',
      'Compliant False BlockingFindings',
      'Fresh True UpToDate',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'invariant 4: an image that fails and is retried',
    images: [failing('Timeout', true)],
    conditions: [
      'Ready False Timeout',
      'Compliant Unknown NotScanned',
      'Fresh Unknown NotScanned',
      'Reconciling True Scanning',
    ],
  },
  {
    what: 'invariant 4: an image that fails until a user acts',
    images: [failing('Unauthorized', false)],
    conditions: [
      'Ready False Unauthorized',
      'Compliant Unknown NotScanned',
      'Fresh Unknown NotScanned',
      'Stalled True Unauthorized',
    ],
  },
  {
    what: 'invariant 4: a result older than the last planned time',
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
    what: 'an invalid schedule',
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
    const status = computeStatus(imageScan(spec), observationOf(images, more), NOW);
    assert.equal(
      status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
      conditions,
    );
  });
}

test('invariant 5: counts are exact, details are capped, and the number left out is shown', () => {
  const findings = Array.from({ length: 60 }, (_, i) => evaluatedFinding({ id: `CVE-${String(i).padStart(3, '0')}` }));
  const advice = Array.from({ length: 10 }, (_, i) => `p${i} 1 -> 2`);
  const images = Array.from({ length: 53 }, (_, i) =>
    observedImage(`r.io/i${String(i).padStart(2, '0')}`, {
      evaluation: evaluationOf(findings, { advice, adviceOmitted: 2 }),
    }),
  );
  const status = computeStatus(imageScan(), observationOf(images), NOW);
  assert.equal(
    [status.images?.length, status.imagesOmitted, status.findings?.length, status.findingsOmitted],
    [50, 3, 50, 10],
  );
  assert.equal([status.images?.[0]?.advice?.length, status.images?.[0]?.adviceOmitted], [10, 2]);
  assert.equal([status.summary?.images, status.summary?.critical], [53, 53 * 60]);
});

test('times of a finding and of a transition move only when they must', () => {
  const first = computeStatus(imageScan(), observationOf([scanned]), NOW);
  const later = computeStatus(imageScan({}, first), observationOf([scanned]), NOW + 60_000);
  assert.ok(sameStatus(first, later));
  const gone = computeStatus(imageScan({}, first), observationOf([]), NOW + 60_000);
  assert.is(gone.lastScanTime, '2026-01-02T03:00:00Z');
});

test('the order of images and findings does not matter', () => {
  const images = [scanned, bad, failing('Timeout', true)];
  assert.equal(
    computeStatus(imageScan(), observationOf(images), NOW).images,
    computeStatus(imageScan(), observationOf(images.toReversed()), NOW).images,
  );
});

test('an expired exception is shown as such', () => {
  const exceptions = [{ id: 'CVE-1', status: 'fixed' as const, expiresAt: '2026-01-02T12:00:00Z' }];
  const row = (now: number) =>
    computeStatus(imageScan({ exceptions }), observationOf([]), now).exceptions?.[0]?.expired;
  assert.equal([row(NOW - 1), row(NOW)], [false, true]);
});

test('no scan time is in the future: the clock was wrong then, or is now', () => {
  const future = observedImage('r.io/a:1', { evaluation: evaluationOf([], { scannedAt: '2027-01-01T00:00:00Z' }) });
  const past = observedImage('r.io/b:1', { evaluation: evaluationOf([], { scannedAt: '2026-01-02T03:00:00Z' }) });
  const lastScanTime = (images: readonly ObservedImage[], before?: string) =>
    computeStatus(imageScan({}, before === undefined ? {} : { lastScanTime: before }), observationOf(images), NOW)
      .lastScanTime;
  assert.is(lastScanTime([future, past]), '2026-01-02T03:00:00Z');
  assert.is(lastScanTime([future], '2026-12-31T00:00:00Z'), '2026-01-02T12:00:00Z');
  assert.is(lastScanTime([future], '2026-01-02T11:00:00Z'), '2026-01-02T11:00:00Z', 'equal input, equal status');
});

test('suspended: the last known values stay, without a time of the next scan', () => {
  const observation = observationOf([scanned], { next: NOW + 1000 });
  const before = computeStatus(imageScan(), observation, NOW);
  const status = suspendedStatus(imageScan({ suspend: true }, before), NOW + 1000);
  assert.equal(status.summary, before.summary);
  assert.is(status.nextScanTime, undefined);
  assert.equal(
    status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ['Ready Unknown Suspended', 'Compliant Unknown Suspended', 'Fresh Unknown Suspended'],
  );
  const rest = 'Ready, Compliant and Fresh are Unknown. To resume, set spec.suspend to false';
  const messageOf = (of: typeof before) => of.conditions?.[0]?.message;
  assert.is(messageOf(status), `suspended: nothing is scanned. Counts and findings stay. ${rest}`);
  const never = suspendedStatus(imageScan({ suspend: true }), NOW);
  assert.is(messageOf(never), `suspended: nothing is scanned. ${rest}`);
});

const missing = observedImage('bad', {
  failure: { reason: 'NotFound', message: 'bad: not found', retries: true },
});

for (const [reason, what, status] of [
  ['Scanned', 'all are True', computeStatus(imageScan(), observationOf([scanned]), NOW)],
  ['NoImages', 'there are no images', computeStatus(imageScan(), observationOf([]), NOW)],
  ['BlockingFindings', 'only Compliant is False', computeStatus(imageScan(), observationOf([bad]), NOW)],
  ['NotFound', 'Ready is False, and Compliant too', computeStatus(imageScan(), observationOf([bad, missing]), NOW)],
  [
    'DatabaseOld',
    'only Fresh is False',
    computeStatus(imageScan(), observationOf([scanned], { databaseOld: true }), NOW),
  ],
  [
    'Suspended',
    'it is suspended',
    suspendedStatus(imageScan({}, computeStatus(imageScan(), observationOf([bad]), NOW)), NOW),
  ],
  ['ScannerMissing', 'there is no scanner', withoutScannerStatus(imageScan(), 'no Trivy', NOW)],
] as const) {
  test(`status.reason is ${reason} when ${what}`, () => assert.is(status.reason, reason));
}

test('status.scanner names the repository of the database, for palisade scan', () => {
  const { scanner } = computeStatus(
    imageScan(),
    observationOf([scanned], { databaseRepository: 'r.io/trivy-db' }),
    NOW,
  );
  assert.is(scanner?.databaseRepository, 'r.io/trivy-db');
});

test('a spec that this release does not know: nothing is scanned, and a known finding keeps blocking', () => {
  const before = computeStatus(imageScan(), observationOf([bad]), NOW);
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

test('the report store has lost results: the last known values stay until all images are scanned again', () => {
  const before = computeStatus(imageScan(), observationOf([scanned, bad]), NOW);
  const after = computeStatus(
    imageScan({}, before),
    observationOf([observedImage('web', {}), { ...scanned }], { resultsLost: true, database: '2026-01-02T06:00:00Z' }),
    NOW + 1000,
  );
  const judged = { conditions: undefined, observedGeneration: undefined, reason: undefined };
  assert.equal({ ...after, ...judged }, { ...before, ...judged });
  assert.equal(
    after.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ['Ready False Scanning', 'Compliant False BlockingFindings', 'Fresh False Scanning', 'Reconciling True Scanning'],
  );
  assert.is(
    findCondition(after.conditions, 'Fresh')?.message,
    'the report store lost earlier results; the status shows the last known values until all are scanned again: 1 of 2 images done',
  );
});

test('Compliant is True only if every image has a result, whatever was lost', () => {
  const evaluation = evaluationOf([]);
  const failure = { reason: 'NotFound', message: 'b: is not there', retries: true } as const;
  const states = [{}, { failure }, { evaluation }, { evaluation, failure }];
  const earlier = (['True', 'False', 'Unknown'] as const).map((status) => ({
    lastScanTime: '2026-01-01T00:00:00Z',
    conditions: [{ type: 'Compliant', status, reason: 'Earlier', message: 'earlier', lastTransitionTime: '' }],
  }));
  for (const emitted of [undefined, NO_EVENTS, { ...NO_EVENTS, lost: true } as const]) {
    for (const before of earlier) {
      for (const [a, b] of states.flatMap((one) => states.map((other) => [one, other] as const))) {
        const observation = observationOf([observedImage('a', a), observedImage('b', b)]);
        const resultsLost = areResultsLost(emitted, true, observation);
        const { conditions } = computeStatus(imageScan({}, before as never), { ...observation, resultsLost }, NOW);
        const compliant = findCondition(conditions, 'Compliant');
        const isScanned = 'evaluation' in a && 'evaluation' in b;
        const expected = isScanned
          ? 'True'
          : resultsLost && before.conditions[0]?.status === 'False'
            ? 'False'
            : 'Unknown';
        assert.is(compliant?.status, expected, JSON.stringify([emitted, before.conditions, a, b]));
      }
    }
  }
});

const JARS = { kind: 'UnidentifiedJars', count: 2, message: '2 jars without a pom.properties: add one' } as const;
const VENDOR = { kind: 'ThirdPartyPackages', count: 1, message: '1 package of other vendors than debian 12' } as const;
const withGaps = (...gaps: CoverageGap[]) =>
  observedImage('r.io/shop:1', { evaluation: evaluationOf([], { coverage: { sources: [], gaps } }) });

const verdicts: [what: string, spec: ScanSpec, images: ObservedImage[], verdict: [string, string, string]][] = [
  ['every package was looked at', {}, [withGaps()], ['True', 'NoBlockingFindings', 'no finding of severity Critical']],
  [
    'a kind that is not accepted',
    {},
    [withGaps(VENDOR, JARS)],
    [
      'Unknown',
      'CoverageIncomplete',
      '1 image with packages that were not looked at: r.io/shop:1: UnidentifiedJars, 2 jars without a pom.properties: add one, or add UnidentifiedJars to spec.acceptUnknown',
    ],
  ],
  [
    'a kind that is accepted by default',
    {},
    [withGaps(VENDOR)],
    ['True', 'NoBlockingFindings', 'no finding of severity Critical'],
  ],
  [
    'nothing accepted',
    { acceptUnknown: [] },
    [withGaps(VENDOR)],
    [
      'Unknown',
      'CoverageIncomplete',
      '1 image with packages that were not looked at: r.io/shop:1: ThirdPartyPackages, 1 package of other vendors than debian 12, or add ThirdPartyPackages to spec.acceptUnknown',
    ],
  ],
  [
    'every kind accepted, and no finding blocks',
    { acceptUnknown: ['ThirdPartyPackages', 'UnidentifiedJars'], failOn: 'None' },
    [withGaps(VENDOR, JARS)],
    ['True', 'NoBlockingFindings', 'failOn is None: no finding blocks'],
  ],
  [
    'a blocking finding elsewhere',
    {},
    [withGaps(JARS), observedImage('r.io/bad:1', { evaluation: evaluationOf([critical]) })],
    [
      'False',
      'BlockingFindings',
      '1 finding of severity Critical in 1 image: r.io/bad:1; status.images lists what to upgrade',
    ],
  ],
  [
    'an image without a result too',
    {},
    [withGaps(JARS), observedImage('r.io/new:1')],
    ['Unknown', 'NotScanned', '1 image without a scan result: r.io/new:1'],
  ],
];

for (const [what, spec, images, expected] of verdicts) {
  test(`Compliant with packages that were not looked at: ${what}`, () => {
    const { conditions } = computeStatus(imageScan(spec), observationOf(images), NOW);
    const { status, reason, message } = findCondition(conditions, 'Compliant')!;
    assert.equal([status, reason, message], expected);
  });
}

const KEV_NOW = { kev: { releasedAt: NOW } };
const KEV_OLD = { kev: { releasedAt: Date.parse('2025-11-01T00:00:00Z') } };
const exploited = evaluationOf([evaluatedFinding({ severity: 'Low', knownExploited: true })], { blocking: 1 });

const exploitation: [
  what: string,
  spec: Partial<ScanSpec>,
  images: ObservedImage[],
  more: Partial<Observation>,
  expected: [status: string, reason: string, message: RegExp],
][] = [
  [
    'nothing known to be exploited',
    { failOnKnownExploited: true },
    [withGaps()],
    KEV_NOW,
    ['True', 'NoBlockingFindings', /^no finding of severity Critical, or known to be exploited$/],
  ],
  [
    'an exploited finding',
    { failOnKnownExploited: true, failOn: 'None' },
    [observedImage('r.io/bad:1', { evaluation: exploited })],
    KEV_NOW,
    ['False', 'BlockingFindings', /^1 finding known to be exploited in 1 image: r\.io\/bad:1; /],
  ],
  [
    'no KEV',
    { failOnKnownExploited: true },
    [withGaps()],
    {},
    ['Unknown', 'KnownExploitedUnknown', /^no KEV was read, .*: put known_exploited_vulnerabilities\.json where/],
  ],
  [
    'no KEV, and no image',
    { failOnKnownExploited: true },
    [],
    {},
    ['Unknown', 'KnownExploitedUnknown', /^no KEV was read, /],
  ],
  [
    'an old KEV',
    { failOnKnownExploited: true },
    [withGaps()],
    KEV_OLD,
    ['Unknown', 'KnownExploitedUnknown', /^KEV of --enrichment is from 2025-11-01T00:00:00Z, more than 30 days ago/],
  ],
  [
    'an old KEV that has a finding',
    { failOnKnownExploited: true },
    [observedImage('r.io/bad:1', { evaluation: exploited })],
    KEV_OLD,
    ['False', 'BlockingFindings', /or known to be exploited in 1 image/],
  ],
  [
    'no KEV, and a critical finding',
    { failOnKnownExploited: true },
    [observedImage('r.io/bad:1', { evaluation: evaluationOf([critical]) })],
    {},
    ['False', 'BlockingFindings', /^1 finding of severity Critical, or known to be exploited in 1 image/],
  ],
  ['no KEV, which is not asked for', {}, [withGaps()], {}, ['True', 'NoBlockingFindings', /^no finding of severity/]],
  [
    'no KEV, which is asked for no more',
    { failOnKnownExploited: false },
    [withGaps()],
    {},
    ['True', 'NoBlockingFindings', /^no finding of severity Critical$/],
  ],
];

for (const [what, spec, images, more, [status, reason, message]] of exploitation) {
  test(`Compliant with failOnKnownExploited: ${what}`, () => {
    const computed = computeStatus(imageScan(spec), observationOf(images, more), NOW);
    const found = findCondition(computed.conditions, 'Compliant')!;
    assert.equal([found.status, found.reason], [status, reason]);
    assert.match(found.message, message);
    assert.is(computed.reason === reason, status !== 'True', 'the column REASON');
  });
}

test('a result without a record of its coverage is not known to be compliant', () => {
  const { coverage: _, ...older } = evaluationOf();
  const { conditions, summary } = computeStatus(
    imageScan({ acceptUnknown: ['UnidentifiedJars'] }),
    observationOf([observedImage('r.io/old:1', { evaluation: older })]),
    NOW,
  );
  const { status, reason, message } = findCondition(conditions, 'Compliant')!;
  assert.equal([status, reason, summary?.uncovered], ['Unknown', 'CoverageIncomplete', 1]);
  assert.match(message, 'an older release of Palisade matched it');
});

test('a row shows accepted kinds too', () => {
  const { images, summary } = computeStatus(imageScan(), observationOf([withGaps(VENDOR, JARS)]), NOW);
  assert.equal(images?.[0]?.coverage, {
    packages: 0,
    gaps: [
      { ...VENDOR, accepted: true },
      { ...JARS, message: `${JARS.message}, or add UnidentifiedJars to spec.acceptUnknown`, accepted: false },
    ],
  });
  assert.is(summary?.uncovered, 1);
});

test('without a scanner the status reports that', () => {
  const status = withoutScannerStatus(imageScan(), 'trivy is not on the PATH: name one with --trivy PATH', NOW);
  assert.is(findCondition(status.conditions, 'Ready')?.status, 'False');
  assert.is(findCondition(status.conditions, 'Stalled')?.reason, 'ScannerMissing');
  assert.is(findCondition(status.conditions, 'Compliant')?.status, 'Unknown');
});

test('without a scanner a known finding keeps blocking', () => {
  const before = computeStatus(imageScan(), observationOf([bad]), NOW);
  const status = withoutScannerStatus(imageScan({}, before), 'trivy is not on the PATH', NOW + 1000);
  assert.equal(findCondition(status.conditions, 'Compliant'), findCondition(before.conditions, 'Compliant'));
});

test('the failure that a user must act on leads in Ready, in Stalled and in the column REASON', () => {
  const failing = (name: string, reason: 'NotFound' | 'NotAllowed', retries: boolean) =>
    observedImage(name, { failure: { reason, message: `${name} ${reason}`, retries } });
  const gone = [1, 2, 3, 4, 5, 6].map((i) => failing(`r.io/gone:${i}`, 'NotFound', true));
  const images = [...gone, failing('q.io/other:1', 'NotAllowed', false)];
  const { conditions, reason } = computeStatus(imageScan(), observationOf(images), NOW);
  const ready = findCondition(conditions, 'Ready')!;
  assert.equal([reason, ready.reason], ['NotAllowed', 'NotAllowed']);
  assert.is(findCondition(conditions, 'Stalled')?.reason, 'NotAllowed');
  assert.match(
    ready.message,
    /^7 of 7 images could not be scanned: q\.io\/other:1 NotAllowed\. r\.io\/gone:1 NotFound\. /,
  );
  const retried = computeStatus(imageScan(), observationOf(gone), NOW);
  assert.is(retried.reason, 'NotFound');
});

for (const [what, more, cause] of [
  [
    'that could not be checked',
    { databaseProblem: 'r.io/db:2: the registry answered 404' },
    'r.io/db:2: the registry answered 404',
  ],
  [
    'without a newer one',
    { databaseRepository: 'r.io/db:2' },
    'the operator has found no newer one at r.io/db:2: check that it is updated',
  ],
  ['of a Trivy server', {}, 'the operator has found no newer one at the Trivy server: check that it is updated'],
] as const) {
  test(`an old database ${what}: Fresh says why`, () => {
    const observation = observationOf([scanned], { databaseOld: true, database: '2026-01-01T00:00:00Z', ...more });
    const { message } = findCondition(computeStatus(imageScan(), observation, NOW).conditions, 'Fresh')!;
    assert.is(message, `the vulnerability database is from 2026-01-01T00:00:00Z: ${cause}`);
  });
}

test('equal failures are reported once, and of different ones the first few', () => {
  const failing = (i: number, message: string) =>
    observedImage(`a${i}`, { failure: { reason: 'NotFound', message, retries: true } });
  const messageOf = (messages: readonly string[]) =>
    findCondition(
      computeStatus(imageScan(), observationOf(messages.map((m, i) => failing(i, m))), NOW).conditions,
      'Ready',
    )?.message;
  assert.is(messageOf(['same', 'same', 'same']), '3 of 3 images could not be scanned: same');
  const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  assert.is(messageOf(seven), '7 of 7 images could not be scanned: a. b. c. d. e. And 2 more');
});

test('the texts of exceptions are shown without characters that steer a terminal', () => {
  const texts = { package: 'a\u202eb', image: 'r.io/a\u0007', justification: 'two\nlines\u001b[2J\u2028' };
  const exceptions = [{ id: 'CVE-1', status: 'not_affected' as const, ...texts }];
  const [row] = computeStatus(imageScan({ exceptions }), observationOf([]), NOW).exceptions ?? [];
  assert.equal([row?.package, row?.image, row?.justification], ['a\ufffdb', 'r.io/a\ufffd', 'two lines\ufffd[2J']);
});

test.run();
