import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toSarif } from '../../../../src/scan/report/format/sarif.ts';
import { type ReportSource, toScanReport } from '../../../../src/scan/report/model.ts';
import { A, B, INPUT, SAMPLE, SOURCES } from '../sample-report.ts';

const [run] = toSarif(SAMPLE).runs;
const results = run!.results!;
const resultOf = (id: string, image = 'registry.example.com') =>
  results.find(
    (result) =>
      result.ruleId === id && result.locations?.[0]?.physicalLocation?.artifactLocation?.uri?.startsWith(image),
  );

test('a rule for each vulnerability, as severe as its worst finding', () => {
  const rules = run!.tool.driver.rules!;
  assert.equal(
    rules.map(({ id, defaultConfiguration, properties }) => [
      id,
      defaultConfiguration?.level,
      properties?.['security-severity'],
    ]),
    [
      ['CVE-2021-23337', 'error', '8.0'],
      ['CVE-2023-45853', 'error', '9.5'],
      ['CVE-2024-1234', 'error', '9.5'],
      ['CVE-2024-7777', 'warning', '5.5'],
    ],
  );
  assert.equal(rules[2], {
    id: 'CVE-2024-1234',
    shortDescription: { text: 'openssl: a buffer overflow' },
    helpUri: 'https://avd.aquasec.com/nvd/cve-2024-1234',
    defaultConfiguration: { level: 'error' },
    properties: { 'security-severity': '9.5', precision: 'very-high', tags: ['security', 'vulnerability', 'critical'] },
  });
});

test('a result for each finding, at the image reference', () => {
  assert.is(results.length, 5);
  const { properties, partialFingerprints, ...result } = resultOf('CVE-2021-23337')!;
  assert.equal(result, {
    ruleId: 'CVE-2021-23337',
    ruleIndex: 0,
    level: 'error',
    message: {
      text: 'High CVE-2021-23337 in lodash 4.17.20 of registry.example.com:5000/payments/api:1.2: upgrade lodash from 4.17.20 to 4.17.21',
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'registry.example.com%3A5000/payments/api%3A1.2' },
          region: { startLine: 1 },
        },
        logicalLocations: [
          {
            name: 'lodash',
            kind: 'module',
            fullyQualifiedName: `registry.example.com:5000/payments/api:1.2@${A} app/node_modules/lodash/package.json`,
          },
        ],
      },
    ],
    suppressions: [{ kind: 'external', status: 'underReview', justification: 'under_investigation: asked the team' }],
  });
  assert.is(properties?.blocking, true);
  assert.match(partialFingerprints?.['palisadeFinding/v1'] ?? '', /^[0-9a-f]{64}$/);
});

test('a finding with an exception is suppressed; a finding with an expired one is not', () => {
  assert.equal(resultOf('CVE-2023-45853')?.suppressions, [
    { kind: 'external', status: 'accepted', justification: 'not_affected: vulnerable_code_not_present' },
  ]);
  assert.equal(resultOf('CVE-2024-7777', 'nginx')?.suppressions, []);
  assert.equal(resultOf('CVE-2024-1234')?.suppressions, []);
});

test('an image that could not be scanned is a notification', () => {
  assert.equal(run!.invocations, [
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        {
          level: 'error',
          descriptor: { id: 'Unauthorized' },
          message: { text: 'nginx:1.27 linux/arm64: docker.io/library/nginx: the registry requires other credentials' },
        },
      ],
    },
  ]);
});

test('a finding keeps its fingerprint when tag, digest and installed version change', () => {
  const fingerprints = (change: (source: ReportSource) => ReportSource): unknown[] =>
    toSarif(toScanReport({ ...INPUT, images: [change(SOURCES[0]!)] })).runs[0]!.results!.map(
      (one) => one.partialFingerprints,
    );
  const before = fingerprints((source) => source);
  const newer = (source: ReportSource): ReportSource => ({
    ...source,
    reference: `registry.example.com:5000/payments/api@${B}`,
    digest: B,
    report: { ...source.report!, findings: source.report!.findings.map((one) => ({ ...one, installed: '0' })) },
  });
  assert.equal(fingerprints(newer), before);
  assert.is(new Set(before.map((one) => JSON.stringify(one))).size, 4);
  assert.not.equal(
    fingerprints((source) => ({ ...source, reference: 'registry.example.com:5000/payments/web' })),
    before,
  );
});

test.run();
