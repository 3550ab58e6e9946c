import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toCycloneDx } from '../../../../src/scan/report/format/cyclonedx.ts';
import { toScanReport } from '../../../../src/scan/report/model.ts';
import { A, INPUT, SAMPLE } from '../sample-report.ts';

const bom = toCycloneDx([SAMPLE]);

/** Every component by its reference, as `package of image`. */
const names = new Map(
  bom.components.flatMap((image) =>
    (image.components ?? []).map((part) => [part['bom-ref'], `${part.name} of ${image.name}`]),
  ),
);

test('images are containers with the packages that have findings', () => {
  assert.equal(
    bom.components.map(({ type, name, version, components }) => [
      type,
      name,
      version,
      components?.map((one) => one.name),
    ]),
    [
      ['container', 'nginx:1.27', `sha256:${'b'.repeat(64)}`, ['curl']],
      ['container', 'registry.example.com:5000/payments/api:1.2', A, ['curl', 'lodash', 'openssl', 'zlib1g']],
      ['container', 'busybox', undefined, []],
    ],
  );
  const { 'bom-ref': ref, ...lodash } = bom.components[1]!.components![1]!;
  assert.equal(lodash, {
    type: 'library',
    name: 'lodash',
    version: '4.17.20',
    purl: 'pkg:generic/lodash@4.17.20',
    properties: [
      { name: 'palisade:type', value: 'node-pkg' },
      { name: 'palisade:path', value: 'app/node_modules/lodash/package.json' },
    ],
  });
  assert.is(names.size, 5);
});

test('vulnerabilities have the known facts, the recommendation and the exceptions', () => {
  assert.equal(
    bom.vulnerabilities.map(({ affects, ...vulnerability }) => ({
      ...vulnerability,
      affects: affects.map(({ ref }) => names.get(ref)),
    })),
    [
      {
        id: 'CVE-2023-45853',
        ratings: [{ severity: 'critical' }],
        recommendation: 'no version of zlib1g that fixes it is known yet',
        analysis: { state: 'not_affected', justification: 'code_not_present', detail: 'vulnerable_code_not_present' },
        affects: ['zlib1g of registry.example.com:5000/payments/api:1.2'],
      },
      {
        id: 'CVE-2024-1234',
        ratings: [{ severity: 'critical' }],
        description: 'openssl: a buffer overflow',
        recommendation: 'upgrade openssl from 3.0.15-1~deb12u1 to 3.0.17-1~deb12u3',
        advisories: [{ url: 'https://avd.aquasec.com/nvd/cve-2024-1234' }],
        affects: ['openssl of registry.example.com:5000/payments/api:1.2'],
      },
      {
        id: 'CVE-2021-23337',
        references: [{ id: 'GHSA-35jh-r3h4-6jhm', source: { name: 'GHSA' } }],
        ratings: [{ severity: 'high' }],
        description: 'lodash: command injection\nvia template\u001b[31m',
        recommendation: 'upgrade lodash from 4.17.20 to 4.17.21',
        analysis: { state: 'in_triage', detail: 'asked the team' },
        affects: ['lodash of registry.example.com:5000/payments/api:1.2'],
      },
      {
        id: 'CVE-2024-7777',
        ratings: [{ severity: 'medium' }],
        recommendation: 'upgrade curl from 8.0 to 8.1',
        affects: ['curl of nginx:1.27'],
      },
      {
        id: 'CVE-2024-7777',
        ratings: [{ severity: 'low' }],
        recommendation: 'upgrade curl from 8.0 to 8.1',
        affects: ['curl of registry.example.com:5000/payments/api:1.2'],
      },
    ],
  );
});

test('a vulnerability with the same facts in two images is one entry', () => {
  const [api] = INPUT.images;
  const web = { ...api!, reference: 'registry.example.com/payments/web' };
  const { vulnerabilities } = toCycloneDx([toScanReport({ ...INPUT, images: [api!, web] })]);
  assert.equal(
    vulnerabilities.map(({ id, affects }) => [id, affects.length]),
    [
      ['CVE-2023-45853', 2],
      ['CVE-2024-1234', 2],
      ['CVE-2021-23337', 2],
      ['CVE-2024-7777', 2],
    ],
  );
});

test('a package at two paths is two components', () => {
  const [api] = INPUT.images;
  const lodash = api!.report!.findings.find((one) => one.package === 'lodash')!;
  const findings = [lodash, { ...lodash, path: 'other/package.json' }];
  const { components } = toCycloneDx([
    toScanReport({ ...INPUT, images: [{ ...api!, report: { ...api!.report!, findings } }] }),
  ]);
  assert.equal(
    components[0]!.components?.map(({ properties }) => properties?.[1]?.value),
    ['other/package.json', 'app/node_modules/lodash/package.json'],
  );
});

test('the serial number depends on the content', () => {
  assert.is(toCycloneDx([SAMPLE]).serialNumber, bom.serialNumber);
  assert.is.not(toCycloneDx([{ ...SAMPLE, generatedAt: '2026-11-24T12:00:01Z' }]).serialNumber, bom.serialNumber);
});

test.run();
