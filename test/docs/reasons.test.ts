import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EVENT_REASONS as POLICY_EVENTS } from '../../src/policy/event-reasons.ts';
import { CONDITIONS as POLICY_CONDITIONS } from '../../src/policy/status/conditions.ts';
import { SECTION_NAMES, type SectionName } from '../../src/policy/status/outcome.ts';
import { REASONS as POLICY_REASONS } from '../../src/policy/status/reasons.ts';
import { retries } from '../../src/scan/engine/queue/backoff-by-reason.ts';
import { EVENT_REASONS as SCAN_EVENTS } from '../../src/scan/imagescan/events/event-reasons.ts';
import { CONDITIONS as SCAN_CONDITIONS, REASONS as SCAN_REASONS } from '../../src/scan/imagescan/status/reasons.ts';
import { FAILURE_REASONS } from '../../src/scan/scan-error.ts';

const src = join(import.meta.dirname, '../../src');

const withoutComments = (code: string): string => code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

/** The words in quotes in the sources below a path of src. */
const literalsIn = (path: string, except: readonly string[] = []): ReadonlySet<string> => {
  const files = readdirSync(join(src, path), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !except.includes(`${path}/${file}`),
  );
  const code = files.map((file) => withoutComments(readFileSync(join(src, path, file), 'utf8'))).join('\n');
  return new Set([...code.matchAll(/'(\w+)'/g)].map(([, word = '']) => word));
};

const TABLES = [
  'policy/event-reasons.ts',
  'policy/status/conditions.ts',
  'policy/status/reasons.ts',
  'scan/imagescan/events/event-reasons.ts',
  'scan/imagescan/status/reasons.ts',
  'scan/scan-error.ts',
];

// The compiler refuses a reason that is in no table. These tests find the entries that nothing uses.
const tables: [what: string, table: object, usedIn: string[]][] = [
  ['the Events of policies', POLICY_EVENTS, ['policy', 'reach/findings']],
  ['the Events of ImageScans', SCAN_EVENTS, ['scan']],
  ['the conditions of policies', POLICY_REASONS, ['policy', 'kube/rest']],
  ['the conditions of ImageScans', SCAN_REASONS, ['scan']],
];

for (const [what, table, usedIn] of tables) {
  test(`every reason in the table of ${what} is used`, () => {
    const used = new Set(usedIn.flatMap((path) => [...literalsIn(path, TABLES)]));
    assert.equal(
      Object.keys(table).filter((reason) => !used.has(reason)),
      [],
    );
  });
}

const conditions: [kind: string, conditions: Record<string, { reasons: readonly string[] }>, reasons: object][] = [
  ['a policy', POLICY_CONDITIONS, POLICY_REASONS],
  ['an ImageScan', SCAN_CONDITIONS, SCAN_REASONS],
];

for (const [kind, table, reasons] of conditions) {
  test(`every reason of ${kind} belongs to a condition, and none is named twice`, () => {
    const named = Object.values(table).map((condition) => condition.reasons);
    assert.equal([...new Set(named.flat())].sort(), Object.keys(reasons).sort());
    for (const some of named) assert.is(new Set(some).size, some.length, some.join());
  });
}

const FOLDERS: Readonly<Record<SectionName, string>> = {
  Network: 'network',
  PodSecurity: 'podsecurity',
  Access: 'access',
  Images: 'images',
  Scan: 'imagescan',
};

for (const section of SECTION_NAMES) {
  test(`${section}Ready has every reason of its section`, () => {
    const its = POLICY_CONDITIONS[`${section}Ready`].reasons;
    const named = [...literalsIn(`policy/sections/${FOLDERS[section]}`)].filter((word) => word in POLICY_REASONS);
    // A mode, and the state of a section.
    const others = named.filter((word) => !its.some((its) => its === word) && word !== 'Audit' && word !== 'InForce');
    assert.equal(others, []);
  });
}

test('Stalled has every failure that is not retried', () => {
  const stalled: readonly string[] = SCAN_CONDITIONS.Stalled.reasons;
  assert.equal(
    FAILURE_REASONS.filter((reason) => !retries(reason) && !stalled.includes(reason)),
    [],
  );
});

test.run();
