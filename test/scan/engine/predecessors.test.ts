import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { earlierOf, Predecessors } from '../../../src/scan/engine/predecessors.ts';
import { findingOf, imageOf, reportOf } from '../store/samples.ts';

const image = (letter: string, platform = 'linux/amd64') => ({ digest: `sha256:${letter.repeat(64)}`, platform });
const [a, b, c] = [image('a'), image('b'), image('c')];
const app = { registry: 'r.io', repository: 'team/app' };

test('the images scanned before in the same repository, for the same platform', () => {
  const predecessors = new Predecessors();
  assert.equal(predecessors.of(a, [app]), []);
  predecessors.scanned(a, [app]);
  assert.equal(predecessors.of(a, [app]), []);
  assert.equal(predecessors.of(b, [{ registry: 'other.io', repository: 'x' }, app]), [a]);
  assert.equal(predecessors.of(image('b', 'linux/arm64'), [app]), []);
  assert.equal(predecessors.of(b, [{ ...app, repository: 'team/web' }]), []);
});

test('of two lines of one repository both count: 1.1 follows 1.0 also when 2.0 was scanned last', () => {
  const predecessors = new Predecessors();
  predecessors.scanned(a, [app]);
  predecessors.scanned(b, [app]);
  assert.equal(predecessors.of(c, [app]), [a, b]);
  predecessors.scanned(a, [app]);
  assert.equal(predecessors.of(c, [app]), [b, a], 'each once');
});

test('an image of two repositories has each predecessor once', () => {
  const predecessors = new Predecessors();
  const mirror = { registry: 'mirror.io', repository: 'app' };
  predecessors.scanned(a, [app, mirror]);
  predecessors.scanned(b, [mirror]);
  assert.equal(predecessors.of(c, [app, mirror]), [a, b]);
});

test('the last 8 of a repository, whatever records say', () => {
  const predecessors = new Predecessors();
  for (let n = 0; n < 10; n += 1) predecessors.scanned(imageOf(n), [app]);
  predecessors.seed([{ reference: 'r.io/team/app:1', id: imageOf(0) }]);
  assert.equal(
    predecessors.of(c, [app]),
    [2, 3, 4, 5, 6, 7, 8, 9].map((n) => imageOf(n)),
  );
});

test('what was there before a restart is known by its reference', () => {
  const predecessors = new Predecessors();
  predecessors.seed([
    { reference: 'r.io/team/app:1', id: a },
    { reference: 'r.io/team/app:2', id: c },
    { reference: 'nginx', id: b },
    { reference: '--', id: b },
  ]);
  assert.equal(predecessors.of(b, [app]), [a, c]);
  assert.equal(predecessors.of(a, [{ registry: 'docker.io', repository: 'library/nginx' }]), [b]);
});

test('of several reports the earliest time of each finding counts, whichever version has it', () => {
  const old = findingOf(1, { firstSeenAt: '2025-01-01T00:00:00Z', installed: '3.0.1' });
  const fixed = findingOf(2, {
    fixed: ['2'],
    firstSeenAt: '2025-06-01T00:00:00Z',
    fixableSince: '2025-07-01T00:00:00Z',
  });
  const one = reportOf(a, { findings: [old, { ...fixed, fixableSince: '2025-08-01T00:00:00Z' }, findingOf(3)] });
  const two = reportOf(b, {
    findings: [findingOf(1), { ...fixed, firstSeenAt: '2025-06-02T00:00:00Z' }, findingOf(4)],
  });
  const times = (report: typeof one) =>
    report.findings.map(({ id, firstSeenAt, fixableSince }) => [id, firstSeenAt, fixableSince]).sort();
  const expected = [
    ['CVE-2026-1', '2025-01-01T00:00:00Z', undefined],
    ['CVE-2026-2', '2025-06-01T00:00:00Z', '2025-07-01T00:00:00Z'],
    ['CVE-2026-3', '2026-01-01T00:00:00Z', undefined],
    ['CVE-2026-4', '2026-01-01T00:00:00Z', undefined],
  ];
  assert.equal(times(earlierOf(one, two)), expected);
  assert.equal(times(earlierOf(two, one)), expected);
  assert.equal(times(earlierOf(undefined, earlierOf(one, two))), expected);
});

test.run();
