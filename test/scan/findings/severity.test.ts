import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FailOn, Severity } from '../../../src/api/imagescan.ts';
import {
  compareCounts,
  compareSeverity,
  countBySeverity,
  describeCounts,
  isAtLeast,
} from '../../../src/scan/findings/severity.ts';

test('the most severe comes first', () => {
  const severities: Severity[] = ['Low', 'Unknown', 'Critical', 'Medium', 'High'];
  assert.equal(severities.sort(compareSeverity), ['Critical', 'High', 'Medium', 'Low', 'Unknown']);
});

const rows: [failOn: FailOn, failing: Severity[]][] = [
  ['Critical', ['Critical']],
  ['High', ['Critical', 'High']],
  ['Medium', ['Critical', 'High', 'Medium']],
  ['Low', ['Critical', 'High', 'Medium', 'Low', 'Unknown']],
  ['None', []],
];

for (const [failOn, failing] of rows) {
  test(`failOn ${failOn} fails for ${failing.join(', ') || 'nothing'}`, () => {
    const all: Severity[] = ['Critical', 'High', 'Medium', 'Low', 'Unknown'];
    assert.equal(
      all.filter((severity) => isAtLeast(severity, failOn)),
      failing,
    );
  });
}

test('counts have every severity', () => {
  const counts = countBySeverity([{ severity: 'High' }, { severity: 'Unknown' }, { severity: 'High' }]);
  assert.equal(counts, { Critical: 0, High: 2, Medium: 0, Low: 0, Unknown: 1 });
  assert.is(describeCounts(counts), '2 High, 1 Unknown');
  assert.is(describeCounts(countBySeverity([])), '');
});

test('one critical finding outweighs a hundred high ones', () => {
  const none = countBySeverity([]);
  assert.ok(compareCounts({ ...none, Critical: 1 }, { ...none, High: 100 }) < 0);
  assert.ok(compareCounts({ ...none, High: 1 }, { ...none, High: 2 }) > 0);
  assert.is(compareCounts(none, none), 0);
});

test.run();
