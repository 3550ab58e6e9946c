import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concernedBy, readSources } from '../../hack/test/changed.ts';

const sources = new Map([
  ['src/a.ts', ''],
  ['src/b.ts', "import { a } from './a.ts';"],
  ['src/other.ts', ''],
  ['hack/program.ts', "import '../src/other.ts';"],
  ['test/a.test.ts', "import { a } from '../src/a.ts';"],
  ['test/deep/b.test.ts', "import { b } from '../../src/b.ts';"],
  ['test/starts.test.ts', "join(import.meta.dirname, '../hack/program.ts')"],
  ['test/runs.test.ts', "run(['hack/program.ts'])"],
  ['test/manifest.test.ts', "readManifests('config/rbac')"],
  ['test/pages.test.ts', "readdir(join(root, '../docs')) // docs"],
  ['test/comment.test.ts', '// as docs says'],
]);

const cases: [what: string, changed: string[], tests: string[]][] = [
  ['nothing', [], []],
  ['a file, directly and over others', ['src/a.ts'], ['test/a.test.ts', 'test/deep/b.test.ts']],
  ['a file that a program imports', ['src/other.ts'], ['test/runs.test.ts', 'test/starts.test.ts']],
  ['a test', ['test/a.test.ts'], ['test/a.test.ts']],
  ['a manifest whose folder is named', ['config/rbac/role.yaml'], ['test/manifest.test.ts']],
  ['a page whose folder is read', ['docs/status.md'], ['test/pages.test.ts']],
];
for (const [what, changed, tests] of cases) {
  test(`a change selects the tests that reach it: ${what}`, () => {
    assert.equal(concernedBy(changed, sources), tests);
  });
}

test('a change that no file names, or of dependencies, selects all tests', () => {
  const all = [...sources.keys()].filter((path) => path.endsWith('.test.ts')).sort();
  assert.equal(concernedBy(['unheard-of'], sources), all);
  assert.equal(concernedBy(['package.json'], sources), all);
});

test('a real writer of reports is reached by its own test, and by far not by all', async () => {
  const real = await readSources(join(import.meta.dirname, '../..'));
  const found = concernedBy(['src/scan/report/format/sarif.ts'], real);
  assert.ok(found.includes('test/scan/report/format/sarif.test.ts'), found.join('\n'));
  assert.ok(found.length < 150, `${found.length} files`);
});

test.run();
