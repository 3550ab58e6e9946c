import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from './binaries/directory.ts';
import { findBinaries } from './controlplane/binaries.ts';
import { findCluster } from './controlplane/cluster.ts';
import { Supervisor } from './controlplane/supervisor.ts';
import { OPERATOR_USER } from './install.ts';
import { findScanParts } from './scan-parts.ts';
import { rightsCheck, staticChecks } from './test/checks.ts';
import type { Provided } from './test/needs.ts';
import { runTests } from './test/runner.ts';

// Raised as tests are added: a runner that finds too few must not be green.
const minimumTests = 4600;

const root = join(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
// `npm run test:faults`: the files that know a longer size (test/cluster/faults/size.ts).
const patience = process.env.PALISADE_FAULTS === 'long' ? 15 : 1;
const everything = patterns.length === 0;
// What the operator calls shows only in all tests together, and in logs of control planes of our own.
const audited = everything && process.env.USE_EXISTING_CLUSTER !== 'true';
const audit = audited ? await mkdtemp(join(tmpdir(), 'palisade-audit-')) : undefined;
const supervisor = new Supervisor(audit);

const { passed, failed } = await runTests({
  root,
  patterns,
  checks: everything ? staticChecks(root) : [],
  lastChecks: audit === undefined ? [] : [rightsCheck(audit)],
  minimumTests: everything ? minimumTests : 1,
  providers: { cluster: startCluster, scanner: setUpScanner },
  patience,
  durationsFile: join(cacheDirectory(), 'test-durations.json'),
});
await supervisor.close();
// Whoever reads the result reads the last line: nothing may follow it.
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

async function startCluster(): Promise<Provided> {
  // Also with an existing cluster: some tests break a control plane of their own.
  await findBinaries();
  const log = audit === undefined ? {} : { auditLog: { path: join(audit, 'shared.log'), users: [OPERATOR_USER] } };
  const { kubeconfig, stop } = await findCluster(log);
  const environment = { PALISADE_TEST_KUBECONFIG: kubeconfig, ...(audit && { PALISADE_TEST_AUDIT: audit }) };
  return { environment, stop };
}

/** Whoever looks for them afterwards finds them at once. */
async function setUpScanner(): Promise<Provided> {
  await findScanParts();
  return { environment: {}, stop: async () => {} };
}
