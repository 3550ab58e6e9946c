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
import { grantLeaderElection, KINDS } from '../../harness/install.ts';
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
const standingBy = (name: string): Promise<boolean> =>
  until(`${name} stands by`, async () =>
    (await readFile(join(stage.directory, `${name}.log`), 'utf8')).includes('"standing by"'),
  );

/** The token of an account that may read reports. */
const readerToken = async (): Promise<string> => {
  const namespace = ns;
  const metadata = { name: 'reader', namespace };
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: ['security.palisade.dev'], resources: ['imagescans/report'], verbs: ['get'] }];
  const binding = {
    roleRef: { apiGroup, kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  };
  await admin.create(KINDS.ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { namespace });
  await admin.create(KINDS.Role, { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules }, { namespace });
  const body = { apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata, ...binding };
  await admin.create(KINDS.RoleBinding, body, { namespace });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const options = { ...metadata, subresource: 'token' };
  return (await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, request, options)).status.token;
};

const token = await readerToken();

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

test('a standby replica is ready, and does not touch the report directory', async () => {
  const leader = await start('a', { 'report-dir': shared });
  await scans.apply(ns, 'all', {});
  await scans.settled(ns, 'all');
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
});

test('a new leader with an empty directory scans everything again, and emits no Event twice', async () => {
  const before = await scans.events(ns, 'all');
  const [, leader] = running as [OperatorProcess, OperatorProcess];
  const other = await start('c', { 'report-dir': join(stage.directory, 'own') });
  await standingBy('c');
  process.kill(leader.pid, 'SIGTERM');
  assert.is(await leader.exit(), 0);
  await until('it has scanned both', async () => (await scanned(other)) === 2, TAKEN_OVER_MS);
  const { status } = await scans.settled(ns, 'all');
  assert.equal([status?.summary?.scanned, status?.summary?.critical], [2, 1]);
  assert.equal(await scans.events(ns, 'all'), before);
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
