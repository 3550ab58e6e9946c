import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScanException } from '../../../src/api/imagescan.ts';
import {
  countedOf,
  exceptionProblems,
  exceptionRows,
  expiringSoon,
  isExpired,
  judge,
  nextExpiry,
  nextNotice,
} from '../../../src/scan/findings/exceptions.ts';
import type { ImageName } from '../../../src/scan/findings/image-pattern.ts';
import { cpuTime } from './cpu-time.ts';
import { arbitraryFindings, known } from './known-finding.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const API: ImageName = { reference: 'registry.example.com/payments/api:1.2', digest: DIGEST };

const CVE = 'CVE-2024-1234';
const exception = (parts: Partial<ScanException> = {}): ScanException => ({
  id: CVE,
  status: 'not_affected',
  justification: 'not reached',
  ...parts,
});

const openssl = known({ id: CVE, package: 'openssl' });
const libssl = known({ id: CVE, package: 'libssl3' });
const other = known({ id: 'CVE-2024-9999', package: 'openssl' });

/** The packages and ids that still count. */
const counted = (exceptions: readonly ScanException[], image = API, now = NOW): string[] =>
  countedOf(judge([openssl, libssl, other], exceptions, image, now)).map((one) => `${one.package} ${one.id}`);

const OPENSSL = `openssl ${CVE}`;
const LIBSSL = `libssl3 ${CVE}`;
const OTHER = 'openssl CVE-2024-9999';

const rows: [what: string, exceptions: Partial<ScanException>[], counted: string[]][] = [
  ['none', [], [LIBSSL, OPENSSL, OTHER]],
  ['not_affected', [{}], [OTHER]],
  ['fixed', [{ status: 'fixed' }], [OTHER]],
  ['affected', [{ status: 'affected' }], [LIBSSL, OPENSSL, OTHER]],
  ['under_investigation', [{ status: 'under_investigation' }], [LIBSSL, OPENSSL, OTHER]],
  ['one in other letters', [{ id: 'cve-2024-1234' }], [OTHER]],
  ['one whose id only begins so', [{ id: 'CVE-2024-123' }], [LIBSSL, OPENSSL, OTHER]],
  ['one for a package', [{ package: 'openssl' }], [LIBSSL, OTHER]],
  ['one for a package that is not there', [{ package: 'Openssl' }], [LIBSSL, OPENSSL, OTHER]],
  ['one for this image', [{ image: 'registry.example.com/payments/api' }], [OTHER]],
  ['one for images below a path', [{ image: 'registry.example.com/payments/*' }], [OTHER]],
  ['one for this digest', [{ image: `registry.example.com/payments/api@${DIGEST}` }], [OTHER]],
  ['one for another image', [{ image: 'registry.example.com/payments/web' }], [LIBSSL, OPENSSL, OTHER]],
  ['one with a malformed image', [{ image: 'registry.example.com/payments/api:1.2' }], [LIBSSL, OPENSSL, OTHER]],
  ['one that ends later', [{ expiresAt: '2026-11-24T12:00:01Z' }], [OTHER]],
  ['one that ends now', [{ expiresAt: '2026-11-24T12:00:00Z' }], [LIBSSL, OPENSSL, OTHER]],
  ['one that ends now, elsewhere', [{ expiresAt: '2026-11-24T13:00:00+01:00' }], [LIBSSL, OPENSSL, OTHER]],
  ['one that has ended', [{ expiresAt: '2026-01-01T00:00:00Z' }], [LIBSSL, OPENSSL, OTHER]],
  ['one that ends at no time', [{ expiresAt: 'soon' }], [LIBSSL, OPENSSL, OTHER]],
  ['an ended and a valid one', [{ expiresAt: '2026-01-01T00:00:00Z' }, {}], [OTHER]],
  [
    'a wide one, and one that counts this image again',
    [{}, { status: 'affected', image: 'registry.example.com/payments/api' }],
    [LIBSSL, OPENSSL, OTHER],
  ],
  [
    'a wide one that counts, and one that takes this digest out',
    [{ status: 'affected', image: 'registry.example.com/*' }, { image: `registry.example.com/payments/api@${DIGEST}` }],
    [OTHER],
  ],
  [
    'a repository that counts, and one that takes this digest out',
    [
      { status: 'affected', image: 'registry.example.com/payments/api' },
      { image: `registry.example.com/payments/api@${DIGEST}` },
    ],
    [OTHER],
  ],
  [
    'a path that counts, and one that takes this repository out',
    [
      { status: 'affected', package: 'openssl', image: 'registry.example.com/payments/*' },
      { image: 'registry.example.com/payments/api' },
    ],
    [OTHER],
  ],
  [
    'a longer path, and a shorter one that counts',
    [{ status: 'affected', image: 'registry.example.com/*' }, { image: 'registry.example.com/payments/*' }],
    [OTHER],
  ],
  [
    'one for all packages, and one that counts openssl again',
    [{}, { package: 'openssl', status: 'affected' }],
    [OPENSSL, OTHER],
  ],
  ['two alike that contradict each other', [{}, { status: 'under_investigation' }], [LIBSSL, OPENSSL, OTHER]],
];

for (const [what, exceptions, expected] of rows) {
  test(`exceptions: ${what}`, () => {
    assert.equal(counted(exceptions.map(exception)), expected);
    assert.equal(counted(exceptions.map(exception).reverse()), expected, 'in any order');
  });
}

test('a finding has the exception that decides, the object of the spec itself', () => {
  const affected = exception({ status: 'affected', package: 'openssl' });
  const ended = exception({ package: 'libssl3', expiresAt: '2026-01-01T00:00:00Z' });
  const judged = judge([other, openssl, libssl], [affected, ended], API, NOW);
  assert.equal(judged, [
    { finding: libssl, counted: true, exception: ended, expired: true },
    { finding: openssl, counted: true, exception: affected },
    { finding: other, counted: true },
  ]);
  assert.is(judged[1]!.exception, affected);
});

test('any identifier of a vulnerability is meant, and the most particular exception decides (kubescape/kubevuln#968)', () => {
  const lodash = known({ id: 'CVE-2021-23337', aliases: ['GHSA-35jh-r3h4-6jhm'], package: 'lodash' });
  const countedWith = (...parts: Partial<ScanException>[]) =>
    countedOf(judge([lodash], parts.map(exception), API, NOW)).length;
  assert.is(countedWith({ id: 'GHSA-35jh-r3h4-6jhm' }), 0);
  assert.is(countedWith({ id: 'ghsa-35JH-r3h4-6jhm' }), 0);
  assert.is(countedWith({ id: 'CVE-2021-23337' }), 0);
  assert.is(countedWith({ id: 'GHSA-35jh-r3h4-6jhx' }), 1);
  const general = { id: 'CVE-2021-23337' };
  const particular = { id: 'GHSA-35jh-r3h4-6jhm', package: 'lodash', status: 'affected' } as const;
  for (const order of [
    [general, particular],
    [particular, general],
  ])
    assert.is(countedWith(...order), 1);
  const exceptions = [exception(general), exception({ id: 'GHSA-35jh-r3h4-6jhm' })];
  assert.equal(
    exceptionRows(exceptions, [{ image: API, findings: [lodash] }], NOW).map(({ findings }) => findings),
    [1, 1],
  );
});

test('rows report the effect of each exception, in their order, and count findings that others decide too', () => {
  const exceptions = [
    exception({ package: 'openssl', expiresAt: '2026-12-01T00:00:00Z' }),
    exception({ id: 'CVE-2000-1' }),
    exception({ status: 'fixed', image: 'nginx', expiresAt: '2026-01-01T00:00:00Z' }),
    exception({ image: 'nginx:1.27' }),
  ];
  const nginx = { reference: 'nginx', digest: DIGEST };
  const images = [
    { image: API, findings: [openssl, libssl, other] },
    { image: nginx, findings: [openssl, libssl] },
  ];
  assert.equal(exceptionRows(exceptions, images, NOW), [
    { ...exceptions[0], findings: 2 },
    { ...exceptions[1], findings: 0 },
    { ...exceptions[2], findings: 2, expired: true },
    { ...exceptions[3], findings: 0 },
  ]);
});

const at = (expiresAt?: string): ScanException => exception(expiresAt === undefined ? {} : { expiresAt });

test('an exception that ends within seven days ends soon; an expired one does not', () => {
  const soon = [at('2026-11-24T12:00:01Z'), at('2026-12-01T12:00:00Z')];
  const rest = [at(), at('2026-12-01T12:00:01Z'), at('2026-11-24T12:00:00Z'), at('never')];
  assert.equal(expiringSoon([...rest, ...soon], NOW), soon);
});

test('the next expiry is the first that is still to come, and the next notice seven days before one', () => {
  const exceptions = [
    at(),
    at('2026-12-24T12:00:00Z'),
    at('2026-11-24T12:00:00Z'),
    at('2026-11-25T12:00:00Z'),
    at('x'),
  ];
  assert.is(nextExpiry(exceptions, NOW), Date.parse('2026-11-25T12:00:00Z'));
  assert.is(nextNotice(exceptions, NOW), Date.parse('2026-12-17T12:00:00Z'));
  assert.is(nextExpiry([at(), at('2026-11-24T12:00:00Z')], NOW), undefined);
  assert.is(nextNotice([at(), at('2026-11-25T12:00:00Z')], NOW), undefined);
});

test('a malformed image is reported with object, cause and cure', () => {
  assert.equal(exceptionProblems([exception(), exception({ image: 'nginx' }), exception({ image: 'nginx:1.27' })]), [
    'spec.exceptions[2].image "nginx:1.27" has a tag, which can move: write the repository alone, or repository@sha256:digest',
  ]);
});

const arbitraryException: fc.Arbitrary<ScanException> = fc.record(
  {
    id: fc.constantFrom('CVE-1', 'cve-2', 'GHSA-3', 'CVE-4'),
    status: fc.constantFrom('not_affected', 'affected', 'fixed', 'under_investigation'),
    package: fc.constantFrom('a', 'b'),
    image: fc.oneof(
      fc.constantFrom('registry.example.com/payments/api', 'registry.example.com/*', 'nginx'),
      fc.string(),
    ),
    justification: fc.string(),
    expiresAt: fc.constantFrom('2026-01-01T00:00:00Z', '2026-11-30T00:00:00Z', '2027-01-01T00:00:00+05:00', 'x'),
  },
  { requiredKeys: ['id', 'status'], noNullPrototype: true },
);

test('every finding is counted or suppressed, whatever the order; an exception never adds one', () => {
  fc.assert(
    fc.property(arbitraryFindings, fc.array(arbitraryException, { maxLength: 8 }), (findings, exceptions) => {
      const judged = judge(findings, exceptions, API, NOW);
      assert.is(judged.length, findings.length);
      assert.equal(new Set(judged.map(({ finding }) => finding)), new Set(findings));
      for (const { counted, exception, expired } of judged) {
        const valid = exception !== undefined && !isExpired(exception, NOW);
        assert.is(counted, !(valid && ['not_affected', 'fixed'].includes(exception.status)));
        assert.is(expired === true, exception !== undefined && !valid);
      }
      assert.equal(judge(findings.toReversed(), exceptions.toReversed(), API, NOW), judged);
    }),
  );
});

test('until the next expiry the judgement stays as it is', () => {
  fc.assert(
    fc.property(arbitraryFindings, fc.array(arbitraryException, { maxLength: 8 }), (findings, exceptions) => {
      const next = nextExpiry(exceptions, NOW) ?? Date.parse('2099-01-01T00:00:00Z');
      assert.equal(judge(findings, exceptions, API, next - 1), judge(findings, exceptions, API, NOW));
    }),
  );
});

test('4000 findings and 256 exceptions are judged in seconds', () => {
  const findings = Array.from({ length: 4000 }, (_, n) => known({ id: `CVE-${n % 300}`, package: `p${n}` }));
  const exceptions = Array.from({ length: 256 }, (_, n) =>
    exception({ id: `CVE-${n}`, image: 'registry.example.com/*' }),
  );
  const busy = cpuTime(() => assert.is(countedOf(judge(findings, exceptions, API, NOW)).length, 13 * 44));
  assert.ok(busy < 2000, `${busy} ms`);
});

test.run();
