import fc from 'fast-check';
import type { ScanException } from '../../../src/api/imagescan.ts';
import type { Coverage } from '../../../src/scan/findings/coverage/coverage.ts';
import { type ReportInput, type ReportSource, type ScanReport, toScanReport } from '../../../src/scan/report/model.ts';
import type { ImageReport } from '../../../src/scan/store/report.ts';
import { anyText, arbitraryFindings, known } from '../findings/known-finding.ts';

export const A = `sha256:${'a'.repeat(64)}`;
export const B = `sha256:${'b'.repeat(64)}`;

const scanned = (digest: string, platform: string, parts: Partial<ImageReport>): ImageReport => ({
  image: { digest, platform },
  scannedAt: '2026-11-24T03:00:00Z',
  newFindings: 0,
  scanner: { name: 'trivy', version: '0.74.0' },
  database: { updatedAt: '2026-11-24T00:00:00Z' },
  findings: [],
  coverage: { sources: [{ type: 'debian', packages: 4, advisories: 'debian 12' }], gaps: [] },
  ...parts,
});

const openssl = known({
  id: 'CVE-2024-1234',
  package: 'openssl',
  purl: 'pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.5',
  installed: '3.0.15-1~deb12u1',
  fixed: ['3.0.17-1~deb12u3'],
  severity: 'Critical',
  status: 'fixed',
  title: 'openssl: a buffer overflow',
  url: 'https://avd.aquasec.com/nvd/cve-2024-1234',
  fixableSince: '2026-11-10T00:00:00Z',
});

const zlib = known({
  id: 'CVE-2023-45853',
  package: 'zlib1g',
  purl: 'pkg:deb/debian/zlib1g@1.2.13?arch=amd64',
  installed: '1:1.2.13',
  fixed: [],
  severity: 'Critical',
  status: 'will_not_fix',
});

const lodash = known({
  id: 'CVE-2021-23337',
  aliases: ['GHSA-35jh-r3h4-6jhm'],
  package: 'lodash',
  type: 'node-pkg',
  path: 'app/node_modules/lodash/package.json',
  installed: '4.17.20',
  fixed: ['4.17.21'],
  severity: 'High',
  title: 'lodash: command injection\nvia template\u001b[31m',
});

const curl = known({ id: 'CVE-2024-7777', package: 'curl', installed: '8.0', fixed: ['8.1'], severity: 'Low' });

/** One kind that is accepted by default, and one that is not. */
export const COVERAGE: Coverage = {
  sources: [
    { type: 'debian', packages: 3, advisories: 'debian 12' },
    { type: 'node-pkg', packages: 1, advisories: 'npm' },
  ],
  gaps: [
    { kind: 'ThirdPartyPackages', count: 1, message: '1 package of other vendors than debian 12.5: nginx' },
    { kind: 'UnidentifiedJars', count: 2, message: '2 jars without a pom.properties, as in app.jar' },
  ],
};

/** One image with everything, one that failed with an older result, one that waits. */
export const SOURCES: readonly ReportSource[] = [
  {
    reference: 'registry.example.com:5000/payments/api:1.2',
    digest: A,
    platform: 'linux/amd64',
    pods: 3,
    report: scanned(A, 'linux/amd64', {
      os: { family: 'debian', version: '12.5', endOfLife: false },
      findings: [lodash, zlib, openssl, curl],
      coverage: COVERAGE,
    }),
  },
  {
    reference: 'nginx:1.27',
    digest: B,
    platform: 'linux/arm64',
    pods: 1,
    report: scanned(B, 'linux/arm64', {
      scannedAt: '2026-11-20T03:00:00Z',
      findings: [{ ...curl, severity: 'Medium' }],
    }),
    failure: { reason: 'Unauthorized', message: 'docker.io/library/nginx: the registry requires other credentials' },
  },
  { reference: 'busybox', platform: 'linux/amd64', pods: 0, source: 'Template' },
];

export const EXCEPTIONS: ScanException[] = [
  { id: 'CVE-2023-45853', package: 'zlib1g', status: 'not_affected', justification: 'vulnerable_code_not_present' },
  { id: 'CVE-2021-23337', status: 'under_investigation', justification: 'asked the team' },
  {
    id: 'CVE-2024-7777',
    image: 'nginx',
    status: 'fixed',
    justification: 'built anew',
    expiresAt: '2026-11-23T00:00:00Z',
  },
];

export const INPUT: ReportInput = {
  scan: { namespace: 'payments', name: 'nightly', uid: '6f0c' },
  spec: { failOn: 'High', exceptions: EXCEPTIONS },
  images: SOURCES,
  generatedAt: '2026-11-24T12:00:00Z',
};

export const SAMPLE: ScanReport = toScanReport(INPUT);

/** Nothing is known yet. */
export const EMPTY: ScanReport = toScanReport({ ...INPUT, spec: {}, images: [] });

const hostile = fc.oneof(anyText, fc.constantFrom('\u001b[2J', '\u202eevil', '\u009b31m', '--help', 'x'.repeat(3000)));

const source: fc.Arbitrary<ReportSource> = fc
  .record({
    reference: fc.oneof(fc.constantFrom('nginx', 'registry.example.com/a:1', `ghcr.io/b@${B}`), hostile),
    digest: fc.constantFrom(A, B, 'sha256:x'),
    platform: fc.oneof(fc.constantFrom('linux/amd64', 'linux/arm/v7', ''), hostile),
    pods: fc.nat(1000),
    findings: fc.option(arbitraryFindings, { nil: undefined }),
    coverage: fc.option(
      fc.record({
        sources: fc.constant([{ type: 'debian', packages: 3, advisories: 'debian 12' }]),
        gaps: fc.array(
          fc.record({
            kind: fc.constantFrom(
              'UnsupportedDistribution',
              'UnidentifiedJars',
              'ThirdPartyPackages',
              'NoPackagesFound',
            ),
            message: hostile,
          }),
          { maxLength: 2 },
        ),
      }),
      { nil: undefined },
    ),
    os: fc.option(fc.record({ family: hostile, version: hostile, endOfLife: fc.boolean() }), { nil: undefined }),
    failure: fc.option(fc.record({ reason: fc.constant('Timeout'), message: hostile }), { nil: undefined }),
  })
  .map(({ findings, os, coverage, failure, digest, ...rest }) => ({
    ...rest,
    digest,
    ...(findings && {
      report: scanned(digest, rest.platform, { findings, ...(os && { os }), ...(coverage && { coverage }) }),
    }),
    ...(failure && { failure }),
  }));

const exception: fc.Arbitrary<ScanException> = fc.record(
  {
    id: fc.constantFrom('CVE-1', 'CVE-2', 'GHSA-3'),
    status: fc.constantFrom('not_affected', 'affected', 'fixed', 'under_investigation'),
    justification: fc.oneof(hostile, fc.constantFrom('', 'component_not_present', 'inline_mitigations_already_exist')),
    package: fc.constantFrom('a', 'b'),
    image: fc.constantFrom('nginx', 'registry.example.com/*', 'malformed:1'),
    expiresAt: fc.constantFrom('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
  },
  { requiredKeys: ['id', 'status'], noNullPrototype: true },
);

/** Whatever may be in a cluster, in images and in a scanner's answer. */
export const arbitraryInput: fc.Arbitrary<ReportInput> = fc.record({
  scan: fc.constantFrom({ namespace: 'payments', name: 'nightly' }, { namespace: 'a', name: 'b', uid: 'u' }),
  spec: fc.record({
    failOn: fc.constantFrom('Critical', 'High', 'Medium', 'Low', 'None'),
    failOnKnownExploited: fc.boolean(),
    ignoreUnfixed: fc.boolean(),
    acceptUnknown: fc.subarray([
      'UnsupportedDistribution',
      'UnidentifiedJars',
      'ThirdPartyPackages',
      'NoPackagesFound',
      'UnversionedPrograms',
      'ScannerLimit',
    ]),
    exceptions: fc.array(exception, { maxLength: 6 }),
  }),
  images: fc.uniqueArray(source, {
    maxLength: 4,
    selector: ({ reference, digest, platform }) => JSON.stringify([reference, digest, platform]),
  }),
  generatedAt: fc.constant('2026-11-24T12:00:00Z'),
  kevProblem: fc.option(hostile, { nil: undefined }),
});
