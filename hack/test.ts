import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { KubeClient } from '../src/kube/rest/client.ts';
import { loadKubeConfig } from '../src/kube/rest/kubeconfig.ts';
import { cacheDirectory } from './binaries/directory.ts';
import { findBinaries } from './controlplane/binaries.ts';
import { findCluster } from './controlplane/cluster.ts';
import { Supervisor } from './controlplane/supervisor.ts';
import { install, OPERATOR_USER } from './install.ts';
import { PROGRAM_VARIABLE } from './program.ts';
import { findScanParts } from './scan-parts.ts';
import { changedFiles, concernedBy, readSources } from './test/changed.ts';
import { rightsCheck, staticChecks } from './test/checks.ts';
import { findTestFiles } from './test/files.ts';
import type { Provided } from './test/needs.ts';
import { runTests } from './test/runner.ts';
import { isIn, type SuiteName, suites } from './test/suites.ts';
import { summaryOf } from './test/summary.ts';

/**
 * `npm test`, `npm run test:tools` and `npm run test:faults`.
 * Usage: node hack/test.ts [--suite NAME | --changed] [PATTERN…]; patterns alone choose among the files of all suites.
 * --changed runs the files that the changes since the merge base with main concern, in seconds: of those that need a
 * cluster or a scanner, which reach nearly all of src, only those that were changed themselves.
 */
const { values, positionals: patterns } = parseArgs({
  options: { suite: { type: 'string' }, changed: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const suiteName = (values.suite ?? 'all') as SuiteName;
const suite = suites[suiteName];
if (suite === undefined) throw new Error(`no suite ${values.suite}: there are ${Object.keys(suites).join(', ')}`);

const root = join(import.meta.dirname, '..');
const whole = patterns.length === 0 && !values.changed;
const checked = whole && suite.checks;
// Only control planes of our own have a log of the operator's requests.
const audited = whole && process.env.USE_EXISTING_CLUSTER !== 'true';
const audit = audited ? await mkdtemp(join(tmpdir(), 'palisade-audit-')) : undefined;
const supervisor = new Supervisor(audit);
let program: Promise<string> | undefined;
const started = performance.now();
const concerned = values.changed ? await daily() : undefined;
const anySuite = !whole && values.suite === undefined;

const { passed, failed, ran } = await runTests({
  root,
  patterns,
  has: (file) => (anySuite || isIn(suiteName, file)) && (concerned?.has(file.path) ?? true),
  checks: checked ? staticChecks(root) : [],
  lastChecks: audit === undefined ? [] : [rightsCheck(audit, { part: !suite.checks })],
  // Nothing need have changed.
  minimumTests: whole ? suite.minimumTests : concerned === undefined ? 1 : 0,
  providers: { cluster: startCluster, scanner: setUpScanner },
  patience: suite.patience,
  // Half of the time of a small file would be compiling; `npm ci` removes the cache.
  environment: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node-compile'), ...suite.environment },
  measurementsFile: join(
    cacheDirectory(),
    `test-measurements${values.suite === undefined ? '' : `-${values.suite}`}.json`,
  ),
});
await supervisor.close();
for (const line of summaryOf(ran, performance.now() - started)) process.stdout.write(`${line}\n`);
// The result is read from the last line: nothing may follow it.
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

async function daily(): Promise<Set<string>> {
  const changed = await changedFiles(root);
  const all = concernedBy(changed, await readSources(root));
  const quick = (await findTestFiles(root, [], 0)).filter((file) => isIn('all', file) && file.needs.length === 0);
  const chosen = new Set([...changed, ...quick.map(({ path }) => path)]).intersection(new Set(all));
  if (changed.length === 0) process.stderr.write('no file differs from the merge base with main\n');
  const left = all.length - chosen.size;
  if (left > 0)
    process.stderr.write(`skipped ${left} test files that reach the change and take longer: npm test runs them\n`);
  return chosen;
}

async function startCluster(): Promise<Provided> {
  // Also with an existing cluster: some tests break a control plane of their own.
  await findBinaries();
  const log = audit === undefined ? {} : { auditLog: { path: join(audit, 'shared.log'), users: [OPERATOR_USER] } };
  const { kubeconfig, stop } = await findCluster(log);
  // Once for all files. None of them changes it there: those that do have a control plane of their own.
  await install(
    new KubeClient(loadKubeConfig(kubeconfig), { userAgent: 'palisade-test', timeoutMs: 60_000 }),
    'test-install',
  );
  const environment = {
    PALISADE_TEST_KUBECONFIG: kubeconfig,
    PALISADE_TEST_INSTALLED: kubeconfig,
    [PROGRAM_VARIABLE]: await builtProgram(),
    ...(audit && { PALISADE_TEST_AUDIT: audit }),
  };
  return { environment, stop };
}

/** Test files find them at once afterwards. */
async function setUpScanner(): Promise<Provided> {
  await findScanParts();
  return { environment: { [PROGRAM_VARIABLE]: await builtProgram() }, stop: async () => {} };
}

/** Always at the same path, so that what Node compiles is found again in its cache. */
function builtProgram(): Promise<string> {
  const directory = join(root, 'node_modules/.cache/test-program');
  program ??= promisify(execFile)(process.execPath, [join(root, 'hack/build.ts'), directory]).then(() =>
    join(directory, 'palisade.js'),
  );
  return program;
}
