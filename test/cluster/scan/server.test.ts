// suite: tools
// needs: cluster, scanner
// Scanner mode `server`, with a real Trivy server on loopback.
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../../../hack/controlplane/port.ts';
import { type Job, Supervisor } from '../../../hack/controlplane/supervisor.ts';
import { makeDatabase } from '../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ScanStatus } from '../../../src/api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { HARMLESS, hoursAgo, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['server', 'local']);
const supervisor = new Supervisor();
const url = new URL(`http://127.0.0.1:${await freePort()}`);
const cache = join(stage.directory, 'server-cache');
const next = join(stage.directory, 'server-next');
const [old, newer] = [hoursAgo(3), hoursAgo(1)];
await makeDatabase(cache, exampleDatabase, { updatedAt: old });
await makeDatabase(
  next,
  { ...exampleDatabase, advisories: { ...exampleDatabase.advisories, 'debian 12': {} } },
  { updatedAt: newer },
);

const serve = async (directory: string): Promise<Job> => {
  const args = ['server', '--listen', url.host, '--cache-dir', directory, '--skip-db-update'];
  const job = supervisor.start(stage.trivy, args, {
    log: join(stage.directory, 'server.log'),
    env: { HOME: directory },
  });
  const answers = () =>
    fetch(new URL('healthz', url))
      .then(({ ok }) => ok)
      .catch(() => false);
  await until('the Trivy server answers', answers);
  return job;
};

const test = suite('scanner mode server');
test.after(async () => {
  await scans.close();
  await supervisor.close();
});

let server: Job;
const app = await scans.push('server/app', VULNERABLE);
const findingsOf = ({ findings = [] }: ScanStatus) => findings.map(({ firstSeenAt: _, ...finding }) => finding);

test('without its server, images wait and report that; with it they recover automatically', async () => {
  await scans.operator(scans.settings({ server: url }), ns.server);
  await scans.run(ns.server, 'app', [app]);
  await scans.apply(ns.server, 'nightly', {});
  await scans.condition(ns.server, 'nightly', 'Ready', 'False', 'DatabaseMissing');
  const { status } = await scans.when(ns.server, 'nightly', 'the cause is shown', (scan) =>
    (scan.status?.images?.[0]?.message ?? '').startsWith(
      `the Trivy server ${url} did not report its version (connect ECONNREFUSED`,
    ),
  );
  assert.is(findCondition(status?.conditions, 'Stalled'), undefined);
  server = await serve(cache);
  const ready = await scans.settled(ns.server, 'nightly');
  assert.is(ready.status?.scanner?.databaseUpdatedAt, old);
});

test('finds the same as a local scan', async () => {
  await scans.operator(scans.settings(), ns.local);
  await scans.run(ns.local, 'app', [app]);
  await scans.apply(ns.local, 'nightly', {});
  const here = (await scans.settled(ns.local, 'nightly')).status ?? {};
  const there = (await scans.get(ns.server, 'nightly')).status ?? {};
  assert.is(findingsOf(there).length, 3);
  assert.equal(findingsOf(there), findingsOf(here));
  assert.equal(there.images?.[0]?.advice, here.images?.[0]?.advice);
});

test('the server stops: a new image is a row, old results stay; it returns with another database: all images are matched again', async () => {
  await server.stop(2_000);
  await scans.run(ns.server, 'new', [await scans.push('server/new', HARMLESS)]);
  const { status } = await scans.condition(ns.server, 'nightly', 'Ready', 'False', 'ScannerFailed');
  const [failed, kept] = status?.images ?? [];
  assert.equal([failed?.state, kept?.state, kept?.critical], ['Failed', 'Scanned', 1]);
  assert.match(failed?.message ?? '', 'the Trivy server gave an unexpected response: check --trivy-server');
  assert.is(findCondition(status?.conditions, 'Reconciling')?.status, 'True', 'it is retried automatically');
  server = await serve(next);
  await scans.apply(ns.server, 'nightly', {}, { [RESCAN_ANNOTATION]: 'it is back' });
  await scans.when(ns.server, 'nightly', 'the newer database', (s) => s.status?.scanner?.databaseUpdatedAt === newer);
  const ready = await scans.settled(ns.server, 'nightly');
  assert.equal(
    [ready.status?.summary?.scanned, ready.status?.summary?.failed, ready.status?.summary?.critical],
    [2, 0, 0],
  );
});

test.run();
