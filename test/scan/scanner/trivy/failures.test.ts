import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from '../../../../src/scan/scanner/trivy/failures.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';

const ended = { exit: 1, stdout: '', stderr: '' } as const;
const layer = (cause: string) =>
  `2026-11-25T10:37:10Z\tFATAL\tFatal error\trun error: image scan error: scan error: scan failed: failed analysis: analyze error: pipeline error: failed to analyze layer (sha256:053c986c7ba9d856dc946f22676391177a432ba4949c9ccb4d217a124308d8ba): ${cause}\n`;
const database = (cause: string) =>
  `2026-11-25T10:38:57Z\tFATAL\tFatal error\trun error: init error: DB error: ${cause}\n`;

const DAMAGED = 'a layer or its description is broken: build and push the image again';
const NO_DATABASE = 'there is no vulnerability database that this scanner can read';
const BAD_DATABASE = 'the vulnerability database is damaged';
const NO_SERVER = 'the Trivy server gave an unexpected response: check --trivy-server and that the server runs';

const failures = suite('a failure of Trivy');

// All as Trivy 0.74.0 wrote them.
for (const [stderr, reason, meaning] of [
  [layer('walk error: failed to extract the archive: unexpected EOF'), 'DamagedImage', DAMAGED],
  [layer('walk error: failed to extract the archive: archive/tar: invalid tar header'), 'DamagedImage', DAMAGED],
  [layer('walk error: failed to extract the archive: unknown dictionary'), 'DamagedImage', DAMAGED],
  [
    layer(
      'walk error: failed to process the file: failed to analyze file: failed to analyze etc/debian_version: unable to open etc/debian_version: failed to open: unable to read the file: unexpected EOF',
    ),
    'DamagedImage',
    DAMAGED,
  ],
  [
    '2026-11-25T10:37:14Z\tFATAL\tFatal error\trun error: image scan error: scan error: unable to initialize a scan service: unable to initialize artifact: unable to initialize archive image: 2 errors occurred:\n\t* unable to open layout as a Docker image: read layout: is a directory\n\t* unable to open layout as an OCI Image: stat layout/index.json: no such file or directory\n\n\n',
    'DamagedImage',
    DAMAGED,
  ],
  [
    layer(
      'walk error: failed to process the file: failed to analyze file: failed to analyze lib/apk/db/installed: unable to open lib/apk/db/installed: failed to open: failed to copy: write /tmp/f/small/trivy-296216624/cached-file-2993264095: no space left on device',
    ),
    'ScannerFailed',
    'the disk of the work directory is full: give it more room',
  ],
  [
    layer(
      "post analysis error: post analysis error: Unable to initialize the Java DB: Java DB update failed: '--skip-java-db-update' cannot be specified on the first run",
    ),
    'ScannerFailed',
    'its index of jars is gone from the work directory: restart the operator',
  ],
  [
    '2026-11-25T10:39:06Z\tFATAL\tFatal error\trun error: image scan error: scan error: scan failed: failed analysis: analyze error: pipeline error: context deadline exceeded\n',
    'Timeout',
    'the scanner did not finish in time: make the image smaller, or allow more time',
  ],
  [
    database('error in vulnerability DB initialize: failed to open db: file size too small 5000'),
    'DatabaseMissing',
    BAD_DATABASE,
  ],
  [
    database(
      'error in vulnerability DB initialize: failed to open db: write /tmp/f/db2/db/trivy.db: bad file descriptor',
    ),
    'DatabaseMissing',
    BAD_DATABASE,
  ],
  [
    database('error in vulnerability DB initialize: failed to open db: invalid database'),
    'DatabaseMissing',
    BAD_DATABASE,
  ],
  [database('database error: --skip-db-update cannot be specified on the first run'), 'DatabaseMissing', NO_DATABASE],
  [
    database(
      'database error: validate error: --skip-db-update cannot be specified with the old DB schema. Local DB: 1, Expected: 2',
    ),
    'DatabaseMissing',
    NO_DATABASE,
  ],
  [
    database("database error: the version of DB schema doesn't match. Local DB: 3, Expected: 2"),
    'DatabaseMissing',
    NO_DATABASE,
  ],
  [
    '2026-11-25T10:39:07Z\tFATAL\tFatal error\trun error: sbom scan error: scan error: scan failed: failed analysis: failed to store blob (sha256:f9a64f43bd779eb37e14f8cb561580cb2de4702d1493112df03fea7185811563) in cache: unable to store cache on the server: backoff: permanent error (last error: twirp error internal: failed to do request: Post "http://127.0.0.1:1/twirp/trivy.cache.v1.Cache/PutBlob": dial tcp 127.0.0.1:1: connect: connection refused)\n',
    'ScannerFailed',
    NO_SERVER,
  ],
  [
    'fatal error: failed to reserve page summary memory\n\nruntime stack:\nruntime.throw({0x9fc998f?, 0x20000000?})\n',
    'TooLarge',
    'the scanner has no memory left: make the image smaller, or allow more memory',
  ],
] as const) {
  failures(`"${stderr.trim().slice(-60)}" is ${reason}`, () => {
    const failure = failureOf('image', { ...ended, stderr }, defaultScanLimits);
    assert.is(failure?.reason, reason);
    assert.ok(failure?.message.startsWith(`image: ${meaning} (`), failure?.message);
  });
}

failures('quotes the end of what Trivy said, in one line', () => {
  const { message } = failureOf('image', { ...ended, stderr: layer('unexpected EOF') }, defaultScanLimits)!;
  assert.is(
    message,
    `image: ${DAMAGED} (scan error: scan failed: failed analysis: analyze error: pipeline error: failed to analyze layer (sha256:053c986c7ba9d856dc946f22676391177a432ba4949c9ccb4d217a124308d8ba): unexpected EOF)`,
  );
});

failures('quotes nothing of an image that could act on a terminal', () => {
  const stderr = layer('failed to analyze a\u001b[2J\u202eb\u0000c\td: unexpected EOF');
  const { message } = failureOf('image', { ...ended, stderr }, defaultScanLimits)!;
  assert.match(message, /^[\x20-\x7e]+$/);
});

failures('that the name of a file imitates is not believed', () => {
  const stderr = layer('failed to analyze x: no space left on device/on the first run/a: unexpected EOF');
  assert.is(failureOf('image', { ...ended, stderr }, defaultScanLimits)?.reason, 'DamagedImage');
});

const limits = { ...defaultScanLimits, timeMs: 90_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30 };
for (const [result, reason, message] of [
  [{ exit: 'SIGKILL', exceeded: 'time' }, 'Timeout', 'image: the scanner needs more than 90 s, the limit of one scan'],
  [
    { exit: 'SIGKILL', exceeded: 'memory' },
    'TooLarge',
    'image: the scanner needs more memory than 1024 MiB, the limit of one scan',
  ],
  [
    { exit: 'SIGKILL', exceeded: 'disk' },
    'TooLarge',
    'image: the scanner needs more disk than 1024 MiB, the limit of one scan',
  ],
  [
    { exit: 'SIGKILL' },
    'TooLarge',
    'image: the system killed the scanner, most likely because memory ran out: give the operator more memory',
  ],
  [{ exit: 'SIGSEGV' }, 'ScannerFailed', 'image: Trivy ended by SIGSEGV'],
  [
    { exit: 2, stderr: 'unknown flag: --x\n' },
    'ScannerFailed',
    'image: Trivy ended with exit status 2: unknown flag: --x',
  ],
] as const) {
  failures(`${JSON.stringify(result)} is ${reason}`, () => {
    const failure = failureOf('image', { ...ended, ...result }, limits);
    assert.equal([failure?.reason, failure?.message], [reason, message]);
  });
}

failures('is none when it has done its work, whatever it said', () => {
  assert.is(failureOf('image', { ...ended, exit: 0, stderr: layer('unexpected EOF') }, limits), undefined);
});

failures('at level debug is the same as otherwise', () => {
  const cause = 'walk error: failed to extract the archive: unexpected EOF';
  const quiet = layer(cause).trimEnd().split('\t');
  const causes = quiet[3]!.split(/: (?!\w+\))/);
  const frame =
    '\n    github.com/aquasecurity/trivy/pkg/fanal/walker.LayerTar.Walk\n        github.com/a/tar.go:43\n  - ';
  const lines = `\n  - ${causes.slice(0, -1).join(`:${frame}`)}:${frame}${causes.at(-1)}\n`;
  const noise = '2026-11-25T10:37:09Z\tDEBUG\t[jar] Parsing Java artifacts...\tfile_path="a.jar"\n';
  const debug = `${noise}${quiet.slice(0, 3).join('\t')}${lines}`;
  const of = (stderr: string) => failureOf('an image', { ...ended, stderr }, defaultScanLimits);
  assert.is(of(debug)?.message, of(layer(cause))?.message);
  assert.is(of(debug)?.reason, 'DamagedImage');
});

failures.run();
