// suite: faults
// timeout: 600s
// A tenant fills a namespace with the largest objects that the API server accepts, and the operator starts all the same.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inParallel } from '../../../hack/bench/in-parallel.ts';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import { palisadeScript } from '../../../hack/program.ts';
import { FIELD_MANAGERS, MANAGED_BY, MANAGED_BY_LABEL } from '../../../src/api/keys.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

const MiB = 2 ** 20;
/** Of 1.4 MB each: 560 MB of JSON, more than the longest string. */
const OBJECTS = 400;
const VALUES = 21_000;
const LANES = 4;
/** As config/manager has it for the operator without its scanners, and the heap that Node takes of it. */
const MAX_RSS = 512 * MiB;
const FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=256'];

const controlPlane = await privateControlPlane();
const palisade = await Palisade.open(controlPlane.kubeconfig);
const directory = await mkdtemp(join(tmpdir(), 'palisade-large-'));
const { tenant, other } = await palisade.namespaces(['tenant', 'other']);
const running: OperatorProcess[] = [];
test.after(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  await palisade.close();
  await controlPlane.stop();
  await rm(directory, { recursive: true });
});

const values = Array.from({ length: VALUES }, (_, i) => String(i).padStart(63, 'x'));

const networkPolicy = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: tenant, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
  spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'In', values }] }, policyTypes: ['Ingress'] },
});

const start = async (): Promise<OperatorProcess> => {
  const operator = await OperatorProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces: [],
    log: join(directory, `operator-${running.length}.log`),
    command: [process.execPath, ...FLAGS, palisadeScript],
  });
  running.push(operator);
  return operator;
};

const peakOf = async ({ pid }: OperatorProcess): Promise<number> => {
  const [, kB] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) * 1024;
};

const report = (what: string, bytes: number): void => {
  process.stdout.write(`${what}: ${Math.round(bytes / MiB)} MiB at most\n`);
};

test('400 NetworkPolicies of 1.4 MB in one namespace: the operator starts, within its memory, and works', async () => {
  const empty = await start();
  report('an empty cluster', await peakOf(empty));
  await empty.stop();
  const numbers = Array.from({ length: OBJECTS }, (_, i) => i);
  await inParallel(numbers, LANES, async (i) => {
    // Half of them look like generated ones: anybody may choose the field manager.
    const fieldManager = i % 2 === 0 ? 'tenant' : FIELD_MANAGERS.network;
    await palisade.admin.apply(KINDS.NetworkPolicy, networkPolicy(`np-${i}`), { fieldManager });
  });
  assert.ok(JSON.stringify(networkPolicy('np')).length > 1_380_000);
  const operator = await start();
  await palisade.apply(other, 'web', { network: { isolate: ['Ingress'] } });
  await palisade.ready(other, 'web');
  const peak = await peakOf(operator);
  report(`${OBJECTS} NetworkPolicies of 1.4 MB`, peak);
  assert.ok(peak < MAX_RSS, `${Math.round(peak / MiB)} MiB`);
  assert.is(await operator.metric('reflector_relists_total', /resource="networkpolicies/), 1);
});

test.run();
