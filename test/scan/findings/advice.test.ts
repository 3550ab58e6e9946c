import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Advice, adviceFor, describeAdvice, endOfLifeAdvice } from '../../../src/scan/findings/advice.ts';
import { type Acceptance, blockingFindings } from '../../../src/scan/findings/compliance.ts';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import { isFixable } from '../../../src/scan/findings/fixable.ts';
import { arbitraryFindings, known } from './known-finding.ts';

const lines = (findings: readonly KnownFinding[], acceptance: Acceptance = {}): string[] => {
  const advice = describeAdvice(adviceFor(findings, acceptance));
  assert.equal(describeAdvice(adviceFor(findings.toReversed(), acceptance)), advice, 'in any order');
  return advice;
};

const OLD = '3.0.15-1~deb12u1';
const openssl = (id: string, parts: Partial<KnownFinding> = {}): KnownFinding =>
  known({ id, severity: 'Critical', installed: OLD, fixed: ['3.0.17-1~deb12u3'], ...parts });

test('a package is upgraded to the lowest version that fixes all blocking findings; others that it fixes are counted', () => {
  const findings = [
    openssl('CVE-1', { fixed: ['3.0.16-1~deb12u1'] }),
    openssl('CVE-2', { fixed: ['3.0.16-1~deb12u2'] }),
    openssl('CVE-3', { severity: 'High', fixed: ['3.0.17-1~deb12u3'] }),
    openssl('CVE-4', { severity: 'Low', fixed: ['3.0.16-1~deb12u1'] }),
  ];
  assert.equal(lines(findings), ['openssl 3.0.15-1~deb12u1 -> 3.0.16-1~deb12u2 (2 Critical, 1 Low)']);
  assert.equal(lines(findings, { failOn: 'High' }), [
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (2 Critical, 1 High, 1 Low)',
  ]);
});

test('a compliant image needs no change', () => {
  assert.equal(lines([known({ severity: 'High' })]), []);
  assert.equal(lines([known({ severity: 'Critical', fixed: [] })], { ignoreUnfixed: true }), []);
  assert.equal(lines([known({ severity: 'Critical' })], { failOn: 'None' }), []);
});

test('packages with lesser findings only stay as they are', () => {
  assert.equal(lines([openssl('CVE-1'), known({ package: 'zlib', severity: 'Medium' })]), [
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
  ]);
});

test('a finding without a fix is listed beside the upgrade of the same package', () => {
  const findings = [
    openssl('CVE-1'),
    openssl('CVE-2', { fixed: [] }),
    known({ package: 'zlib1g', installed: '1:1.2.13', severity: 'Critical', fixed: [] }),
  ];
  assert.equal(lines(findings), [
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
    'no fix yet: openssl 3.0.15-1~deb12u1 (1 Critical)',
    'no fix yet: zlib1g 1:1.2.13 (1 Critical)',
  ]);
  assert.equal(lines(findings, { ignoreUnfixed: true }), ['openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)']);
});

test('a package whose fixable findings do not block is not upgraded', () => {
  const findings = [openssl('CVE-1', { fixed: [] }), openssl('CVE-2', { severity: 'Low' })];
  assert.equal(lines(findings), ['no fix yet: openssl 3.0.15-1~deb12u1 (1 Critical)']);
});

test('packages of one source, which share version and findings, are one change', () => {
  const findings = ['CVE-1', 'CVE-2'].flatMap((id) => [
    openssl(id, { package: 'openssl' }),
    openssl(id, { package: 'libssl3' }),
  ]);
  assert.equal(lines(findings), ['libssl3, openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (4 Critical)']);
});

test('packages that do not share all findings are changes of their own', () => {
  const findings = [
    openssl('CVE-1'),
    openssl('CVE-1', { package: 'libssl3' }),
    openssl('CVE-2', { package: 'libssl3' }),
  ];
  assert.equal(lines(findings), [
    'libssl3 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (2 Critical)',
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
  ]);
});

test('packages that share findings, but not the version that fixes them, are changes of their own', () => {
  assert.equal(lines([openssl('CVE-1'), openssl('CVE-1', { package: 'libssl3', fixed: ['4'] })]), [
    'libssl3 3.0.15-1~deb12u1 -> 4 (1 Critical)',
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
  ]);
});

test('each installed version of a package is a change of its own, but its paths are not', () => {
  const lodash = (installed: string, path: string): KnownFinding =>
    known({ package: 'lodash', type: 'node-pkg', severity: 'Critical', installed, path, fixed: ['4.17.21'] });
  assert.equal(
    lines([
      lodash('4.17.20', 'a/package.json'),
      lodash('4.17.20', 'b/package.json'),
      lodash('4.17.4', 'c/package.json'),
    ]),
    ['lodash 4.17.20 -> 4.17.21 (2 Critical)', 'lodash 4.17.4 -> 4.17.21 (1 Critical)'],
  );
});

test('the change that removes most findings comes first', () => {
  const of = (name: string, count: number, severity: KnownFinding['severity']): KnownFinding[] =>
    Array.from({ length: count }, (_, n) => known({ id: `CVE-${name}-${n}`, package: name, severity }));
  const findings = [
    ...of('a', 1, 'Critical'),
    ...of('b', 5, 'High'),
    ...of('c', 2, 'Critical'),
    ...of('d', 1, 'Critical'),
  ];
  assert.equal(lines([...findings, ...of('d', 0, 'High')], { failOn: 'High' }), [
    'c 1.0-1 -> 1.0-2 (2 Critical)',
    'a 1.0-1 -> 1.0-2 (1 Critical)',
    'd 1.0-1 -> 1.0-2 (1 Critical)',
    'b 1.0-1 -> 1.0-2 (5 High)',
  ]);
});

test('compound fixes: rubysec/ruby-advisory-db#1191', () => {
  const activestorage = (id: string, fixed: string[]): KnownFinding =>
    known({ id, package: 'activestorage', type: 'gemspec', severity: 'Critical', installed: '7.2.2', fixed });
  assert.equal(
    lines([
      activestorage('CVE-1', ['~> 7.1.5', '>= 7.1.5.1', '~> 7.2.2', '>= 7.2.2.1', '>= 8.0.1']),
      activestorage('CVE-2', ['~> 7.2.3', '>= 7.2.3.2', '~> 8.0.4', '>= 8.0.4.1', '>= 8.1.2.1']),
    ]),
    ['activestorage 7.2.2 -> 7.2.3.2 (2 Critical)'],
  );
});

test('a line says why it names no version', () => {
  const of = (type: string, installed: string, ...fixes: string[][]) =>
    lines(
      fixes.map((fixed, n) => known({ id: `CVE-${n}`, package: 'p', type, severity: 'Critical', installed, fixed })),
    );
  assert.equal(of('conda-pkg', '5.2', ['5.2'], ['6.0.3'], ['6.0.4']), [
    'p 5.2 -> one of 6.0.3, 6.0.4: Palisade cannot order these conda-pkg versions (3 Critical)',
  ]);
  assert.equal(of('gemspec', '5.2', ['> 5.3']), ['p 5.2 -> a version newer than 5.3 (1 Critical)']);
  assert.equal(of('gemspec', '5.2', ['~> 5.3'], ['~> 6.1']), [
    'p 5.2 -> one of 5.3, 6.1: no one version is known to fix all findings (2 Critical)',
  ]);
  assert.equal(of('debian', '2:1.02.185-2', ['2.03.16-3']), [
    'p 2:1.02.185-2 -> a build of source version 2.03.16-3 (1 Critical)',
  ]);
  assert.equal(of('npm', '5.0.0', ['3.10.2', '4.17.21']), [
    'p 5.0.0 -> a newer version: the advisories name only older ones (1 Critical)',
  ]);
});

const EMPTY: Advice = { upgrades: [], unfixed: [] };

test('a distribution without fixes should be replaced', () => {
  const buster = { family: 'debian', version: '10', endOfLife: true };
  assert.is(endOfLifeAdvice(buster), 'debian 10 gets no more fixes: move to a newer release');
  assert.is(endOfLifeAdvice({ ...buster, endOfLife: false }), undefined);
  assert.is(endOfLifeAdvice(undefined), undefined);
  assert.equal(describeAdvice(adviceFor([openssl('CVE-1')], {}), buster), [
    'debian 10 gets no more fixes: move to a newer release',
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
  ]);
  assert.equal(describeAdvice(EMPTY, { family: '\u001b[2J', version: '', endOfLife: true }), [
    '\ufffd[2J gets no more fixes: move to a newer release',
  ]);
});

test('names from an image are made printable, and lines are bounded', () => {
  const hostile = known({
    severity: 'Critical',
    package: '\u001b[31mevil\u202e',
    installed: '1\n2',
    fixed: ['3\u0007'],
  });
  assert.equal(lines([hostile]), ['\ufffd[31mevil\ufffd 1 2 -> 3\ufffd (1 Critical)']);
  const many = Array.from({ length: 9 }, (_, n) => known({ severity: 'Critical', package: `${'p'.repeat(200)}${n}` }));
  const [line = ''] = lines(many);
  assert.is(lines(many).length, 1);
  assert.match(line, / and 5 more 1\.0-1 -> 1\.0-2 \(9 Critical\)$/);
  assert.ok([...line].length <= 512);
});

const acceptance: fc.Arbitrary<Acceptance> = fc.record({
  failOn: fc.constantFrom('Critical', 'High', 'Medium', 'Low', 'None'),
  ignoreUnfixed: fc.boolean(),
});

test('advice exists for all findings, is the same in any order, and changes nothing', () => {
  fc.assert(
    fc.property(arbitraryFindings, acceptance, (findings, accepted) => {
      const before = structuredClone(findings);
      const advice = adviceFor(findings, accepted);
      assert.equal(adviceFor(findings.toReversed(), accepted), advice);
      assert.equal(findings, before);
      for (const line of describeAdvice(advice)) assert.not.match(line, /[\p{Cc}\p{Cf}]/u);
    }),
  );
});

/** A vulnerability as it is: in each release line 1.0, 1.1… up to the patch that fixes it; never for lines without. */
interface Truth {
  readonly id: string;
  readonly severity: KnownFinding['severity'];
  /** For each line the first patch without it; 0: never there; undefined: not fixed. */
  readonly fixedIn: readonly (number | undefined)[];
}

const LINES = 4;
const isVulnerable = ({ fixedIn }: Truth, [line, patch]: readonly [number, number]): boolean =>
  patch < (fixedIn[line] ?? Number.POSITIVE_INFINITY);

const truths: fc.Arbitrary<Truth[]> = fc.uniqueArray(
  fc
    .record({
      id: fc.constantFrom('CVE-1', 'CVE-2', 'CVE-3', 'CVE-4', 'CVE-5', 'CVE-6'),
      severity: fc.constantFrom('Critical', 'High', 'Low'),
      patches: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: LINES, maxLength: LINES }),
      unfixedLines: fc.integer({ min: 0, max: LINES }),
    })
    // Fixes go to the newest lines: an old line gets none any more.
    .map(({ id, severity, patches, unfixedLines }) => ({
      id,
      severity,
      fixedIn: patches.map((patch, line) => (line < unfixedLines ? undefined : patch)),
    })),
  { selector: ({ id }) => id, minLength: 1 },
);

/** What a scanner says about a version with these vulnerabilities. */
const scan = (all: readonly Truth[], version: readonly [number, number], type: string): KnownFinding[] =>
  all
    .filter((truth) => isVulnerable(truth, version))
    .map(({ id, severity, fixedIn }) => {
      const fixed = fixedIn.flatMap((patch, line) => (patch ? [`1.${line}.${patch}`] : []));
      return known({ id, severity, type, package: 'stdlib', installed: `1.${version[0]}.${version[1]}`, fixed });
    });

test('the advice, carried out, makes the image compliant except for findings without a fix', () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(
      truths,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 11 }),
      acceptance,
      (all, line, patch, accepted) => {
        const findings = scan(all, [line, patch], 'gobinary');
        const { upgrades, unfixed } = adviceFor(findings, accepted);
        assert.is(upgrades.length > 0, blockingFindings(findings, accepted).some(isFixable));
        assert.is(
          unfixed.length > 0,
          blockingFindings(findings, accepted).some((finding) => !isFixable(finding)),
        );
        const [upgrade] = upgrades;
        if (upgrade === undefined || !('version' in upgrade.to)) return;
        carriedOut += 1;
        const [, nextLine = 0, nextPatch = 0] = upgrade.to.version.split('.').map(Number);
        const after = scan(all, [nextLine, nextPatch], 'gobinary');
        const fixable = new Set(
          blockingFindings(findings, accepted)
            .filter(isFixable)
            .map(({ id }) => id),
        );
        assert.equal(
          after.filter(({ id }) => fixable.has(id)),
          [],
        );
        assert.ok(nextLine > line || (nextLine === line && nextPatch > patch), 'only ever forward');
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(carriedOut > 200, `${carriedOut}`);
});

test.run();
