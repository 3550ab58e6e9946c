// suite: faults
// needs: cluster, scanner
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { processesIn } from '../../harness/processes.ts';
import { ScanningProcess } from '../../harness/scanning-process.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const IMAGES = 20;
const KILLS = 10;
/** Kubernetes's terminationGracePeriodSeconds, where a pod sets none. */
const GRACE_PERIOD_MS = 30_000;
/** Somewhere within a scan, milliseconds. */
const LONGEST_MS = 300;

const scans = await Scans.open();
const { palisade, stage } = scans;
const { killed } = await palisade.namespaces(['killed']);
const directory = join(stage.directory, 'killed');
const scratch = join(directory, 'scanner', 'scratch');
const running: ScanningProcess[] = [];

const signalTrivy = async (signal: NodeJS.Signals): Promise<void> => {
  for (const { pid, program } of await processesIn(scratch)) {
    if (program !== stage.trivy) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already.
    }
  }
};

test.after(async () => {
  await Promise.all(running.map((operator) => operator.end('SIGKILL')));
  await signalTrivy('SIGKILL');
  await scans.close();
});

const start = async (): Promise<ScanningProcess> => {
  const operator = await ScanningProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces: [killed],
    flags: {
      trivy: stage.trivy,
      'trivy-db-repository': scans.databaseRepository,
      'report-dir': directory,
      'scan-concurrency': '2',
      'allowed-registries': stage.registry.host,
    },
  });
  running.push(operator);
  return operator;
};

/** A pseudo-random number from 0 to below 1, the same in every run. */
const random = (() => {
  let state = 20_260_101;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
})();

for (let i = 0; i < IMAGES; i += 1) {
  const name = `image-${String(i).padStart(2, '0')}`;
  const pushed = await scans.push(`killed/${name}`, i % 2 === 0 ? VULNERABLE : HARMLESS);
  await scans.run(killed, name, [pushed]);
}

/** Asks for a scan of everything, so that there is always something to interrupt. */
const request = (round: string) => scans.apply(killed, 'all', {}, { [RESCAN_ANNOTATION]: round });

test('SIGKILL during scans, repeatedly: no Trivy stays, the next start removes temporary files, and every finding appears', async () => {
  let last = await start();
  for (let kill = 0; kill < KILLS; kill += 1) {
    await request(`round ${kill}`);
    const after = Math.floor(random() * 4);
    await until(`${after} scans`, () => last.scanned >= after);
    await until('Trivy runs', async () => (await processesIn(scratch)).length > 0);
    await new Promise((resolve) => setTimeout(resolve, random() * LONGEST_MS));
    // A Trivy that stands still does not end by itself.
    await signalTrivy('SIGSTOP');
    assert.is(await last.end('SIGKILL'), 'SIGKILL');
    await until('no Trivy is left', async () => (await processesIn(scratch)).length === 0);
    last = await start();
    const leftovers = (await readdir(scratch)).filter((name) => !name.startsWith(`${last.child.pid}-`));
    assert.equal(leftovers, [], 'scratch directories of the previous process');
  }
  await scans.when(killed, 'all', 'the last round is done', ({ status }) => {
    return status?.lastHandledRescanAt === `round ${KILLS - 1}`;
  });
  const { status } = await scans.settled(killed, 'all');
  assert.equal(
    { ...status?.summary, new: undefined },
    {
      images: IMAGES,
      scanned: IMAGES,
      pending: 0,
      failed: 0,
      critical: IMAGES / 2,
      high: IMAGES / 2,
      medium: 0,
      low: IMAGES / 2,
      unknown: 0,
      fixable: IMAGES / 2,
      new: undefined,
      suppressed: 0,
      uncovered: 0,
    },
  );
  assert.equal(
    status?.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
    [
      ['Ready', 'True', 'Scanned'],
      ['Compliant', 'False', 'BlockingFindings'],
      ['Fresh', 'True', 'UpToDate'],
    ],
  );
  assert.equal(
    status?.findings?.map(({ id, images }) => [id, images]),
    [
      ['CVE-2099-0001', IMAGES / 2],
      ['CVE-2099-0003', IMAGES / 2],
      ['CVE-2099-0002', IMAGES / 2],
    ],
  );
});

test('SIGTERM during scans: exit status 0 within the grace period of a pod, and no Trivy is left', async () => {
  const operator = running.at(-1)!;
  const before = operator.scanned;
  await request('before the end');
  await until('scans run', async () => operator.scanned > before && (await processesIn(scratch)).length > 0);
  const since = performance.now();
  assert.is(await operator.end('SIGTERM'), 0);
  assert.ok(performance.now() - since < GRACE_PERIOD_MS, `${performance.now() - since} ms`);
  assert.equal(await processesIn(scratch), []);
  assert.equal(await readdir(scratch), []);
  assert.equal(
    operator.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

test.run();
