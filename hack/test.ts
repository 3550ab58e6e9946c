import { join } from 'node:path';
import { cacheDirectory } from './binaries/directory.ts';
import { findBinaries } from './controlplane/binaries.ts';
import { findCluster } from './controlplane/cluster.ts';
import { findScanParts } from './scan-parts.ts';
import { staticChecks } from './test/checks.ts';
import type { Provided } from './test/needs.ts';
import { runTests } from './test/runner.ts';

// Raised as tests are added: a runner that finds too few must not be green.
const minimumTests = 4600;

const root = join(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
const everything = patterns.length === 0;

const { passed, failed } = await runTests({
  root,
  patterns,
  checks: everything ? staticChecks(root) : [],
  minimumTests: everything ? minimumTests : 1,
  providers: { cluster: startCluster, scanner: setUpScanner },
  durationsFile: join(cacheDirectory(), 'test-durations.json'),
});
// Whoever reads the result reads the last line: nothing may follow it.
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

async function startCluster(): Promise<Provided> {
  // Also with an existing cluster: some tests break a control plane of their own.
  await findBinaries();
  const { kubeconfig, stop } = await findCluster();
  return { environment: { PALISADE_TEST_KUBECONFIG: kubeconfig }, stop };
}

/** Whoever looks for them afterwards finds them at once. */
async function setUpScanner(): Promise<Provided> {
  await findScanParts();
  return { environment: {}, stop: async () => {} };
}
