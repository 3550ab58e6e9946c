// needs: cluster
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { palisade } from '../../hack/demo/palisade.ts';
import { describeRefusal } from '../../hack/demo/refusal.ts';
import { fold } from '../../hack/demo/screen.ts';
import { formatTable, type Table } from '../../hack/demo/table.ts';
import { ApiError } from '../../src/kube/rest/errors.ts';
import { temporaryDirectory } from './directory.ts';
import { eventually, processesMentioning } from './processes.ts';

const repository = join(import.meta.dirname, '../..');

const TABLE: Table = {
  columnDefinitions: [
    { name: 'Name', priority: 0 },
    { name: 'Message', priority: 1 },
    { name: 'Ready', priority: 0 },
  ],
  rows: [
    {
      cells: ['a', 'long', null],
      object: { metadata: { name: 'a', namespace: 'one', labels: { 'x.io/level': 'low' } } },
    },
    { cells: ['longer-name', '', 'True'], object: { metadata: { name: 'longer-name', namespace: 'two' } } },
  ],
};

/** On a control plane of its own, with everything that it writes below `directory`. */
function start(directory: string, ...args: string[]): ChildProcess {
  const { USE_EXISTING_CLUSTER: _, KUBECONFIG: __, ...environment } = process.env;
  return spawn(process.execPath, ['hack/demo.ts', ...args], {
    cwd: repository,
    env: { ...environment, TMPDIR: directory, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function leavesNothing(directory: string): Promise<void> {
  const isEmpty = async () => (await readdir(directory)).length === 0;
  await eventually('its files are gone', isEmpty);
  await eventually('its processes are gone', async () => (await processesMentioning(directory)).length === 0);
}

test('a table has the format of kubectl', () => {
  assert.is(formatTable(TABLE), 'NAME          READY\na             \nlonger-name   True');
  assert.is(
    formatTable(TABLE, { namespaces: true, labels: ['x.io/level'], prefix: 'thing/' }),
    [
      'NAMESPACE   NAME                READY   LEVEL',
      'one         thing/a                     low',
      'two         thing/longer-name   True    ',
    ].join('\n'),
  );
});

test('long lines are folded at spaces, with their own indent', () => {
  assert.is(fold('one two three four', 9), 'one two\nthree\nfour');
  assert.is(fold('short\n  - one two three', 11), 'short\n  - one two\n    three');
  assert.is(fold('a-word-that-is-longer', 9), 'a-word-that-is-longer');
});

test('a refusal has the format of kubectl', () => {
  const status = { kind: 'Status', apiVersion: 'v1', message: 'no', code: 403, reason: 'Forbidden' } as const;
  assert.is(describeRefusal(new ApiError(status, 'POST /x')), 'Error from server (Forbidden): no');
  const details = { kind: 'Thing', name: 'a', causes: [{ field: 'spec.b', message: 'Required value' }] };
  const invalid = { ...status, code: 422, reason: 'Invalid', details };
  assert.is(describeRefusal(new ApiError(invalid, 'POST /x')), 'The Thing "a" is invalid:\n* spec.b: Required value');
});

test('a command that fails, or takes too long, ends with an error that says so', async () => {
  const explained = ['explain', '-f', 'samples/database.yaml'];
  assert.match(await palisade(explained).then(({ stdout }) => stdout), /^ContainerSecurityPolicy postgres/);
  const messageOf = (args: string[], ms?: number) => palisade(args, ms).then(String, (error: Error) => error.message);
  assert.is(await messageOf(explained, 1), 'palisade explain did not end within 0.001 s');
  assert.match(await messageOf(['explain', '-f', 'no-such-file.yaml']), /^palisade explain failed: .*no-such-file/);
});

test('the demo shows the main features, every statement in it holds, and nothing is left', async () => {
  await using directory = await temporaryDirectory();
  const child = start(directory.path);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number]>,
  ]);
  assert.is(status, 0, stderr + stdout);
  const lines = [
    /^\$ kubectl get csp -A$/m,
    /^- ingress\[1\] "web calls api": none of its pods declares port 80/m,
    /^no: Deployment books\/web cannot connect to Service books\/api at port 80$/m,
    /^5 expectations: 5 ok, 0 not ok, 0 unknown$/m,
    /^shop +shop +Enforce +True +InForce +restricted +5 +\d+s$/m,
    /^legacy +legacy +Audit +True +Audit +\d+s$/m,
    /^team-checkout +team +Enforce +False +ViolatingPods +1 +2 +\d+s$/m,
    /^rolebinding\.rbac\.authorization\.k8s\.io\/invoices-log-reader-\w+ +Role\/invoices-log-reader-\w+ +\d+s$/m,
    /^✓ \d+ ms later, the NetworkPolicy is restored$/m,
    /^Warning +DriftRepaired +NetworkPolicy shop-base-\w+ was changed by field manager kubectl-patch: restored$/m,
    /^✓ \d+ ms after the pods were deleted, the level is enforced$/m,
    /^The ContainerSecurityPolicy "broken" is invalid:$/m,
    /^greedy +Enforce +False +EscalationRefused +1 +0 +\d+s$/m,
    // Folded to the width of the screen.
    /system:serviceaccount:sandbox:dana\s+may\s+not\s+create\s+rolebindings/,
    /miner:latest\s+is\s+refused\s+by\s+ContainerSecurityPolicy\s+images/,
    /^ContainerSecurityPolicy postgres in namespace orders$/m,
    /^No resources found in shop namespace\.$/m,
    /^(\d+) of \1 facts hold, shown in [\d.]+ s$/m,
    /^The demo ends here: it stays until Ctrl-C only if its output is a terminal\.$/m,
  ];
  for (const line of lines) assert.match(stdout, line);
  assert.not.match(stdout, /^✗/m);
  await leavesNothing(directory.path);
});

test('Ctrl-C ends the demo at any point, and nothing is left', async () => {
  await using directory = await temporaryDirectory();
  const child = start(directory.path, '--once');
  let progress = '';
  child.stderr?.on('data', (chunk) => {
    progress += chunk;
  });
  child.stdout?.resume();
  const exit = once(child, 'exit') as Promise<[number]>;
  await eventually('the operator starts', () => progress.includes('starting the operator'), 240_000);
  child.kill('SIGINT');
  assert.equal(await exit, [130, null], progress);
  await leavesNothing(directory.path);
});

test('an unknown flag is a usage error', async () => {
  await using directory = await temporaryDirectory();
  const child = start(directory.path, '--twice');
  const [stderr, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit') as Promise<[number]>]);
  assert.is(status, 2);
  assert.match(stderr, "Unknown option '--twice': write npm run demo");
});

test.run();
