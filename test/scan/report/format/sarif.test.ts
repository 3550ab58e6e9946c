import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KnownFinding } from '../../../../src/scan/findings/finding.ts';
import { MOST_RESULTS, toSarif } from '../../../../src/scan/report/format/sarif.ts';
import { type ReportSource, toScanReport } from '../../../../src/scan/report/model.ts';
import { known } from '../../findings/known-finding.ts';
import { A, B, INPUT, SAMPLE, SOURCES } from '../sample-report.ts';

const [run] = toSarif([SAMPLE]).runs;
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
    fullDescription: { text: 'CVE-2024-1234, Critical: openssl: a buffer overflow. Packages: openssl.' },
    help: {
      text: 'openssl: a buffer overflow\n\nTo fix it:\n- upgrade openssl from 3.0.15-1~deb12u1 to 3.0.17-1~deb12u3\n\nhttps://avd.aquasec.com/nvd/cve-2024-1234',
      markdown:
        '**openssl\\: a buffer overflow**\n\nTo fix it:\n\n- upgrade openssl from 3\\.0\\.15\\-1\\~deb12u1 to 3\\.0\\.17\\-1\\~deb12u3\n\n<https://avd.aquasec.com/nvd/cve-2024-1234>',
    },
    helpUri: 'https://avd.aquasec.com/nvd/cve-2024-1234',
    defaultConfiguration: { level: 'error' },
    properties: { 'security-severity': '9.5', precision: 'very-high', tags: ['security', 'vulnerability', 'critical'] },
  });
});

test('a result for each finding, at the repository of the image', () => {
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
          artifactLocation: { uri: 'registry.example.com%3A5000/payments/api' },
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
  assert.match(partialFingerprints?.primaryLocationLineHash ?? '', /^[0-9a-f]{32}:1$/);
});

test('a finding with an exception is suppressed; a finding with an expired one is not', () => {
  assert.equal(resultOf('CVE-2023-45853')?.suppressions, [
    { kind: 'external', status: 'accepted', justification: 'not_affected: vulnerable_code_not_present' },
  ]);
  assert.equal(resultOf('CVE-2024-7777', 'docker.io/library/nginx')?.suppressions, []);
  assert.equal(resultOf('CVE-2024-1234')?.suppressions, []);
});

test('an image that could not be scanned is a notification, and so are packages that were not looked at', () => {
  assert.equal(run!.invocations, [
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        {
          level: 'error',
          descriptor: { id: 'Unauthorized' },
          message: { text: 'nginx:1.27 linux/arm64: docker.io/library/nginx: the registry requires other credentials' },
        },
        {
          level: 'warning',
          descriptor: { id: 'UnidentifiedJars' },
          message: {
            text: 'registry.example.com:5000/payments/api:1.2 linux/amd64: 2 jars without a pom.properties, as in app.jar, or add UnidentifiedJars to spec.acceptUnknown',
          },
        },
        {
          level: 'note',
          descriptor: { id: 'ThirdPartyPackages' },
          message: {
            text: 'registry.example.com:5000/payments/api:1.2 linux/amd64: 1 package of other vendors than debian 12.5: nginx',
          },
        },
      ],
    },
  ]);
});

/** What identifies the alerts of an image: where they are, and their fingerprints. */
const alertsOf = (source: ReportSource): string[] =>
  toSarif([toScanReport({ ...INPUT, images: [source] })]).runs[0]!.results!.map(({ locations, partialFingerprints }) =>
    JSON.stringify([locations?.[0]?.physicalLocation, partialFingerprints]),
  );

const withFindings = (findings: readonly KnownFinding[], source = SOURCES[0]!): ReportSource => ({
  ...source,
  report: { ...source.report!, findings },
});

test('alerts stay the same when tag, digest, platform and installed version change', () => {
  const [source] = SOURCES;
  const findings = source!.report!.findings;
  const before = alertsOf(source!);
  const newer = { ...source!, reference: `registry.example.com:5000/payments/api@${B}`, digest: B };
  const installed = withFindings(
    findings.map((one) => ({ ...one, installed: '0' })),
    newer,
  );
  assert.equal(alertsOf({ ...newer, platform: 'linux/arm64' }), before);
  assert.equal(alertsOf(installed), before);
  assert.is(new Set(before).size, 4);
  assert.not.equal(alertsOf({ ...source!, reference: 'registry.example.com:5000/payments/web' }), before);
  assert.equal(
    alertsOf({ ...source!, reference: 'nginx:1' }),
    alertsOf({ ...source!, reference: 'docker.io/library/nginx:2' }),
  );
});

const one = known({ id: 'CVE-2026-1', package: 'a', installed: '1.0', path: 'app/a-1.0.jar' });
const pairs: [what: string, other: Partial<KnownFinding>, isSameAlert: boolean][] = [
  ['another package', { package: 'b' }, false],
  ['another kind of package', { type: 'gemspec' }, false],
  ['another path', { path: 'app/lib/a-1.0.jar' }, false],
  ['another vulnerability', { id: 'CVE-2026-2' }, false],
  ['a newer version, in whose path it stands', { installed: '1.1', path: 'app/a-1.1.jar' }, true],
  ['another title, severity and fix', { title: 't', severity: 'Low', fixed: ['2'] }, true],
];

for (const [what, change, isSameAlert] of pairs) {
  test(`${what} is ${isSameAlert ? 'the same' : 'another'} alert, also beside the first`, () => {
    const other = known({ ...one, ...change });
    assert.is(alertsOf(withFindings([one]))[0] === alertsOf(withFindings([other]))[0], isSameAlert);
    assert.is(new Set(alertsOf(withFindings([one, other]))).size, 2);
  });
}

test('names from images make no links in messages', () => {
  const name = '[click](https://evil.example)';
  const source = withFindings([known({ package: name, title: name, fixed: [name], type: 'conda-pkg' })]);
  const { results, tool } = toSarif([toScanReport({ ...INPUT, images: [source] })]).runs[0]!;
  assert.match(results![0]!.message.text ?? '', '[click] (https://evil.example)');
  for (const { text } of [
    results![0]!.message,
    ...tool.driver.rules!.flatMap(({ shortDescription, help }) => [shortDescription!, help!]),
  ]) {
    assert.not.match(text ?? '', '](');
  }
});

test('a file has at most as many results as GitHub accepts, the gravest, and says how many are left out', () => {
  assert.is(MOST_RESULTS, 25_000);
  const [cut] = toSarif([SAMPLE], 3).runs;
  assert.equal(
    cut!.results!.map(({ ruleId, level, ruleIndex }) => [ruleId, level, cut!.tool.driver.rules![ruleIndex!]?.id]),
    [
      ['CVE-2024-1234', 'error', 'CVE-2024-1234'],
      ['CVE-2021-23337', 'error', 'CVE-2021-23337'],
      ['CVE-2024-7777', 'warning', 'CVE-2024-7777'],
    ],
    'a suppressed Critical finding and a Low one are left out',
  );
  assert.is(cut!.tool.driver.rules!.length, 3);
  assert.equal(cut!.invocations?.[0]?.toolExecutionNotifications?.at(-1), {
    level: 'warning',
    descriptor: { id: 'TooManyResults' },
    message: {
      text: '2 of 5 findings are left out, the least severe: GitHub accepts 3 results in a run. For all of them, use another format, or split the pods among several ImageScans by spec.target.selector',
    },
  });
  assert.equal(
    toSarif([SAMPLE], 5).runs[0]!.invocations?.[0]?.toolExecutionNotifications?.map(({ descriptor }) => descriptor?.id),
    ['Unauthorized', 'UnidentifiedJars', 'ThirdPartyPackages'],
  );
});

test('a report of 30 000 findings keeps 25 000', () => {
  const findings = Array.from({ length: 30_000 }, (_, n) =>
    known({ id: `CVE-2026-${n}`, severity: n % 10 === 0 ? 'Critical' : 'Low' }),
  );
  const [large] = toSarif([toScanReport({ ...INPUT, images: [withFindings(findings)] })]).runs;
  const levels = Map.groupBy(large!.results!, ({ level }) => level);
  assert.equal([levels.get('error')?.length, levels.get('note')?.length], [3000, 22_000]);
  assert.is(large!.tool.driver.rules!.length, 25_000);
});

test('what an image contains is no markup in the help of a rule', () => {
  const hostile = known({
    id: 'CVE-2026-9',
    package: '<img src=x onerror=alert(1)>',
    title: '[click](javascript:alert(1)) `x` **b** | #',
  });
  const markdown = toSarif([toScanReport({ ...INPUT, images: [withFindings([hostile])] })]).runs[0]!.tool.driver
    .rules![0]!.help!.markdown!;
  assert.not.match(markdown, /(?<!\\)[<>[\]()`|#]/);
});

test.run();
