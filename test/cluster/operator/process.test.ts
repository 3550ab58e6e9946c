// needs: cluster, scanner
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import jq from 'jq-wasm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { palisadeScript } from '../../../hack/program.ts';
import { openScanStage } from '../../../hack/scan-stage.ts';
import { pushDatabase } from '../../../hack/trivydb/database.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('process');
const stage = await openScanStage();
const database = await pushDatabase(stage.registry, stage.database);
test.after(async () => {
  await palisade.close();
  await stage[Symbol.asyncDispose]();
});

interface Line {
  level: string;
  msg: string;
  reconcile?: string;
  policy?: string;
  reason?: string;
  listening?: string[];
}

interface Run {
  readonly child: ChildProcess;
  readonly lines: Line[];
}

const start = (...flags: string[]): Run => {
  const addresses = ['metrics', 'health', 'report'].flatMap((what) => [`--${what}-address`, '127.0.0.1:0']);
  const args = [
    palisadeScript,
    'operator',
    '--kubeconfig',
    palisade.operatorKubeconfig,
    '--namespaces',
    ns,
    '--log-format',
    'json',
    '--log-level',
    'debug',
    '--trivy',
    stage.trivy,
    '--trivy-db-repository',
    database,
    '--report-dir',
    join(stage.directory, 'reports'),
  ];
  const child = spawn(process.execPath, [...args, ...addresses, ...flags], { stdio: ['ignore', 'inherit', 'pipe'] });
  const lines: Line[] = [];
  if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => lines.push(JSON.parse(line) as Line));
  test.after(() => {
    child.kill('SIGKILL');
  });
  return { child, lines };
};

/**
 * What the command of docs/status.md prints of a policy, without its first columns, which are a time and the id of
 * a reconcile each, and of changes without all but the first. */
const lifeOf = async (policy: string, lines: readonly Line[]): Promise<string[][]> => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/status.md'), 'utf8');
  const [, filter = ''] = /jq -r '(select\(\.policy[^']*)'/.exec(docs) ?? [];
  const log = lines.filter(({ level }) => level !== 'debug').map((line) => JSON.stringify(line));
  const printed = await jq.raw(log.join('\n'), filter.replace('shop/shop', policy), ['-r']);
  return printed
    .trimEnd()
    .split('\n')
    .map((row) => {
      const [time = '', reconcile = '', level = '', reason = '', message = ''] = row.split('\t');
      assert.match(time, /^\d{4}-\d\d-\d\dT/);
      assert.match(reconcile, /^[0-9a-f]{8}$/);
      return [level, reason, message.split(', ')[0] ?? ''];
    });
};

const get = async (address: string | undefined, path: string): Promise<{ code: number; text: string }> => {
  const response = await fetch(`http://${address}${path}`);
  return { code: response.status, text: await response.text() };
};

test('the operator as a process: health, metrics, work, one id per reconcile, and a clean exit', async () => {
  const { child, lines } = start();
  const [metrics, health] = (await until('it listens', () => lines.find((l) => l.listening)?.listening)) ?? [];
  await until('it is ready', async () => (await get(health, '/readyz')).code === 200);
  assert.equal(await get(health, '/healthz'), { code: 200, text: 'ok\n' });
  assert.is((await get(health, '/other')).code, 404);

  await palisade.apply(ns, 'web', { network: { isolate: ['Ingress'] } });
  await palisade.ready(ns, 'web');
  const { code, text } = await get(metrics, '/metrics');
  assert.is(code, 200);
  assert.match(text, `palisade_policies{namespace="${ns}",state="Ready"} 1`);
  assert.match(text, /rest_client_requests_total\{method="POST",host="[^"]+",code="201"\} [1-9]/);
  assert.match(text, /watch_staleness_seconds\{resource="networkpolicies.networking.k8s.io"\} /);

  const life = lines.filter((l) => l.policy === `${ns}/web`);
  const created = life.find((l) => l.msg.startsWith('created NetworkPolicy web-base-'));
  assert.ok(created?.reconcile !== undefined);
  assert.ok(
    life.some((l) => l.msg === 'reconciled' && l.reconcile === created.reconcile),
    'all lines of a reconcile have the same id',
  );

  const [child1 = ''] = await palisade.names(KINDS.NetworkPolicy, ns);
  await palisade.admin.delete(KINDS.NetworkPolicy, child1, { namespace: ns });
  await until('it is back', () => lines.find((l) => l.reason === 'DriftRepaired'));
  await palisade.apply(ns, 'web', { podSecurity: { level: 'baseline' } });
  await until('it is another object', () => lines.find((l) => l.reason === 'Labeled'));
  await palisade.ready(ns, 'web');
  await palisade.deletePolicy(ns, 'web');
  await until('it is gone', () => lines.find((l) => l.reason === 'Gone'));
  assert.equal(await lifeOf(`${ns}/web`, lines), [
    ['info', 'Created', `created NetworkPolicy ${child1}`],
    ['info', 'InForce', 'Ready is True'],
    ['warn', 'DriftRepaired', `NetworkPolicy ${child1} was deleted by another client: restored`],
    ['info', 'Deleted', `deleted NetworkPolicy ${child1}`],
    ['info', 'Labeled', 'changed labels: pod-security.kubernetes.io/enforce: (none) → baseline'],
    ['info', 'Withdrawn', 'withdrew pod-security.kubernetes.io/audit: baseline → (released)'],
    ['info', 'Gone', 'the object does not exist any more'],
  ]);

  child.kill('SIGTERM');
  // Once more, as from npm when the whole process group receives a signal.
  await until('it stops', () => lines.some((l) => l.msg === 'stopping'));
  child.kill('SIGTERM');
  const [status] = await once(child, 'exit');
  assert.is(status, 0);
  assert.equal(
    lines.filter((l) => l.level === 'error'),
    [],
  );
});

test('a missing kubeconfig ends the process with status 2 and one line', async () => {
  const child = spawn(process.execPath, [palisadeScript, 'operator', '--kubeconfig', '/nowhere'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const [status] = await once(child, 'close');
  assert.is(status, 2);
  assert.is(text, 'palisade: kubeconfig /nowhere cannot be read: name a kubeconfig that exists\n');
});

test.run();
