import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { upgradeTarget } from '../../../src/scan/findings/upgrade-target.ts';
import { cpuTime } from './cpu-time.ts';
import { known } from './known-finding.ts';

const rows: [what: string, type: string, installed: string, fixes: string[][], target: string[]][] = [
  ['one finding, one fix', 'debian', '1.0-1', [['1.0-2']], ['1.0-2']],
  ['the later of two fixes', 'debian', '1.0-1', [['1.0-9'], ['1.0-10']], ['1.0-10']],
  ['by epochs', 'debian', '9.0-1', [['9.1-1'], ['1:2.0-1']], ['1:2.0-1']],
  ['Alpine', 'alpine', '3.1.4-r5', [['3.1.5-r0'], ['3.1.4-r6']], ['3.1.5-r0']],
  ['Red Hat', 'redhat', '3.0.7-16.el9', [['1:3.0.7-6.el9'], ['3.0.7-28.el9']], ['1:3.0.7-6.el9']],
  ['Maven', 'jar', '2.9.10', [['2.9.10.8', '2.12.7.1'], ['2.9.10.7']], ['2.9.10.8']],
  ['Python', 'python-pkg', '2.0', [['2.9'], ['2.10']], ['2.10']],
  [
    'its own release line',
    'gobinary',
    'v1.21.3',
    [
      ['1.21.11', '1.22.4'],
      ['1.21.9', '1.22.2'],
    ],
    ['1.21.11'],
  ],
  [
    'a later line when one finding has no fix before',
    'gobinary',
    'v1.21.3',
    [
      ['1.21.11', '1.22.4'],
      ['1.22.7', '1.23.1'],
    ],
    ['1.22.7'],
  ],
  ['later within a line than its fix', 'gobinary', '1.22.0', [['1.21.11', '1.22.4', '1.23.0'], ['1.22.7']], ['1.22.7']],
  ['no line that only begins alike', 'node-pkg', '1.0.0', [['1.2.0', '1.20.5'], ['1.3.0']], ['1.20.5']],
  ['no line between two fixes', 'node-pkg', '1.0.0', [['1.2.3', '1.2.9'], ['1.2.5']], ['1.2.9']],
  ['never an older version', 'node-pkg', '4.17.15', [['3.10.2', '4.17.21']], ['4.17.21']],
  ['only older versions: cannot be decided', 'node-pkg', '5.0.0', [['3.10.2', '4.17.21']], ['3.10.2', '4.17.21']],
  ['a fix written as a range', 'node-pkg', '1.0.0', [['>=1.2.0'], ['>= 1.3.0']], ['1.3.0']],
  ['a range that ends: cannot be decided', 'node-pkg', '1.0.0', [['>= 1.2.0', '< 2.0.0']], ['1.2.0', '< 2.0.0']],
  ['an unknown kind, one fix for all', 'gemspec', '1', [['2'], ['2']], ['2']],
  ['an unknown kind', 'gemspec', '1', [['2'], ['3']], ['2', '3']],
  ['an installed version that is none', 'debian', '', [['2'], ['3']], ['2', '3']],
  ['a fix that is no version', 'node-pkg', '1.0.0', [['1.0.1'], ['next']], ['1.0.1', 'next']],
];

for (const [what, type, installed, fixes, target] of rows) {
  test(what, () => {
    const findings = fixes.map((fixed, n) => known({ id: `CVE-${n}`, type, installed, fixed }));
    assert.equal(upgradeTarget(findings), target);
    assert.equal(upgradeTarget(findings.toReversed()), target, 'in any order');
  });
}

const many = (type: string, fixesOf: (n: number) => string[]) =>
  Array.from({ length: 9_000 }, (_, n) => known({ id: `CVE-${n}`, type, installed: '1.0.0-1', fixed: fixesOf(n + 1) }));

for (const [what, findings, target] of [
  ['a fix of its own each', many('debian', (n) => [`1.${n}-1`]), '1.9000-1'],
  ['two lines each', many('npm', (n) => ['1.0.1', `${n + 2}.0.0`]), '1.0.1'],
  ['no line that all are on', many('npm', (n) => (n === 1 ? ['2.0.0'] : ['1.0.1', `${n + 1}.0.0`])), '9001.0.0'],
] as const) {
  test(`a hostile package, ${what}: 9000 findings take little time`, () => {
    let found: string[] = [];
    const ms = cpuTime(() => {
      found = upgradeTarget(findings);
    });
    assert.is(found.join().slice(0, 100), target);
    assert.ok(ms < 4_000, `${Math.round(ms)} ms, and each finding by each fix takes minutes`);
  });
}

test('more fixes than a package has are not put into order', () => {
  const fixed = Array.from({ length: 1_000_000 }, (_, n) => `1.${n + 1}-1`);
  const ms = cpuTime(() => {
    assert.is(upgradeTarget([known({ type: 'debian', installed: '1.0-1', fixed })]).length, 1_000_000);
  });
  assert.ok(ms < 8_000, `${Math.round(ms)} ms`);
});

test.run();
