import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toScanReport } from '../../../../src/scan/report/model.ts';
import { toOpenReport } from '../../../../src/scan/report/openreports/openreports.ts';
import { known } from '../../findings/known-finding.ts';
import { A, INPUT, SAMPLE } from '../sample-report.ts';

test('a Report is about an ImageScan', () => {
  const { results, ...report } = toOpenReport(SAMPLE);
  assert.equal(report, {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'Report',
    metadata: {
      namespace: 'payments',
      name: 'imagescan-nightly',
      labels: { 'app.kubernetes.io/managed-by': 'palisade' },
    },
    source: 'palisade',
    scope: {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ImageScan',
      namespace: 'payments',
      name: 'nightly',
      uid: '6f0c',
    },
    configuration: { limits: { maxResults: 500 } },
    summary: { pass: 1, fail: 2, warn: 3, error: 1, skip: 1 },
  });
  assert.equal(
    results.map(({ rule, result, severity, resources }) => [result, severity, rule, resources[0]?.name]),
    [
      ['error', 'info', 'Unauthorized', 'nginx:1.27'],
      ['fail', 'critical', 'CVE-2024-1234', 'registry.example.com:5000/payments/api:1.2'],
      ['fail', 'high', 'CVE-2021-23337', 'registry.example.com:5000/payments/api:1.2'],
      ['warn', 'medium', 'CVE-2024-7777', 'nginx:1.27'],
      ['warn', 'low', 'CVE-2024-7777', 'registry.example.com:5000/payments/api:1.2'],
      ['warn', 'info', 'UnidentifiedJars', 'registry.example.com:5000/payments/api:1.2'],
      ['skip', 'critical', 'CVE-2023-45853', 'registry.example.com:5000/payments/api:1.2'],
      ['pass', 'info', 'Compliant', 'nginx:1.27'],
    ],
  );
});

test('an image that was not looked at in full does not pass', () => {
  const [api] = INPUT.images;
  const images = [{ ...api!, report: { ...api!.report!, findings: [] } }];
  const { results, summary } = toOpenReport(toScanReport({ ...INPUT, images }));
  assert.equal(
    results.map(({ result, rule, message }) => [result, rule, message]),
    [
      [
        'warn',
        'UnidentifiedJars',
        '2 jars without a pom.properties, as in app.jar, or add UnidentifiedJars to spec.acceptUnknown',
      ],
    ],
  );
  assert.is(summary.pass, 0);
});

test('an image does not pass while it is not known which findings are exploited', () => {
  const [api] = INPUT.images;
  const images = [{ ...api!, report: { ...api!.report!, findings: [] } }];
  const spec = { acceptUnknown: ['UnidentifiedJars', 'ThirdPartyPackages'], failOnKnownExploited: true } as const;
  const asked = { ...INPUT, images, spec: { ...spec, acceptUnknown: [...spec.acceptUnknown] } };
  const rulesOf = (more: object) => toOpenReport(toScanReport({ ...asked, ...more })).results.map(({ rule }) => rule);
  assert.equal(rulesOf({ kevProblem: 'no KEV' }), ['KnownExploitedUnknown']);
  assert.equal(rulesOf({}), ['Compliant']);
});

test('a result contains the recommendation, and no raw text of an image', () => {
  assert.equal(toOpenReport(SAMPLE).results[2], {
    source: 'palisade',
    policy: 'payments/nightly',
    rule: 'CVE-2021-23337',
    category: 'Vulnerabilities',
    severity: 'high',
    result: 'fail',
    message: 'lodash: command injection via template\ufffd[31m: upgrade lodash from 4.17.20 to 4.17.21',
    timestamp: { seconds: 1795489200, nanos: 0 },
    resources: [{ kind: 'Image', namespace: 'payments', name: 'registry.example.com:5000/payments/api:1.2' }],
    properties: {
      image: 'registry.example.com:5000/payments/api:1.2',
      digest: A,
      platform: 'linux/amd64',
      package: 'lodash',
      installed: '4.17.20',
      fixed: '4.17.21',
      path: 'app/node_modules/lodash/package.json',
      firstSeenAt: '2026-11-01T00:00:00Z',
      exception: 'under_investigation',
      aliases: 'GHSA-35jh-r3h4-6jhm',
      justification: 'asked the team',
    },
  });
});

test('an expired exception is shown as such', () => {
  assert.is(toOpenReport(SAMPLE).results[3]?.properties.exception, 'fixed (expired)');
});

test('a Report always fits into etcd, with the urgent findings first and the rest counted', () => {
  const [api] = INPUT.images;
  const long = 'x'.repeat(600);
  const findings = Array.from({ length: 1000 }, (_, n) =>
    known({
      id: `CVE-${n}-${long}`,
      package: long,
      installed: long,
      fixed: [long],
      title: long,
      path: long,
      url: long,
      severity: n < 2 ? 'Critical' : 'Low',
    }),
  );
  const report = toOpenReport(toScanReport({ ...INPUT, images: [{ ...api!, report: { ...api!.report!, findings } }] }));
  assert.is(report.results.length, 500);
  assert.equal(report.metadata.annotations, { 'security.palisade.dev/omitted-results': '501' });
  assert.equal(report.summary, { pass: 0, fail: 2, warn: 999, error: 0, skip: 0 });
  assert.equal(
    report.results.slice(0, 3).map(({ result }) => result),
    ['fail', 'fail', 'warn'],
  );
  const bytes = Buffer.byteLength(JSON.stringify(report));
  assert.ok(bytes < 1_400_000, `${bytes}`);
});

test.run();
