// suite: faults
// timeout: 600s
// Parts of the control plane fail, and one operator process survives all of it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startControlPlane } from '../../../hack/controlplane/start.ts';
import { OPERATOR_ACCOUNT } from '../../../hack/install.ts';
import { readManifestFile } from '../../../hack/manifests.ts';
import { OperatorProcess } from '../../../hack/operator-process.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { Schema } from '../../../src/api/schema.ts';
import type { Applied, KubeObject } from '../../../src/kube/object.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { install, KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { longTest, sized } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { ownToken } from './own-token.ts';
import { isCollected, snapshot } from './snapshot.ts';

/** Milliseconds. */
const OUTAGE_MS = sized(5_000, 30_000);
/** Reflectors wait up to 30 s between two tries, and client-node 60 s until it reads a token file again. */
const BACK_MS = 100_000;
/** Long enough to start with, also where the machine is busy. */
const TOKEN_MS = 30_000;

// Not privateControlPlane: an API server that has just started refuses what roles allow, and the comparison of rights is not about that.
const controlPlane = await startControlPlane();
const palisade = await Palisade.open(controlPlane.kubeconfig);
const { admin } = palisade;
const { first, second, third, tokens, same, newer } = await palisade.namespaces([
  'first',
  'second',
  'third',
  'tokens',
  'same',
  'newer',
]);
const directory = await mkdtemp(join(tmpdir(), 'palisade-outage-'));
const running: OperatorProcess[] = [];

test.after(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  await palisade.close();
  await controlPlane.stop();
  await rm(directory, { recursive: true });
});

const start = async (name: string, kubeconfig: string, namespaces: readonly string[]): Promise<OperatorProcess> => {
  const flags = { 'trivy-db-repository': '127.0.0.1:1/none' };
  const operator = await OperatorProcess.start({ kubeconfig, namespaces, log: join(directory, `${name}.log`), flags });
  running.push(operator);
  return operator;
};

const account = await admin.get<KubeObject>(KINDS.ServiceAccount, OPERATOR_ACCOUNT.name, OPERATOR_ACCOUNT.namespace);
const tokenFile = join(directory, 'token');
const writeToken = async (ms: number): Promise<void> => {
  const key = await readFile(join(controlPlane.directory, 'service-account.key'), 'utf8');
  const owner = { ...OPERATOR_ACCOUNT, uid: account.metadata.uid };
  await writeFile(tokenFile, ownToken(key, owner, new Date(Date.now() + ms)));
};

/** As in a pod, where the kubelet writes a new token into the file. */
const withTokenFile = async (): Promise<string> => {
  const config = new KubeConfig();
  const cluster = loadKubeConfig(controlPlane.kubeconfig).getCurrentCluster();
  if (cluster === null) throw new Error('there is no cluster');
  const user = { name: 'operator', authProvider: { name: 'tokenFile', config: { tokenFile } } };
  const contexts = [{ name: 'operator', cluster: cluster.name, user: 'operator' }];
  config.loadFromOptions({ clusters: [cluster], users: [user], contexts, currentContext: 'operator' });
  const path = join(directory, 'token.kubeconfig');
  await writeFile(path, config.exportConfig());
  return path;
};

/** Our CRD of policies as a later release may define it: with one more field. */
const installNewer = async (): Promise<void> => {
  const [definition] = await readManifestFile('crds/containersecuritypolicies.security.palisade.dev.yaml');
  if (definition === undefined) throw new Error('there is no definition');
  const newer = structuredClone(definition) as Applied & {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const path = ['spec', 'network', 'allow', 'ingress'];
  const rule = path.reduce((schema, key) => schema?.properties?.[key], newer.spec.versions[0]?.schema.openAPIV3Schema);
  Object.assign(rule?.items?.properties ?? {}, { hours: { type: 'string', maxLength: 16 } });
  await admin.apply(KINDS.CustomResourceDefinition, newer, { fieldManager: 'newer-release', force: true });
};

const SHOP: PolicySpec = {
  network: { allow: { ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }] }] } },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'shop' }] }] },
};
const OTHER: PolicySpec = { network: { isolate: ['Ingress'] }, podSecurity: { level: 'baseline' } };

const whenReady = (ns: string, name: string): Promise<unknown> => palisade.ready(ns, name, BACK_MS);

const before = async (ns: string): Promise<void> => {
  for (const name of ['changed', 'gone', 'touched']) await palisade.apply(ns, name, SHOP);
  for (const name of ['changed', 'gone', 'touched']) await whenReady(ns, name);
};
/** Right after the outage, before the operator knows of its end. */
const after = async (ns: string): Promise<void> => {
  const [child = ''] = (await palisade.names(KINDS.NetworkPolicy, ns)).filter((name) => name.startsWith('touched-'));
  await admin.delete(KINDS.NetworkPolicy, child, { namespace: ns });
  await palisade.apply(ns, 'changed', OTHER);
  await palisade.deletePolicy(ns, 'gone');
  await palisade.apply(ns, 'new', SHOP);
};
const ended = async (ns: string): Promise<string[]> => {
  for (const name of ['changed', 'touched', 'new']) await whenReady(ns, name);
  await until('children without a policy are garbage-collected', () => isCollected(palisade, ns), BACK_MS);
  return await snapshot(palisade, ns);
};

const operator = await start('operator', palisade.operatorKubeconfig, [first, second, third, same]);
let undisturbed: string[] = [];

/** The expected state, which arrives within the backoff of the reflectors. */
const asUndisturbed = async (ns: string): Promise<void> => {
  await ended(ns);
  const isSame = async () => JSON.stringify(await snapshot(palisade, ns)) === JSON.stringify(undisturbed);
  await until(`${ns} matches ${same}`, isSame, BACK_MS).catch(() => {});
  assert.equal(await snapshot(palisade, ns), undisturbed);
};

test('without any outage', async () => {
  await before(same);
  await after(same);
  undisturbed = await ended(same);
  assert.is(undisturbed.length, 11);
});

test('the API server is stopped during work, and restarted', async () => {
  await before(first);
  for (let i = 0; i < 8; i += 1) await palisade.apply(first, `busy-${i}`, SHOP);
  await controlPlane.stopApiServer();
  await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
  await controlPlane.startApiServer();
  await after(first);
  for (let i = 0; i < 8; i += 1) {
    await whenReady(first, `busy-${i}`);
    await palisade.deletePolicy(first, `busy-${i}`);
  }
  await asUndisturbed(first);
});

longTest('a bound token expires, and the API server refuses it', async () => {
  await writeToken(TOKEN_MS);
  const token = await start('token', await withTokenFile(), [tokens]);
  let changes = 0;
  // The API server caches for ten more seconds that the token was valid.
  const isRefused = async (): Promise<boolean> => {
    changes += 1;
    const subjects = [{ kind: 'Group' as const, name: `readers-${changes}` }];
    await palisade.apply(tokens, 'late', { access: { bindings: [{ profile: 'viewer', subjects }] } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await token.metric('rest_client_requests_total', /code="401"/)) > 0;
  };
  await until('the token is refused', isRefused, BACK_MS);
  await writeToken(600_000);
});

longTest('etcd is stopped, and restarted', async () => {
  await before(second);
  await controlPlane.stopEtcd();
  await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
  await controlPlane.startEtcd();
  await after(second);
  await asUndisturbed(second);
});

longTest('the CRD of policies is deleted, with all policies, and installed again', async () => {
  await before(third);
  const name = 'containersecuritypolicies.security.palisade.dev';
  await admin.delete(KINDS.CustomResourceDefinition, name);
  const isGone = () =>
    admin.get(KINDS.CustomResourceDefinition, name).then(
      () => false,
      () => true,
    );
  await until('the CRD is gone', isGone, BACK_MS);
  await until('no NetworkPolicy is left', async () => (await palisade.names(KINDS.NetworkPolicy, third)).length === 0);
  await install(admin);
  for (const policy of ['changed', 'touched']) await palisade.apply(third, policy, SHOP);
  await palisade.apply(third, 'gone', SHOP);
  await whenReady(third, 'gone');
  await whenReady(third, 'touched');
  await after(third);
  await asUndisturbed(third);
});

longTest('the operator takes a new token from its file', async () => {
  // It was deleted with its CRD.
  await palisade.apply(tokens, 'late', SHOP);
  await whenReady(tokens, 'late');
});

// As when a newer release is rolled back. A watch that was open before still shows the old schema for two minutes.
longTest('the CRD is of a newer release, and a policy has a field that this release does not know', async () => {
  const narrow = { pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true as const }] };
  const spec: PolicySpec = { ...SHOP, podSecurity: { level: 'restricted' } };
  const earlier = await palisade.operator(newer);
  await palisade.apply(newer, 'web', spec);
  await palisade.apply(newer, 'other', OTHER);
  for (const name of ['web', 'other']) await whenReady(newer, name);
  const made = async () => (await snapshot(palisade, newer)).filter((thing) => !thing.includes('"policy":"web"'));
  const before = await made();
  await earlier.stop();

  await installNewer();
  const hours = { network: { allow: { ingress: [{ ...narrow, hours: '9-17' }, { from: narrow.from }] } } };
  // Until then an undeclared field is refused.
  const isAccepted = (): Promise<boolean> =>
    palisade.apply(newer, 'web', { ...hours, podSecurity: { level: 'baseline' } }).then(
      () => true,
      () => false,
    );
  await until('the newer schema is served', isAccepted, BACK_MS);
  await palisade.operator(newer);
  const { status } = await palisade.condition(newer, 'web', 'Stalled', 'True', 'UnsupportedSpec');
  assert.match(
    status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '',
    'does not know spec.network.allow.ingress[0].hours',
  );
  // Another change happens in the namespace meanwhile, and is reconciled.
  await palisade.apply(newer, 'other', { ...OTHER, network: { isolate: ['Egress'] } });
  await whenReady(newer, 'other');
  await palisade.apply(newer, 'other', OTHER);
  await whenReady(newer, 'other');
  assert.equal(await made(), before, 'the enforced state stays');

  await palisade.apply(newer, 'web', SHOP);
  await whenReady(newer, 'web');
  await install(admin);
});

test('the operator process is the same throughout', () => {
  assert.is(process.kill(operator.pid, 0), true);
});

test.run();
