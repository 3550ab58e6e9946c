import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type UpgradeTarget, upgradeOf } from '../../../src/scan/findings/upgrade-target.ts';
import { cpuTime } from './cpu-time.ts';
import { known } from './known-finding.ts';

const unknownOrder = (...oneOf: string[]): UpgradeTarget => ({ oneOf, why: 'UnknownOrder' });
const noCommon = (...oneOf: string[]): UpgradeTarget => ({ oneOf, why: 'NoCommonVersion' });

const AFTER_1_2: UpgradeTarget = { above: '1.2', andPostReleases: true };

/** A text is the version. */
const rows: [what: string, type: string, installed: string, fixes: string[][], target: string | UpgradeTarget][] = [
  ['one finding, one fix', 'debian', '1.0-1', [['1.0-2']], '1.0-2'],
  ['the later of two fixes', 'debian', '1.0-1', [['1.0-9'], ['1.0-10']], '1.0-10'],
  ['by epochs', 'debian', '9.0-1', [['9.1-1'], ['1:2.0-1']], '1:2.0-1'],
  ['Alpine', 'alpine', '3.1.4-r5', [['3.1.5-r0'], ['3.1.4-r6']], '3.1.5-r0'],
  ['Red Hat', 'redhat', '3.0.7-16.el9', [['1:3.0.7-6.el9'], ['3.0.7-28.el9']], '1:3.0.7-6.el9'],
  ['Amazon', 'amazon', '3.0.7-1.amzn2023', [['3.0.7-2.amzn2023'], ['3.0.7-10.amzn2023']], '3.0.7-10.amzn2023'],
  ['Maven', 'jar', '2.9.10', [['2.9.10.8', '2.12.7.1'], ['2.9.10.7']], '2.9.10.8'],
  ['Python', 'python-pkg', '2.0', [['2.9'], ['2.10']], '2.10'],
  ['NuGet, four numbers', 'nuget', '4.3.0.0', [['4.3.0.9'], ['4.3.0.10']], '4.3.0.10'],
  ['Composer', 'composer', 'v1.2.3', [['v1.2.9', '2.0.1'], ['1.2.10']], '1.2.10'],
  ['Hex', 'hex', '1.0.0-rc.1', [['1.0.0-rc.2'], ['1.0.0-rc.10']], '1.0.0-rc.10'],
  ['pods', 'cocoapods', '1.9', [['1.10.a'], ['1.9.9']], '1.10.a'],
  ['Bitnami: a revision is newer', 'bitnami', '1.2.3', [['1.2.3-2'], ['1.2.3-10']], '1.2.3-10'],
  [
    'a Go pseudo-version',
    'gobinary',
    'v0.0.0-20220101000000-abcdefabcdef',
    [['0.0.0-20220314234659-1baeb1ce4c0b'], ['0.0.0-20211202192323-5770296d904e', '0.0.0-20220314234659-1baeb1ce4c0b']],
    '0.0.0-20220314234659-1baeb1ce4c0b',
  ],
  ['a Go module without a suffix', 'gobinary', 'v2.0.0+incompatible', [['2.0.1+incompatible'], ['2.0.2']], '2.0.2'],
  [
    'its own release line',
    'gobinary',
    'v1.21.3',
    [
      ['1.21.11', '1.22.4'],
      ['1.21.9', '1.22.2'],
    ],
    '1.21.11',
  ],
  [
    'a later line when one finding has no fix before',
    'gobinary',
    'v1.21.3',
    [
      ['1.21.11', '1.22.4'],
      ['1.22.7', '1.23.1'],
    ],
    '1.22.7',
  ],
  ['later within a line than its fix', 'gobinary', '1.22.0', [['1.21.11', '1.22.4', '1.23.0'], ['1.22.7']], '1.22.7'],
  ['no line that only begins alike', 'node-pkg', '1.0.0', [['1.2.0', '1.20.5'], ['1.3.0']], '1.20.5'],
  ['no line between two fixes', 'node-pkg', '1.0.0', [['1.2.3', '1.2.9'], ['1.2.5']], '1.2.9'],
  ['never an older version', 'node-pkg', '4.17.15', [['3.10.2', '4.17.21']], '4.17.21'],
  ['only older versions', 'node-pkg', '5.0.0', [['3.10.2', '4.17.21']], noCommon()],
  [
    'an older one, which the next range has',
    'node-pkg',
    '5.0.0',
    [['3.10.2', '4.17.21'], ['5.0.1']],
    noCommon('5.0.1'),
  ],
  ['a fix written as a range', 'node-pkg', '1.0.0', [['>=1.2.0'], ['>= 1.3.0']], '1.3.0'],
  ['a range that ends', 'node-pkg', '1.0.0', [['>= 1.2.0', '< 2.0.0']], '1.2.0'],
  ['one range in one text', 'npm', '1.0.0', [['>=1.2.0 <2.0.0 || >=2.3.0'], ['2.1.0']], '2.3.0'],
  ['ends first', 'npm', '1.0.0', [['<2.0.0 >=1.2.0'], ['1.1.0']], '1.2.0'],
  ['no version of both ranges', 'npm', '1.0.0', [['>= 1.2.0', '< 1.3.0'], ['2.0.0']], noCommon('1.2.0', '2.0.0')],
  [
    'but for one version',
    'npm',
    '1.0.0',
    [
      ['>= 1.2.0', '!= 1.2.1'],
      ['1.2.1', '1.2.2'],
    ],
    '1.2.2',
  ],
  ['tilde and caret', 'npm', '1.0.0', [['~1.2.3', '^2.1.0'], ['1.3.0']], '2.1.0'],
  ['a caret below 1', 'npm', '0.1.0', [['^0.1.3'], ['^0.1.4'], ['0.1.2', '0.2.2']], '0.1.4'],
  ['a wildcard', 'pip', '1.0', [['==1.2.*'], ['1.2.3']], '1.2.3'],
  [
    'compatible releases',
    'pip',
    '1.0',
    [
      ['~=1.2.2', '>=2.1'],
      ['1.2.1', '2.3'],
    ],
    '1.2.2',
  ],
  [
    'epochs of Python',
    'pip',
    '1!1.0',
    [
      ['2.0', '1!1.1'],
      ['~=1!1.1', '>=1!2.0'],
      ['!=1!1.0', '>=1!1.0.5'],
    ],
    '1!1.1',
  ],
  ['above a version that still has it', 'gemspec', '2.0', [['> 2.3.1']], { above: '2.3.1' }],
  ['above it in Python, where > leaves out post-releases', 'pip', '1.0', [['>1.2'], ['1.2.post1']], AFTER_1_2],
  ['its post-release is installed', 'pip', '1.2.post1', [['>1.2']], AFTER_1_2],
  ['a later release than its post-release', 'pip', '1.0', [['>1.2'], ['1.2.post1'], ['1.3']], '1.3'],
  ['< leaves out pre-releases', 'pip', '1.0', [['>=1.2,<2.0'], ['2.0rc1']], noCommon('1.2', '2.0rc1')],
  ['a bound is no version', 'pip', '1.0', [['>=1.2,!=1.2,<3'], ['>=1.1,<2']], { above: '1.2' }],
  ['above it, and another finding', 'gemspec', '2.0', [['> 2.3.1'], ['2.4']], '2.4'],
  [
    'compound fixes (rubysec/ruby-advisory-db#1191)',
    'gemspec',
    '7.2.2',
    [
      ['~> 7.1.5', '>= 7.1.5.1', '~> 7.2.2', '>= 7.2.2.1', '>= 8.0.1'],
      ['~> 7.2.3', '>= 7.2.3.2', '~> 8.0.4', '>= 8.0.4.1', '>= 8.1.2'],
      ['~> 7.2.2', '>= 7.2.3', '>= 8.0.3'],
    ],
    '7.2.3.2',
  ],
  [
    'compound fixes, turned',
    'gemspec',
    '7.2.2',
    [
      ['>= 7.2.2.1', '~> 7.2.2', '>= 8.0.1'],
      ['7.3.0', '8.0.2'],
    ],
    '8.0.2',
  ],
  ['the installed version stands in the range', 'gemspec', '7.2.2', [['~> 7.2.2', '>= 7.2.2.1']], '7.2.2.1'],
  [
    '~> with four numbers ends early',
    'gemspec',
    '7.2.2',
    [['~> 7.2.2.1', '>= 8.0.1'], ['~> 7.2.3']],
    noCommon('7.2.2.1', '7.2.3', '8.0.1'),
  ],
  [
    'not a pre-release of the next line',
    'gemspec',
    '7.2.2',
    [
      ['~> 7.2.2', '>= 7.2.2.1', '>= 8.0'],
      ['7.3.0.beta1', '8.0.1'],
    ],
    '8.0.1',
  ],
  ['versions of the source alone', 'debian', '2:1.02.185-2', [['2.03.16-2'], ['2.03.16-3']], { source: '2.03.16-3' }],
  ['an unknown kind, one fix for all', 'conda-pkg', '1', [['2'], ['2']], '2'],
  ['an unknown kind', 'conda-pkg', '1', [['2'], ['3']], unknownOrder('2', '3')],
  ['an unknown kind, and the installed version', 'conda-pkg', '2', [['2'], ['3']], unknownOrder('3')],
  ['an installed version that is none', 'debian', '', [['2'], ['3']], unknownOrder('2', '3')],
  ['a fix that is no version', 'node-pkg', '1.0.0', [['1.0.1'], ['next']], unknownOrder('1.0.1', 'next')],
  ['one fix beside one that is no version', 'node-pkg', '1.0.0', [['1.0.1', 'next']], '1.0.1'],
];

for (const [what, type, installed, fixes, target] of rows) {
  test(`${what}: ${type} ${installed}`, () => {
    const findings = fixes.map((fixed, n) => known({ id: `CVE-${n}`, type, installed, fixed }));
    const expected = typeof target === 'string' ? { version: target } : target;
    assert.equal(upgradeOf(findings).to, expected);
    assert.equal(upgradeOf(findings.toReversed()).to, expected, 'in any order');
    assert.equal(new Set(upgradeOf(findings).fixes), new Set(findings), 'it fixes all');
  });
}

test('the lowest version for some findings, and which others it fixes', () => {
  const of = (id: string, fixed: string[]) => known({ id, type: 'gemspec', installed: '1.0.0', fixed });
  const [blocking, also, not] = [of('CVE-1', ['1.0.2']), of('CVE-2', ['1.0.1', '2.0.1']), of('CVE-3', ['1.1.0'])];
  assert.equal(upgradeOf([blocking], [not, blocking, also]), { to: { version: '1.0.2' }, fixes: [blocking, also] });
  assert.equal(upgradeOf([also], [not, blocking, also]), { to: { version: '1.0.1' }, fixes: [also] });
  assert.equal(upgradeOf([not], [not, blocking]), { to: { version: '1.1.0' }, fixes: [not, blocking] });
});

const many = (type: string, fixesOf: (n: number) => string[]) =>
  Array.from({ length: 9_000 }, (_, n) => known({ id: `CVE-${n}`, type, installed: '1.0.0-1', fixed: fixesOf(n + 1) }));

for (const [what, findings, target] of [
  ['a fix of its own each', many('debian', (n) => [`1.${n}-1`]), '1.9000-1'],
  ['two lines each', many('npm', (n) => ['1.0.1', `${n + 2}.0.0`]), '1.0.1'],
  ['no line that all are on', many('npm', (n) => (n === 1 ? ['2.0.0'] : ['1.0.1', `${n + 1}.0.0`])), '9001.0.0'],
  ['thousand ways to write a fix', many('npm', (n) => [`>= 1.0.1, != 1.${n}.0 || ^1.0.${n + 1}`]), '1.0.1'],
] as const) {
  test(`a hostile package, ${what}: 9000 findings take little time`, () => {
    let found: UpgradeTarget | undefined;
    const ms = cpuTime(() => {
      found = upgradeOf(findings).to;
    });
    assert.equal(found, { version: target });
    assert.ok(ms < 4_000, `${Math.round(ms)} ms, and each finding by each fix takes minutes`);
  });
}

test('more fixes than a package has are not put into order', () => {
  const fixed = Array.from({ length: 1_000_000 }, (_, n) => `1.${n + 1}-1`);
  const ms = cpuTime(() => {
    const { to } = upgradeOf([known({ type: 'debian', installed: '1.0-1', fixed })]);
    assert.is('oneOf' in to && to.oneOf.length, 1_000_000);
  });
  assert.ok(ms < 8_000, `${Math.round(ms)} ms`);
});

test.run();
