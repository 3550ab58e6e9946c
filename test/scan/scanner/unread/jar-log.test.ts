import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { JarLog, jarsIn } from '../../../../src/scan/scanner/unread/jar-log.ts';

const TIME = '2026-11-29T15:28:48Z\tDEBUG\t';
const opened = (quoted: string): string => `${TIME}[jar] Parsing Java artifacts...\tfile_path="${quoted}"`;
const layer = (...paths: string[]) => ({
  Applications: [{ Type: 'jar', FilePath: 'x', Packages: paths.map((FilePath) => ({ Name: 'g:a', FilePath })) }],
});
const logOf = (...lines: string[]): JarLog => {
  const log = new JarLog();
  for (const line of lines) log.add(line);
  return log;
};

test('jars without a package, also inside others', () => {
  const log = logOf(
    opened('app.jar'),
    opened('app.jar/BOOT-INF/lib/a.jar'),
    opened('app.jar/BOOT-INF/lib/b.jar'),
    `${TIME}[jar] No such POM in the central repositories\tfile="b.jar"`,
    `${TIME}Walk error\tfile_path="c.jar" err="zip: not a valid zip file"`,
  );
  assert.equal(log.unidentified(jarsIn([layer('app.jar'), layer('app.jar/BOOT-INF/lib/a.jar')])), {
    count: 1,
    examples: ['app.jar/BOOT-INF/lib/b.jar'],
  });
  assert.is(log.unidentified(jarsIn([])).count, 3);
});

test('a path of two layers is identified when both are', () => {
  const log = logOf(opened('a.jar'), opened('a.jar'));
  assert.is(log.unidentified(jarsIn([layer('a.jar')])).count, 1);
  assert.is(log.unidentified(jarsIn([layer('a.jar'), layer('a.jar')])).count, 0);
});

test("names as Go quotes them, and as they are in Go's JSON", () => {
  const rows: [quoted: string, name: string][] = [
    ['x\\n\\"y\u00e9.jar', 'x\n"y\u00e9.jar'],
    ['\\\\back\\tslash.jar', '\\back\tslash.jar'],
    ['bad\\xff.jar', 'bad\ufffd.jar'],
    ['\\x7f\\u200b\\U000e0001.jar', '\x7f\u200b\u{e0001}.jar'],
  ];
  for (const [quoted, name] of rows)
    assert.is(logOf(opened(quoted)).unidentified(jarsIn([layer(name)])).count, 0, quoted);
});

test('other lines, and lines that an image puts into names, add nothing', () => {
  const log = logOf(
    '',
    `${TIME}[secret] x\tfile_path="\\n${opened('fake.jar').replaceAll('"', '\\"')}"`,
    'Parsing Java artifacts...\tfile_path="fake.jar"',
    `${opened('a.jar')} more`,
  );
  assert.equal(log.unidentified(jarsIn([])), { count: 0, examples: [] });
});

test('the examples are bounded, the count is not', () => {
  const log = logOf(...Array.from({ length: 100_010 }, (_, i) => opened(`${i}.jar`)));
  const { count, examples } = log.unidentified(jarsIn([]));
  assert.equal([count, examples.length], [100_010, 10]);
});

test.run();
