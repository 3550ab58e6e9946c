import fc from 'fast-check';
import { findingKey, type KnownFinding } from '../../../src/scan/findings/finding.ts';
import { SEVERITIES } from '../../../src/scan/findings/severity.ts';

/** A finding with what a test says, and something for the rest. */
export const known = (parts: Partial<KnownFinding> = {}): KnownFinding => ({
  id: 'CVE-2024-0001',
  package: 'openssl',
  installed: '1.0-1',
  fixed: ['1.0-2'],
  severity: 'High',
  type: 'debian',
  firstSeenAt: '2026-11-01T00:00:00Z',
  ...parts,
});

/** Any text, with lone surrogates too; fc.string's unit 'binary' costs seconds of preparation. */
export const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 12 })
  .map((points) => String.fromCodePoint(...points));

const text = fc.oneof(
  anyText,
  fc.string({ unit: 'grapheme-ascii' }),
  fc.constantFrom('', 'a'.repeat(5000), '\u001b[31m\u202e\r\n'),
);
const time = fc.constantFrom('2026-11-01T00:00:00Z', '2026-10-01T02:00:00+02:00', '2025-01-31T12:00:00.5Z');

/** Whatever an image or a scanner may bring. Few ids and packages, so that they meet. */
export const arbitraryFinding: fc.Arbitrary<KnownFinding> = fc.record(
  {
    id: fc.oneof(fc.constantFrom('CVE-1', 'CVE-2', 'GHSA-3'), text),
    aliases: fc.uniqueArray(fc.oneof(fc.constantFrom('GHSA-3', 'GHSA-4'), text), { minLength: 1, maxLength: 3 }),
    package: fc.oneof(fc.constantFrom('a', 'b', 'org.x:y'), text),
    path: text,
    purl: fc.oneof(fc.constantFrom('pkg:deb/debian/a@1.0?arch=amd64', 'pkg:npm/%40x/y@2'), text),
    installed: fc.oneof(fc.constantFrom('1.0', '2.0-1', '1:3'), text),
    fixed: fc.array(fc.oneof(fc.constantFrom('1.1', '2.1', '>= 3', '1:4-1'), text), { maxLength: 3 }),
    severity: fc.constantFrom(...SEVERITIES),
    status: text,
    title: text,
    url: fc.oneof(fc.constantFrom('https://avd.aquasec.com/nvd/cve-1'), text),
    type: fc.oneof(fc.constantFrom('debian', 'alpine', 'node-pkg', 'gobinary', 'jar', 'redhat', 'python-pkg'), text),
    firstSeenAt: time,
    fixableSince: time,
  },
  { requiredKeys: ['id', 'package', 'installed', 'fixed', 'severity', 'type', 'firstSeenAt'], noNullPrototype: true },
);

/** As a report has them: each key once. */
export const arbitraryFindings = fc.uniqueArray(arbitraryFinding, { selector: findingKey, maxLength: 12 });
