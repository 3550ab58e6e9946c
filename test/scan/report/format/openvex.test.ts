import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanException } from '../../../../src/api/imagescan.ts';
import { toOpenVex } from '../../../../src/scan/report/format/openvex.ts';
import { type ScanReport, toScanReport } from '../../../../src/scan/report/model.ts';
import { INPUT, SAMPLE } from '../sample-report.ts';

const API = `pkg:oci/api@sha256%3A${'a'.repeat(64)}?repository_url=registry.example.com%3A5000%2Fpayments%2Fapi`;
const NGINX = ['docker.io', 'index.docker.io'].map(
  (host) => `pkg:oci/nginx@sha256%3A${'b'.repeat(64)}?repository_url=${host}%2Flibrary%2Fnginx`,
);

const component = (purl: string) => ({ '@id': purl, identifiers: { purl } });
const product = (image: string, ...names: string[]) => ({ ...component(image), subcomponents: names.map(component) });

test('a statement for each vulnerability and its status', () => {
  const { '@id': id, ...document } = toOpenVex([SAMPLE]);
  assert.match(id, /^https:\/\/security\.palisade\.dev\/openvex\/[0-9a-f]{64}$/);
  assert.equal(document, {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    author: 'Palisade ImageScan payments/nightly',
    timestamp: '2026-11-24T12:00:00Z',
    version: 1,
    tooling: 'palisade, trivy 0.74.0',
    statements: [
      {
        vulnerability: { name: 'CVE-2021-23337', aliases: ['GHSA-35jh-r3h4-6jhm'] },
        products: [product(API, 'pkg:generic/lodash@4.17.20')],
        status: 'under_investigation',
        status_notes: 'asked the team',
      },
      {
        vulnerability: { name: 'CVE-2023-45853' },
        products: [
          product(
            API,
            'pkg:deb/debian/zlib1g@1%3A1.2.13',
            'pkg:deb/debian/zlib1g@1.2.13',
            'pkg:deb/debian/zlib1g@1.2.13?arch=amd64',
          ),
        ],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
      },
      {
        vulnerability: { name: 'CVE-2024-1234' },
        products: [
          product(
            API,
            'pkg:deb/debian/openssl@3.0.15-1~deb12u1',
            'pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.5',
          ),
        ],
        status: 'affected',
        action_statement: 'upgrade openssl from 3.0.15-1~deb12u1 to 3.0.17-1~deb12u3',
      },
      {
        vulnerability: { name: 'CVE-2024-7777' },
        products: [API, ...NGINX]
          .map((image) => product(image, 'pkg:generic/curl@8.0'))
          .sort((a, b) => (a['@id'] < b['@id'] ? -1 : 1)),
        status: 'affected',
        action_statement: 'upgrade curl from 8.0 to 8.1',
      },
    ],
  });
});

const claims: [what: string, exception: Partial<ScanException>, claim: object][] = [
  [
    'a reason in words of ours',
    { justification: 'not reached' },
    { status: 'not_affected', impact_statement: 'not reached' },
  ],
  ['no reason', {}, { status: 'not_affected', impact_statement: 'no reason is given' }],
  ['fixed', { status: 'fixed', justification: 'built anew' }, { status: 'fixed', status_notes: 'built anew' }],
  [
    'affected',
    { status: 'affected', justification: 'seen' },
    {
      status: 'affected',
      status_notes: 'seen',
      action_statement: 'upgrade openssl from 3.0.15-1~deb12u1 to 3.0.17-1~deb12u3',
    },
  ],
];

for (const [what, parts, claim] of claims) {
  test(`the statement of an exception: ${what}`, () => {
    const exceptions: ScanException[] = [{ id: 'CVE-2024-1234', status: 'not_affected', ...parts }];
    const { statements } = toOpenVex([toScanReport({ ...INPUT, spec: { exceptions } })]);
    const { vulnerability, products, ...said } = statements.find((one) => one.vulnerability.name === 'CVE-2024-1234')!;
    assert.equal(said, claim);
  });
}

test('the identifier depends on the content', () => {
  assert.is(toOpenVex([toScanReport(INPUT)])['@id'], toOpenVex([SAMPLE])['@id']);
  assert.is.not(toOpenVex([{ ...SAMPLE, images: SAMPLE.images.slice(1) }])['@id'], toOpenVex([SAMPLE])['@id']);
});

const docker = SAMPLE.images.filter(({ reference }) => reference === 'nginx:1.27');

test('an image of Docker Hub is a product in both spellings of its registry, without an architecture', () => {
  const [statement] = toOpenVex([{ ...SAMPLE, images: docker }]).statements;
  assert.equal(
    statement?.products.map((one) => one['@id']),
    ['docker.io', 'index.docker.io'].map(
      (host) => `pkg:oci/nginx@sha256%3A${'b'.repeat(64)}?repository_url=${host}%2Flibrary%2Fnginx`,
    ),
  );
});

test('where ImageScans disagree about an image, the more cautious statement is the only one', () => {
  const suppressed = toScanReport({
    ...INPUT,
    spec: { exceptions: [{ id: 'CVE-2024-7777', status: 'not_affected', justification: 'not reached' }] },
  });
  const statusesOf = (...reports: ScanReport[]): string[] =>
    toOpenVex(reports)
      .statements.filter(({ vulnerability }) => vulnerability.name === 'CVE-2024-7777')
      .map(({ status }) => status);
  assert.equal(statusesOf(suppressed), ['not_affected']);
  assert.equal(statusesOf(suppressed, suppressed), ['not_affected']);
  assert.equal(statusesOf(suppressed, SAMPLE), ['affected']);
  assert.equal(statusesOf(SAMPLE, suppressed), ['affected']);
});

test.run();
