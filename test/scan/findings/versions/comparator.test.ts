import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { comparatorFor } from '../../../../src/scan/findings/versions/comparator.ts';
import { cpuTime } from '../cpu-time.ts';
import { anyText } from '../known-finding.ts';

/** Which of two versions is newer depends on the kind: 1.0_p1 and 1.0~1, and so on. */
const rows: [type: string, older: string, newer: string][] = [
  ['debian', '1.0~1', '1.0'],
  ['ubuntu', '1.0~1', '1.0'],
  ['alpine', '1.0_rc1', '1.0'],
  ['wolfi', '1.0', '1.0_p1'],
  ['redhat', '1.0', '1.0^1'],
  ['rocky', '1.0', '1.0^1'],
  ['jar', '1.0-alpha-1', '1.0-sp'],
  ['python-pkg', '1.0.dev1', '1.0'],
  ['node-pkg', '1.0.0-x', '1.0.0'],
  ['gobinary', 'v1.0.0-x', 'v1.0.0'],
  ['rustbinary', '1.0.0-x', '1.0.0'],
  ['amazon', '1.0~1', '1.0'],
  ['nuget', '1.2.3.9', '1.2.3.10'],
  ['composer', 'v1.0.0-beta2', '1.0'],
  ['hex', '1.0.0-rc.9', '1.0.0-rc.10'],
  ['pub', '1.0.0-dev', '1.0.0'],
  ['swift', '1.0.0-beta', '1.0.0'],
  ['conan', '1.2.9', '1.2.10'],
  ['julia', '1.2.9+0', '1.2.10+0'],
  ['gomod', 'v0.0.0-20211202192323-5770296d904e', 'v0.0.0-20220314234659-1baeb1ce4c0b'],
  ['gemspec', '1.0.0.rc1', '1.0.0'],
  ['bundler', '7.2.2', '7.2.2.1'],
  ['cocoapods', '1.0.beta.9', '1.0.beta.10'],
  ['bitnami', '1.0.0', '1.0.0-1'],
];

for (const [type, older, newer] of rows) {
  test(`${type}: ${older} is older than ${newer}`, () => assert.ok((comparatorFor(type)?.(older, newer) ?? 0) < 0));
}

test('unknown kinds have no order', () => {
  for (const type of ['conda-pkg', 'unknown', '', '__proto__', 'constructor'])
    assert.is(comparatorFor(type), undefined);
});

const word = fc.string({ unit: fc.constantFrom(...'0019azAZ~^.+-_:r'), maxLength: 10 });
const version = fc.tuple(fc.integer({ min: 0, max: 3 }), word).map(([number, rest]) => `${number}${rest}`);

for (const type of ['debian', 'alpine', 'redhat', 'jar', 'python-pkg', 'node-pkg', 'nuget', 'gemspec', 'bitnami']) {
  const compare = comparatorFor(type)!;
  const sign = (a: string, b: string): number | undefined => {
    const order = compare(a, b);
    return order === undefined ? undefined : Math.sign(order);
  };

  test(`${type}: an order is total, and never throws`, () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [ab, bc, ac] = [sign(a, b), sign(b, c), sign(a, c)];
        if (ab === undefined || bc === undefined || ac === undefined) return;
        assert.is(sign(a, a), 0);
        assert.is(sign(b, a)! + ab, 0);
        if (ab <= 0 && bc <= 0) assert.ok(ac <= 0, `${a} ≤ ${b} ≤ ${c}`);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(anyText, anyText, (a, b) => void compare(a, b)));
  });

  test(`${type}: a version of a megabyte is none, and the longest ones are compared at once`, () => {
    const busy = cpuTime(() => {
      for (const unit of ['1', '1.', '1-', 'a', '~', '0', '_a1']) {
        const long = `1${unit.repeat(300_000)}`;
        assert.is(compare(long, '1'), undefined);
        compare(long.slice(0, 255), long.slice(0, 256));
      }
    });
    assert.ok(busy < 1000, `${busy} ms`);
  });
}

test.run();
