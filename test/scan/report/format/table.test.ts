import stringWidth from 'string-width';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toTable } from '../../../../src/scan/report/format/table.ts';
import { toScanReport } from '../../../../src/scan/report/model.ts';
import { EMPTY, INPUT, SAMPLE } from '../sample-report.ts';

test('without KEV, the verdict says so', () => {
  const asked = {
    ...INPUT,
    images: [],
    spec: { failOnKnownExploited: true },
    kevProblem: 'no KEV was read: put it there',
  };
  assert.is(
    toTable(toScanReport(asked), { width: 200 }),
    'ImageScan payments/nightly: compliance not known: no KEV was read: put it there (0 images, failOn Critical, failOnKnownExploited)\n',
  );
});

test('the report for a terminal', () => {
  assert.is(
    toTable(SAMPLE, { width: 160 }),
    `\
ImageScan payments/nightly: not compliant: 2 blocking findings (3 images, 1 failed, failOn High)

IMAGE                                        PLATFORM      SOURCE     STATE          CRITICAL   HIGH   MEDIUM   LOW   UNKNOWN   FIXABLE   SUPPRESSED   SCANNED
nginx:1.27                                   linux/arm64   1 pod      Unauthorized   0          0      1        0     0         1         0            2026-11-…
registry.example.com:5000/payments/api:1.2   linux/amd64   3 pods     Scanned        1          1      0        1     0         3         1            2026-11-…
busybox                                      linux/amd64   Template   Pending        -          -      -        -     -         -         -            -

nginx:1.27 linux/arm64
  Unauthorized: docker.io/library/nginx: the registry requires other credentials
  SEVERITY   VULNERABILITY   PACKAGE   INSTALLED   FIXED   KNOWN SINCE   EXCEPTION                TITLE
  Medium     CVE-2024-7777   curl      8.0         8.1     2026-11-01    fixed until 2026-11-23
  fixes have waited since 2026-11-01T00:00:00Z

registry.example.com:5000/payments/api:1.2 linux/amd64
  SEVERITY     VULNERABILITY    PACKAGE   INSTALLED          FIXED              KNOWN SINCE   EXCEPTION             TITLE
  Critical     CVE-2024-1234    openssl   3.0.15-1~deb12u1   3.0.17-1~deb12u3   2026-11-01                          openssl: a buffer overflow
  High         CVE-2021-23337   lodash    4.17.20            4.17.21            2026-11-01    under_investigation   (GHSA-35jh-r3h4-6jhm) lodash: command injec…
  Low          CVE-2024-7777    curl      8.0                8.1                2026-11-01
  (Critical)   CVE-2023-45853   zlib1g    1:1.2.13           -                  2026-11-01    not_affected
  not looked at (UnidentifiedJars): 2 jars without a pom.properties, as in app.jar, or add UnidentifiedJars to spec.acceptUnknown
  not looked at (ThirdPartyPackages, accepted): 1 package of other vendors than debian 12.5: nginx
  to do: openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)
  to do: lodash 4.17.20 -> 4.17.21 (1 High)
  fixes have waited since 2026-11-01T00:00:00Z

EXCEPTION        PACKAGE   IMAGE   STATUS                FINDINGS   ENDS                   JUSTIFICATION
CVE-2023-45853   zlib1g    -       not_affected          1          -                      vulnerable_code_not_present
CVE-2021-23337   -         -       under_investigation   1          -                      asked the team
CVE-2024-7777    -         nginx   fixed                 1          2026-11-23 (expired)   built anew
`,
  );
});

test('without images', () => {
  assert.is(toTable(EMPTY, { width: 80 }), 'ImageScan payments/nightly: compliant (0 images, failOn Critical)\n');
});

test('a distribution that gets no more fixes is named', () => {
  const [api] = INPUT.images;
  const os = { family: 'debian', version: '10', endOfLife: true };
  const report = toScanReport({ ...INPUT, images: [{ ...api!, report: { ...api!.report!, os } }] });
  assert.match(toTable(report, { width: 160 }), '\n  to do: debian 10 gets no more fixes: move to a newer release\n');
});

test('a blocking finding without a fix is no to-do, and what can be done is said', () => {
  const report = toScanReport({ ...INPUT, spec: { failOn: 'High' } });
  const table = toTable(report, { width: 300 });
  assert.match(
    table,
    '\n  no fix yet: zlib1g 1:1.2.13 (1 Critical): use an image without it, or accept it by spec.exceptions or spec.ignoreUnfixed\n',
  );
  assert.not.match(table, 'to do: no fix');
});

test('without earlier scans nothing is known since a day', () => {
  const { uid: _, ...scan } = INPUT.scan;
  assert.not.match(toTable(toScanReport({ ...INPUT, scan }), { width: 300 }), /KNOWN SINCE|2026-11-01|waited since/);
});

test('no line is wider than the terminal', () => {
  for (const width of [20, 80, 100, 200]) {
    for (const line of toTable(SAMPLE, { width }).split('\n')) assert.ok(stringWidth(line) <= width, line);
  }
});

test.run();
