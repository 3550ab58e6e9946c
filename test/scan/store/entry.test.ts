import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type EntryKey, fileName, isFileName } from '../../../src/scan/store/entry.ts';

const digest = `sha256:${'9f86d081'.repeat(8)}`;

const names: [what: string, key: EntryKey, name: string][] = [
  [
    'an analysis',
    { kind: 'analysis', image: { digest, platform: 'linux/amd64' } },
    `analysis-sha256-${'9f86d081'.repeat(8)}-linux-amd64-20c8f6c9729180ceec1096dd82731ad2.palisade`,
  ],
  [
    'a report',
    { kind: 'report', image: { digest, platform: 'linux/arm/v7' } },
    `report-sha256-${'9f86d081'.repeat(8)}-linux-arm-v7-809dab4069194f233ba1af6ab3226692.palisade`,
  ],
  [
    'a scan',
    { kind: 'scan', namespace: 'payments', name: 'nightly.eu' },
    'scan-payments-nightly-eu-03afa96ffc7f013190661a59150651af.palisade',
  ],
  [
    'a way out of the directory',
    { kind: 'scan', namespace: '../../etc', name: '/passwd\0' },
    'scan-etc-passwd-743b2ec25eb53759f5c5b642bbde3508.palisade',
  ],
  ['nothing readable', { kind: 'scan', namespace: '../', name: '' }, 'scan-c327adbf4f5ec75108eadf1e18b8bf0f.palisade'],
  [
    'a name beyond what file systems take',
    { kind: 'scan', namespace: 'n', name: 'x'.repeat(5000) },
    `scan-n-${'x'.repeat(89)}-3357d11f2f916dd445c3812695f55e53.palisade`,
  ],
];

for (const [what, key, name] of names) {
  test(`the file of ${what} has a readable and safe name`, () => {
    assert.is(fileName(key), name);
    assert.ok(isFileName(name));
  });
}

const foreign = [
  '',
  'lost+found',
  'sbom',
  'report.palisade',
  '../report-00000000000000000000000000000000.palisade',
  'report-00000000000000000000000000000000.palisade.bak',
  'REPORT-00000000000000000000000000000000.palisade',
  'note-00000000000000000000000000000000.palisade',
  'report-00000000000000000000000000000000.palisade\n',
];

for (const name of foreign) {
  test(`${JSON.stringify(name)} is no file of the store`, () => assert.not.ok(isFileName(name)));
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('.', '/', '\\', '\0', 'a', 'A', '-', ':', '~', '%', 'é', 'K', '\ud800'),
    maxLength: 400,
  }),
);
const keys: fc.Arbitrary<EntryKey> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('analysis' as const, 'report' as const),
    image: fc.record({ digest: hostile, platform: hostile }),
  }),
  fc.record({ kind: fc.constant('scan' as const), namespace: hostile, name: hostile }),
);

test('for every key the file is in the directory and is recognized as the store’s own', () => {
  fc.assert(
    fc.property(keys, (key) => {
      const name = fileName(key);
      assert.is(dirname(join('/reports', name)), '/reports');
      assert.match(name, /^[a-z0-9.-]{1,138}$/);
      assert.ok(isFileName(name));
    }),
    { numRuns: 2000 },
  );
});

test('other keys have other names, on file systems that ignore case too', () => {
  const changed = fc.oneof(
    hostile.map((text) => [text, `${text}a`]),
    hostile.map((text) => [`${text}a`, `${text}A`]),
    hostile.map((text) => [`${text}.`, `${text}/`]),
    fc.tuple(hostile, hostile),
  );
  fc.assert(
    fc.property(changed, hostile, ([one = '', other = ''], rest) => {
      const same = one === other;
      const of = (platform: string) => fileName({ kind: 'report', image: { digest: rest, platform } }).toLowerCase();
      assert.is(of(one) === of(other), same);
      // Nor may text wander from one part of a key to the next.
      if (rest !== '') {
        const pair = (namespace: string, name: string) => fileName({ kind: 'scan', namespace, name });
        assert.is.not(pair(one + rest, other), pair(one, rest + other));
      }
    }),
    { numRuns: 2000 },
  );
});

test.run();
