import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findTestFiles } from '../../hack/test/files.ts';
import { type RunnerOptions, runTests } from '../../hack/test/runner.ts';
import { isIn, type SuiteName, suiteNames } from '../../hack/test/suites.ts';
import { temporaryDirectory } from './directory.ts';
import { commandLine, eventually } from './processes.ts';

const uvu = `import { test } from ${JSON.stringify(import.meta.resolve('uvu'))};`;
const passing = `${uvu} test('a', () => {}); test('b', () => {}); test.run();`;
// Detached: it leaves the process group of its test.
const leaveChild = `
  import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  child.unref();
  writeFileSync('pid', String(child.pid));`;

interface Outcome {
  passed: number;
  failed: number;
  /** Without durations. */
  lines: string[];
  /** Of the process that a test file left behind. */
  leftover: string;
}

const notAsked = () => Promise.reject(new Error('no file asked for it'));

async function runFiles(files: Record<string, string>, options: Partial<RunnerOptions> = {}): Promise<Outcome> {
  await using directory = await temporaryDirectory();
  for (const [path, source] of Object.entries(files)) {
    await mkdir(dirname(join(directory.path, path)), { recursive: true });
    await writeFile(join(directory.path, path), source);
  }
  const lines: string[] = [];
  const totals = await runTests({
    root: directory.path,
    patterns: [],
    checks: [],
    minimumTests: 0,
    providers: { cluster: notAsked, scanner: notAsked },
    measurementsFile: join(directory.path, 'measurements.json'),
    print: (line) => lines.push(line.replace(/ {2}\d+\.\d s/, '')),
    ...options,
  });
  const pid = await readFile(join(directory.path, 'pid'), 'utf8').catch(() => '');
  // A killed process takes a moment to disappear.
  if (pid !== '') await eventually('the leftover is gone', async () => (await commandLine(pid)) === '').catch(() => {});
  return { ...totals, lines, leftover: pid === '' ? '' : await commandLine(pid) };
}

test('a passing file is one line', async () => {
  const { passed, failed, lines } = await runFiles({ 'test/a/good.test.ts': passing, 'test/a/helper.ts': 'throw 1;' });
  assert.equal([passed, failed], [2, 0]);
  assert.equal(lines, ['ok   test/a/good.test.ts  2 passed']);
});

test('the output of a failing file is shown in full', async () => {
  const source = `${uvu} test('good', () => {}); test('bad', () => { throw new Error('broken here') }); test.run();`;
  const { passed, failed, lines } = await runFiles({ 'test/bad.test.ts': source });
  assert.equal([passed, failed], [1, 1]);
  assert.is(lines[0], 'FAIL test/bad.test.ts  1 passed, 1 failed');
  assert.match(lines[1]!, /broken here/);
  assert.match(lines[1]!, /Total: {5}2/);
});

test('skipped tests are counted separately', async () => {
  const source = `${uvu} test('good', () => {}); test.skip('later', () => {}); test.run();`;
  const { passed, failed, lines } = await runFiles({ 'test/some.test.ts': source });
  assert.equal([passed, failed], [1, 0]);
  assert.equal(lines, ['ok   test/some.test.ts  1 passed, 1 skipped']);
});

test('the last checks run after all files, and are counted', async () => {
  const source = `${uvu} import { writeFileSync } from 'node:fs'; test('writes', () => writeFileSync('written', '')); test.run();`;
  const check = (name: string, code: string) => ({ name, file: process.execPath, args: ['-e', code] });
  const { passed, failed, lines } = await runFiles(
    { 'test/a.test.ts': source },
    {
      lastChecks: [
        check('sees', "fs.readFileSync('written')"),
        check('fails', "console.log('why'); process.exitCode = 1"),
      ],
    },
  );
  assert.equal([passed, failed], [2, 1]);
  assert.equal(lines, [
    'ok   test/a.test.ts  1 passed',
    'ok   sees  1 passed',
    'FAIL fails  0 passed, 1 failed',
    'why',
  ]);
});

test('a file without a test fails', async () => {
  const { passed, failed, lines } = await runFiles({ 'test/none.test.ts': `${uvu} test.run();` });
  assert.equal([passed, failed], [0, 1]);
  assert.is(lines[0], 'FAIL test/none.test.ts  0 passed, 1 failed  ran no test');
});

test('a file that forgets test.run() fails', async () => {
  const { passed, failed, lines } = await runFiles({ 'test/forgot.test.ts': `${uvu} test('a', () => {});` });
  assert.equal([passed, failed], [0, 1]);
  assert.equal(lines, [
    'FAIL test/forgot.test.ts  0 passed, 1 failed  printed no totals (exit 0): does it call test.run()?',
  ]);
});

test('a file that does not load fails', async () => {
  const { failed, lines } = await runFiles({ 'test/broken.test.ts': `import './nowhere.ts';` });
  assert.is(failed, 1);
  assert.match(lines[1]!, /Cannot find module/);
});

test('an exit status after passed tests fails', async () => {
  const source = `${passing} process.on('exit', () => { process.exitCode = 3 });`;
  const { passed, failed, lines } = await runFiles({ 'test/exit.test.ts': source });
  assert.equal([passed, failed], [2, 1]);
  assert.is(lines[0], 'FAIL test/exit.test.ts  2 passed, 1 failed  ended with 3 after all its tests passed');
});

test('a file that hangs is killed at its bound with all of its child processes', async () => {
  const source = `// timeout: 1s\n${leaveChild} ${uvu} test('hangs', () => new Promise(() => setInterval(() => {}, 9))); test.run();`;
  const { passed, failed, lines, leftover } = await runFiles({ 'test/hang.test.ts': source });
  assert.equal([passed, failed], [0, 1]);
  assert.is(lines[0], 'FAIL test/hang.test.ts  0 passed, 1 failed  did not end within 1 s');
  assert.is(leftover, '');
});

test('a file whose tests end but that leaves something open fails', async () => {
  // Long enough for a busy machine to start Node and run the two tests.
  const source = `// timeout: 10s\n${passing} setInterval(() => {}, 9);`;
  const { passed, failed, lines } = await runFiles({ 'test/open.test.ts': source });
  assert.equal([passed, failed], [2, 1]);
  assert.is(
    lines[0],
    'FAIL test/open.test.ts  2 passed, 1 failed  did not end within 10 s although its tests did: it left something open',
  );
});

test('a child that a file leaves behind is killed', async () => {
  const { passed, failed, leftover } = await runFiles({ 'test/leave.test.ts': `${leaveChild} ${passing}` });
  assert.equal([passed, failed], [2, 0]);
  assert.is(leftover, '');
});

test('files that need a cluster share one and get its kubeconfig', async () => {
  const source = `${uvu} test('a', () => { if (process.env.PALISADE_TEST_KUBECONFIG !== '/k') throw 1 }); test.run();`;
  const calls: string[] = [];
  const { passed, failed } = await runFiles(
    {
      'test/cluster/a.test.ts': source,
      'test/cluster/deep/b.test.ts': source,
      'test/unit.test.ts': passing,
      'test/hack/c.test.ts': `// needs: cluster\n${source}`,
    },
    {
      providers: {
        cluster: async () => {
          calls.push('start');
          const environment = { PALISADE_TEST_KUBECONFIG: '/k' };
          return { environment, stop: async () => void calls.push('stop') };
        },
        scanner: notAsked,
      },
    },
  );
  assert.equal([passed, failed], [5, 0]);
  assert.equal(calls, ['start', 'stop']);
});

test('a cluster that does not start fails the files that need it, and only those', async () => {
  const { passed, failed, lines } = await runFiles(
    { 'test/cluster/a.test.ts': passing, 'test/unit.test.ts': passing },
    { providers: { cluster: () => Promise.reject(new Error('etcd has no luck')), scanner: notAsked } },
  );
  assert.equal([passed, failed], [2, 1]);
  assert.ok(lines.includes('FAIL test/cluster/a.test.ts  no cluster: etcd has no luck'), lines.join('\n'));
});

test('a file may need several things; they are set up one after another, and files without needs do not wait', async () => {
  const calls: string[] = [];
  const provide = (name: string) => async () => {
    calls.push(`start ${name}`);
    await new Promise((resolve) => setImmediate(resolve));
    calls.push(`${name} is there`);
    return { environment: { [name]: 'there' }, stop: async () => void calls.push(`stop ${name}`) };
  };
  const check = (condition: string) => `${uvu} test('a', () => { if (!(${condition})) throw 1 }); test.run();`;
  const { passed, failed } = await runFiles(
    {
      'test/both.test.ts': `// needs: cluster, scanner\n${check('process.env.cluster && process.env.scanner')}`,
      'test/one.test.ts': `// needs: scanner\n${check('!process.env.cluster && process.env.scanner')}`,
      'test/none.test.ts': check('!process.env.cluster && !process.env.scanner'),
    },
    { providers: { cluster: provide('cluster'), scanner: provide('scanner') } },
  );
  assert.equal([passed, failed], [3, 0]);
  assert.equal(calls, [
    'start cluster',
    'cluster is there',
    'start scanner',
    'scanner is there',
    'stop cluster',
    'stop scanner',
  ]);
});

test('a failed setup does not block the others', async () => {
  const { passed, failed, lines } = await runFiles(
    { 'test/cluster/a.test.ts': passing, 'test/scan.test.ts': `// needs: scanner\n${passing}` },
    {
      providers: {
        cluster: () => Promise.reject(new Error('etcd has no luck')),
        scanner: async () => ({ environment: {}, stop: async () => {} }),
      },
    },
  );
  assert.equal([passed, failed], [2, 1]);
  assert.ok(lines.includes('FAIL test/cluster/a.test.ts  no cluster: etcd has no luck'), lines.join('\n'));
});

test('an unknown need is an error', async () => {
  const files = { 'test/a.test.ts': `// needs: luck\n${passing}` };
  const error = await runFiles(files).catch((cause) => cause);
  assert.is(error.message, 'test/a.test.ts says needs luck: it can be cluster or scanner');
});

test('a pattern chooses files', async () => {
  const files = { 'test/policy/a.test.ts': passing, 'test/scan/b.test.ts': passing };
  const { passed, lines } = await runFiles(files, { patterns: ['policy/'] });
  assert.is(passed, 2);
  assert.equal(lines, ['ok   test/policy/a.test.ts  2 passed']);
});

test('a suite leaves out files that do not belong to it', async () => {
  const files = { 'test/policy/a.test.ts': passing, 'test/hack/b.test.ts': passing };
  const { lines } = await runFiles(files, { has: (file) => isIn('tools', file) });
  assert.equal(lines, ['ok   test/hack/b.test.ts  2 passed']);
});

test('every test file that is larger in test:faults belongs to it', async () => {
  const root = join(import.meta.dirname, '../..');
  const files = await findTestFiles(root, [], 1);
  const sources = await Promise.all(files.map(({ path }) => readFile(join(root, path), 'utf8')));
  const sized = files.filter((_, i) => /^import .*\/harness\/size\.ts';$/m.test(sources[i] ?? ''));
  assert.ok(sized.length >= 10, `${sized.length} files`);
  assert.equal(
    sized.filter((file) => !isIn('faults', file)).map(({ path }) => path),
    [],
  );
});

test('a file belongs to the suites of its header, a test of hack/ to the tools, and any other to npm test', () => {
  const file = { timeoutMs: 1, needs: [] };
  const of = (path: string, suites?: SuiteName[]) =>
    suiteNames.filter((name) => isIn(name, { ...file, path, ...(suites && { suites }) }));
  assert.equal(of('test/policy/a.test.ts'), ['all']);
  assert.equal(of('test/hack/a.test.ts'), ['tools']);
  assert.equal(of('test/cluster/a.test.ts', ['all', 'faults']), ['all', 'faults']);
  assert.equal(of('test/hack/a.test.ts', ['faults']), ['faults']);
});

test('a header chooses the suite, and an unknown suite is an error', async () => {
  const files = { 'test/a.test.ts': `// suite: faults\n${passing}`, 'test/b.test.ts': passing };
  const { lines } = await runFiles(files, { has: (file) => isIn('all', file) });
  assert.equal(lines, ['ok   test/b.test.ts  2 passed']);
  const error = await runFiles({ 'test/a.test.ts': `// suite: slow\n${passing}` }).catch((cause) => cause);
  assert.is(error.message, 'test/a.test.ts says suite slow: it can be all or tools or faults');
});

test('the duration and the CPU time of a file are recorded', async () => {
  await using directory = await temporaryDirectory();
  const measurementsFile = join(directory.path, 'measurements.json');
  const source = `${uvu} test('computes', () => { const end = Date.now() + 300; while (Date.now() < end); }); test.run();`;
  await runFiles({ 'test/a.test.ts': source }, { measurementsFile });
  const { 'test/a.test.ts': measured, ...others } = JSON.parse(await readFile(measurementsFile, 'utf8'));
  assert.equal(others, {});
  assert.ok(measured.ms >= 300 && measured.cpuMs > 50 && measured.cpuMs < 10 * measured.ms, JSON.stringify(measured));
});

test('the environment of a suite is that of its files', async () => {
  const source = `${uvu} test('a', () => { if (process.env.SIZE !== 'long') throw 1 }); test.run();`;
  const { failed } = await runFiles({ 'test/a.test.ts': source }, { environment: { SIZE: 'long' } });
  assert.is(failed, 0);
});

test('too few tests are a failure', async () => {
  const { passed, failed, lines } = await runFiles({ 'test/a.test.ts': passing }, { minimumTests: 3 });
  assert.equal([passed, failed], [2, 1]);
  assert.is(lines.at(-1), 'FAIL only 2 tests ran, and there must be at least 3');
});

test('a static check counts as one test', async () => {
  const { passed, failed, lines } = await runFiles(
    {},
    {
      checks: [
        { name: 'good', file: 'true', args: [] },
        { name: 'bad', file: 'sh', args: ['-c', 'echo wrong style; exit 2'] },
        { name: 'missing', file: '/nowhere/biome', args: [] },
      ],
    },
  );
  assert.equal([passed, failed], [1, 2]);
  assert.equal(lines.toSorted(), [
    '/nowhere/biome cannot be started: spawn /nowhere/biome ENOENT',
    'FAIL bad  0 passed, 1 failed',
    'FAIL missing  0 passed, 1 failed',
    'ok   good  1 passed',
    'wrong style',
  ]);
});

test('npm test ends with its totals', async () => {
  const root = join(import.meta.dirname, '../..');
  const error = await promisify(execFile)(process.execPath, ['hack/test.ts', 'no/such/file'], { cwd: root }).catch(
    (cause) => cause,
  );
  assert.is(error.code, 1);
  assert.is(error.stdout, 'FAIL only 0 tests ran, and there must be at least 1\n0 passed, 1 failed\n');
  assert.is(error.stderr, '');
});

test.run();
