// suite: faults
// needs: cluster, scanner
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { LEASES } from '../../../src/kube/kinds.ts';
import { holderOf, type Lease } from '../../../src/kube/leaderelection/lease.ts';
import { grantLeaderElection } from '../../harness/install.ts';
import { reportToken } from '../../harness/report-token.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const TAKEN_OVER_MS = 60_000;

const scans = await Scans.open();
const { palisade, stage } = scans;
const { admin } = palisade;
const { standby: ns } = await palisade.namespaces(['standby']);
const running: OperatorProcess[] = [];
test.after(async () => {
  await Promise.all(running.map((replica) => replica.stop()));
  await scans.close();
});

await grantLeaderElection(admin, ns);

const start = async (name: string, more: Readonly<Record<string, string>>): Promise<OperatorProcess> => {
  const replica = await OperatorProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces: [ns],
    log: join(stage.directory, `${name}.log`),
    flags: {
      trivy: stage.trivy,
      'trivy-db-repository': scans.databaseRepository,
      'allowed-registries': stage.registry.host,
      'leader-elect': 'true',
      'leader-elect-resource-namespace': ns,
      'leader-elect-lease-duration': '8s',
      'leader-elect-renew-deadline': '6s',
      'leader-elect-retry-period': '1s',
      ...more,
    },
  });
  running.push(replica);
  return replica;
};

const leads = async (replica: OperatorProcess): Promise<boolean> =>
  (await replica.metric('leader_election_master_status')) === 1;
const scanned = (replica: OperatorProcess): Promise<number> => replica.metric('palisade_scans_total', /success/);
const failed = (replica: OperatorProcess): Promise<number> => replica.metric('palisade_scans_total', /failure/);
const standingBy = (name: string): Promise<boolean> =>
  until(`${name} stands by`, async () =>
    (await readFile(join(stage.directory, `${name}.log`), 'utf8')).includes('"standing by"'),
  );

const token = await reportToken(admin, ns);

const report = async (replica: OperatorProcess) => {
  const url = `${await replica.reports()}/namespaces/${ns}/imagescans/all/report?format=json`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
};

/** Files that an operator removes as leftovers when it opens a report directory. */
const leftovers = (directory: string): string[] => [
  join(directory, 'scanner', 'scratch', 'of-another-host'),
  join(directory, 'scanner', 'database', 'half-a-database'),
  join(directory, 'reports', `.temporary-${'0'.repeat(32)}`),
];

const shared = join(stage.directory, 'shared');
await scans.run(ns, 'app', [await scans.push('standby/app', VULNERABLE)]);
/** A pod with an image that its registry does not have. */
const runGone = async (name: string, digit: string): Promise<void> => {
  const image = `${stage.registry.host}/standby/${name}`;
  await scans.run(ns, name, [{ reference: `${image}:1`, imageID: `${image}@sha256:${digit.repeat(64)}` }]);
};
await runGone('gone', '0');

const failures = async (): Promise<string[]> =>
  (await scans.events(ns, 'all')).filter((event) => event.startsWith('ScanFailed'));

test('a standby replica is ready, and does not touch the report directory', async () => {
  const leader = await start('a', { 'report-dir': shared });
  await scans.apply(ns, 'all', {});
  await scans.when(ns, 'all', 'one is scanned, one is gone', ({ status }) => {
    return status?.summary?.scanned === 1 && status.summary.failed === 1;
  });
  await until('the failure has its Event', async () => (await failures()).length > 0);
  const [scratch = '', database = '', temporary = ''] = leftovers(shared);
  await mkdir(scratch);
  await mkdir(database);
  await writeFile(temporary, '');
  const other = await start('b', { 'report-dir': shared });
  await standingBy('b');
  assert.equal([await leads(leader), await leads(other)], [true, false]);
  assert.equal(leftovers(shared).filter(existsSync), leftovers(shared));
});

test('its response to a report request names the replica that has the report', async () => {
  const [leader, other] = running as [OperatorProcess, OperatorProcess];
  assert.is((await report(leader)).status, 200);
  assert.equal(await report(other), {
    status: 503,
    retryAfter: '5',
    text: `this replica stands by, and the leader ${hostname()} serves the reports: connect to it, as after kubectl port-forward -n ${ns} pod/${hostname()} 8082\n`,
  });
});

test('when the leader is killed it opens the directory, serves the stored results, and scans new images', async () => {
  const [leader, other] = running as [OperatorProcess, OperatorProcess];
  process.kill(leader.pid, 'SIGKILL');
  await until('the other one leads', () => leads(other), TAKEN_OVER_MS);
  await until('it serves reports', async () => (await report(other)).status === 200, TAKEN_OVER_MS);
  assert.equal(leftovers(shared).filter(existsSync), []);
  await scans.run(ns, 'tool', [await scans.push('standby/tool', HARMLESS)]);
  await scans.when(ns, 'all', 'both are scanned', ({ status }) => status?.summary?.scanned === 2);
  assert.is(await scanned(other), 1, 'only images that were not scanned before');
  await until('it has tried the other one again', async () => (await failed(other)) > 0);
  assert.is((await failures()).length, 1, 'the failure is told once');
});

test('a new leader with an empty directory scans everything again, and emits no Event twice', async () => {
  const before = await scans.events(ns, 'all');
  const [, leader] = running as [OperatorProcess, OperatorProcess];
  const other = await start('c', { 'report-dir': join(stage.directory, 'own') });
  await standingBy('c');
  process.kill(leader.pid, 'SIGTERM');
  assert.is(await leader.exit(), 0);
  await until('it has scanned both', async () => (await scanned(other)) === 2, TAKEN_OVER_MS);
  await until('it has tried the one that is gone', async () => (await failed(other)) > 0);
  const { status } = await scans.condition(ns, 'all', 'Fresh', 'True');
  assert.equal([status?.summary?.scanned, status?.summary?.failed, status?.summary?.critical], [2, 1, 1]);
  // The Event of a failure that is new comes after all that it could repeat.
  await runGone('lost', '1');
  await until('the new failure has its Event', async () => (await failures()).length > 1);
  const after = await scans.events(ns, 'all');
  assert.equal(
    after.filter((event) => !event.includes('/lost@')),
    before,
  );
  assert.is(after.length, before.length + 1);
});

test('a leader that cannot use its report directory reports that, and releases the Lease', async () => {
  const [, , leader] = running as [OperatorProcess, OperatorProcess, OperatorProcess];
  const file = join(stage.directory, 'c.log');
  const other = await start('d', { 'report-dir': join(file, 'reports') });
  await standingBy('d');
  process.kill(leader.pid, 'SIGTERM');
  assert.is(await other.exit(), 2);
  const said = (await readFile(join(stage.directory, 'd.log'), 'utf8'))
    .split('\n')
    .filter((l) => l.startsWith('palisade: '));
  assert.is(said.length, 1);
  assert.match(said[0]!, `${file}/reports`);
  assert.is(holderOf(await admin.get<Lease>(LEASES, 'palisade', ns)), '');
});

test('a replica without Trivy exits before it is ready, so that a rollout stops', async () => {
  const failure = await start('e', { trivy: '/nowhere/trivy' }).catch((error: Error) => error.message);
  assert.match(String(failure), 'the operator ended with 2');
  assert.match(String(failure), 'palisade: --trivy /nowhere/trivy is not an executable program: name one with --trivy');
});

test.run();
