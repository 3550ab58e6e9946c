import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanSpec } from '../../../../src/api/imagescan.ts';
import type { ScanSection } from '../../../../src/api/policy.ts';
import { renderImageScan } from '../../../../src/policy/sections/imagescan/render.ts';

const DEFAULTS: ScanSpec = {
  suspend: false,
  failOn: 'Critical',
  ignoreUnfixed: false,
  acceptUnknown: ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms'],
};

const PAYMENTS = { name: 'payments', namespace: 'team-a' };

test('an empty section, complete: the defaults as the API server stores them', () => {
  assert.equal(renderImageScan(PAYMENTS, {}), {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ImageScan',
    metadata: {
      name: 'payments',
      namespace: 'team-a',
      labels: { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'payments' },
    },
    spec: DEFAULTS,
  });
});

const rows: [what: string, scan: ScanSection, spec: ScanSpec][] = [
  ['a schedule', { schedule: '0 3 * * *' }, { ...DEFAULTS, schedule: '0 3 * * *' }],
  [
    'a schedule in a time zone',
    { schedule: '@daily', timeZone: 'Europe/Berlin' },
    { ...DEFAULTS, schedule: '@daily', timeZone: 'Europe/Berlin' },
  ],
  ['a severity', { failOn: 'Medium' }, { ...DEFAULTS, failOn: 'Medium' }],
  ['exploited findings', { failOnKnownExploited: true }, { ...DEFAULTS, failOnKnownExploited: true }],
  ['no severity', { failOn: 'None' }, { ...DEFAULTS, failOn: 'None' }],
  ['no unknown package', { acceptUnknown: [] }, { ...DEFAULTS, acceptUnknown: [] }],
  ['what nothing fixes left out', { ignoreUnfixed: true }, { ...DEFAULTS, ignoreUnfixed: true }],
];

for (const [what, scan, spec] of rows) {
  test(`${what} is that of the ImageScan`, () => assert.equal(renderImageScan(PAYMENTS, scan).spec, spec));
}

test('the longest policy name, 63 characters, is a valid name of an ImageScan', () => {
  const name = 'p'.repeat(63);
  assert.is(renderImageScan({ name, namespace: 'team-a' }, {}).metadata.name, name);
});

test('the section is not changed', () => {
  const scan = Object.freeze<ScanSection>({ schedule: '@daily' });
  renderImageScan(PAYMENTS, scan);
  assert.equal(scan, { schedule: '@daily' });
});

test.run();
