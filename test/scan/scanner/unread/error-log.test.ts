import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ErrorLog } from '../../../../src/scan/scanner/unread/error-log.ts';

const TIME = '2026-11-29T15:28:48Z\tDEBUG\t';
const analysis = (error: string): string => `${TIME}[analyzer] Analysis error\terr="${error}"`;
const walk = (path: string): string => `${TIME}Walk error\tfile_path="${path}" err="parse error: failed to parse x: y"`;
const filesOf = (...lines: string[]) => {
  const log = new ErrorLog();
  for (const line of lines) log.add(line);
  return log;
};

const rows: [what: string, line: string, file: string | undefined][] = [
  ['an RPM database', analysis('failed to parse rpmdb: failed to open RPM DB: unexpected EOF'), 'rpmdb'],
  ['.NET', analysis('.Net Core dependencies analysis error: failed to parse a/b.deps.json: x'), 'a/b.deps.json'],
  ['a gem', analysis('failed to parse s/x.gemspec: failed to parse s/x.gemspec: failed'), 's/x.gemspec'],
  ['Python', walk('lib/x.dist-info/METADATA'), 'lib/x.dist-info/METADATA'],
  ['an error that names no file', analysis('something new'), 'something new'],
  ['a name as Go quotes it', walk('a\\nb\\x1b/METADATA'), 'a b\ufffd/METADATA'],
  ['a malformed package.json of a test', analysis('failed to parse t/package.json: JSON decode error'), undefined],
  ['a file that is no SBOM', analysis('SBOM decode error: unknown scanning is not yet supported'), undefined],
  ['a jar, which the other log has', walk('app/a.JAR'), undefined],
  ['a line of another kind', `${TIME}[analyzer] Permission error\tfile_path="x"`, undefined],
  ['a line that an image puts into a name', `${TIME}[x] y\tfile_path="${walk('z').replaceAll('"', '\\"')}"`, undefined],
];
for (const [what, line, file] of rows) {
  test(`${what}: ${file}`, () => {
    const { files } = filesOf(line).unread();
    assert.equal(files, file === undefined ? undefined : { count: 1, examples: [file] });
  });
}

test('an RPM database that is known to be unread is not told twice', () => {
  const log = filesOf(analysis('failed to parse rpmdb: x'));
  assert.equal(log.unread([{ manager: 'rpm', path: 'var/lib/rpm/Packages' }]), {});
  assert.is(log.unread([{ manager: 'apk', path: 'lib/apk/db/installed' }]).files?.count, 1);
});

test('a file counts once, and what is kept of them is bounded', () => {
  assert.is(filesOf(walk('a'), walk('a'), walk('b')).unread().files?.count, 2);
  const { files } = filesOf(...Array.from({ length: 10_010 }, (_, i) => walk(`${'x'.repeat(999)}${i}`))).unread();
  assert.ok((files?.count ?? 0) <= 10_000);
  assert.is(
    files?.examples.every(({ length }) => length <= 256),
    true,
  );
});

test.run();
