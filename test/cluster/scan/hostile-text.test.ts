// needs: cluster, scanner
// Hostile text from users, images and databases, against a command line, a terminal or the API server.
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Files } from '../../../hack/images/layer.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import type { DatabaseFixture } from '../../../hack/trivydb/fixture.ts';
import { hoursAgo, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['references', 'findings']);

/** The real Trivy, with a record of its arguments and variables, one a line. */
const record = join(stage.directory, 'arguments');
const trivy = join(stage.directory, 'recording-trivy');
await writeFile(
  trivy,
  `#!/bin/sh\nfor word in "$@"; do printf 'argument %s\\n' "$word" >> ${record}; done\nexport -p >> ${record}\nexec ${stage.trivy} "$@"\n`,
);
await chmod(trivy, 0o755);
await scans.operator(scans.settings({ trivy }), ...Object.values(ns));

const test = suite('hostile text');
test.after(() => scans.close());

/** Text that a terminal would obey, or that changes the text direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const assertSafe = (value: unknown): void => {
  if (typeof value === 'string') assert.not.match(value, UNSAFE);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(assertSafe);
};

const pwned = join(stage.directory, 'pwned');
const digest = `sha256:${'a'.repeat(64)}`;
const ID_ONLY =
  'the node knows only the ID of this image, so no registry can serve it: push it to a registry and run it from there';

const REFERENCES: readonly [reference: string, imageID: string, shown: string][] = [
  ['--config=/etc/passwd', digest, '--config=/etc/passwd'],
  [`$(touch ${pwned})`, digest, `$(touch ${pwned})`],
  [`\`touch ${pwned}\`;touch ${pwned}|x`, digest, `\`touch ${pwned}\`;touch ${pwned}|x`],
  ["'; rm -rf /; '", digest, "'; rm -rf /; '"],
  ['x'.repeat(5000), digest, `${'x'.repeat(1023)}…`],
  ['nginx\n1 2 3', digest, 'nginx 1 2 3'],
  ['nginx\u001b[2J\u001b]0;x\u0007', digest, 'nginx\ufffd[2J\ufffd]0;x\ufffd'],
  ['moc.elpmaxe\u202e/app', digest, 'moc.elpmaxe\ufffd/app'],
  ['字/字:1', digest, '字/字:1'],
  ['of-an-id', `--output=${pwned}@${digest}`, 'of-an-id'],
  ['of-a-path', `../../etc@${digest}`, 'of-a-path'],
  ['of-a-shell', `$(touch ${pwned})@${digest}`, 'of-a-shell'],
];

test('images of pods, which the API server accepts unchecked, are rows that name the problem', async () => {
  for (const [i, [reference, imageID]] of REFERENCES.entries()) {
    await scans.run(ns.references, `pod-${i}`, [{ reference, imageID }]);
  }
  const good = await scans.push('references/good', VULNERABLE);
  // The name is the author's, the digest is the node's.
  await scans.run(ns.references, 'good', [{ reference: '-o=$(id)\u001b[31m', imageID: good.imageID }]);
  await scans.apply(ns.references, 'nightly', {});
  const { status } = await scans.when(
    ns.references,
    'nightly',
    'everything was tried',
    ({ status: now }) => now?.summary?.failed === REFERENCES.length && now.summary.scanned === 1,
  );
  const rows = new Map(status?.images?.map((row) => [row.image, row]));
  for (const [, , shown] of REFERENCES) {
    const row = rows.get(shown);
    assert.equal([row?.state, row?.reason], ['Failed', 'NotFound'], shown);
    assert.ok(row?.message?.endsWith(ID_ONLY), row?.message);
  }
  assert.is(rows.get('-o=$(id)\ufffd[31m')?.state, 'Scanned');
  assertSafe(status);
  assertSafe(await scans.toldEvents(ns.references, 'nightly', 1));
});

test('no hostile text reaches a command line, an environment or a shell', async () => {
  const lines = (await readFile(record, 'utf8')).split('\n').filter(Boolean);
  const words = lines.filter((line) => line.startsWith('argument ')).map((line) => line.slice('argument '.length));
  assert.ok(words.includes('--input') && words.includes('layout'), 'an image was scanned');
  for (const [reference, imageID] of REFERENCES) {
    const hostile = [reference, imageID].filter((text) => text !== digest);
    assert.not.ok(
      lines.some((line) => hostile.some((text) => line.includes(text))),
      reference,
    );
  }
  assert.not.match(words.join('\n'), /\$\(|`|passwd|references/);
  assert.not.ok((await readdir(stage.directory)).includes('pwned'));
});

const LONG = 'x'.repeat(10_000);
const evil = `EVIL-\u001b[2J\u202e${'9'.repeat(200)}`;
const HOSTILE_DATABASE: DatabaseFixture = {
  ...exampleDatabase,
  advisories: {
    ...exampleDatabase.advisories,
    'debian 12': {
      openssl: { 'CVE-2099-0001': { fixed: `3.0.17-1~deb12u3${'1'.repeat(500)}` } },
      zlib: { [evil]: { status: 'affected' } },
    },
  },
  vulnerabilities: {
    ...exampleDatabase.vulnerabilities,
    'CVE-2099-0001': {
      Title: `\u001b]0;x\u0007\u202e\r\n😀${LONG}`,
      Severity: 'CRITICAL',
      VendorSeverity: { nvd: 'CRITICAL' },
    },
    [evil]: { Title: '\ud83d\ude00'.repeat(300), Severity: 'CRITICAL', VendorSeverity: { nvd: 'CRITICAL' } },
  },
};

/** The version of its distribution, which the image itself claims. */
const hostileSystem: Files = { ...debian('12.11', []), 'etc/debian_version': `12.11\u001b[31m\u202e${LONG}` };

test('findings with hostile text are counted and shown, and harm neither the API server nor a terminal', async () => {
  await scans.updateDatabase(HOSTILE_DATABASE, hoursAgo(1));
  await scans.run(ns.findings, 'app', [await scans.push('findings/app', VULNERABLE)]);
  await scans.run(ns.findings, 'system', [await scans.push('findings/system', hostileSystem)]);
  await scans.apply(ns.findings, 'nightly', {});
  const { status } = await scans.when(
    ns.findings,
    'nightly',
    'the new database',
    ({ status: now }) => now?.summary?.critical === 2,
  );
  await scans.settled(ns.findings, 'nightly');
  const titles = new Map(status?.findings?.map(({ package: name, title }) => [name, title]));
  assert.is(titles.get('libssl3'), `\ufffd]0;x\ufffd 😀${'x'.repeat(247)}…`);
  assert.is(titles.get('zlib1g'), `${'😀'.repeat(255)}…`);
  assert.is(
    status?.findings?.find(({ package: name }) => name === 'zlib1g')?.id,
    `EVIL-\ufffd[2J\ufffd${'9'.repeat(53)}…`,
  );
  assertSafe((await scans.get(ns.findings, 'nightly')).status);
  const events = await until('an Event names it', async () => {
    const told = await scans.events(ns.findings, 'nightly');
    return told.some((event) => event.includes('EVIL-\ufffd[2J')) ? told : undefined;
  });
  assertSafe(events);
});

test.run();
