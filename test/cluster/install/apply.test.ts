// suite: tools, faults
// timeout: 600s
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATOR_ACCOUNT } from '../../../hack/install.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { applyFolder, deleteFolder, kustomize, remaining } from '../../harness/kustomize.ts';
import { isLong } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { everything, GONE_MS, installedWith, uninstalls, untilNothingIsLeft } from './installed.ts';

// A separate cluster: other tests need the objects that this one deletes.
const controlPlane = await privateControlPlane();
const { kubeconfig } = controlPlane;
const admin = new KubeClient(loadKubeConfig(kubeconfig), { userAgent: 'palisade-test', timeoutMs: 60_000 });
const cluster = { admin, kubeconfig };
test.after(() => controlPlane.stop());

const { namespace } = OPERATOR_ACCOUNT;
// Kinds of software that is not installed here, another owner's object, or objects for an existing or freely chosen namespace.
const needsOthers = ['prometheus', 'grafana', 'argocd', 'pull-secrets', 'report-reader', 'job-scanner'];
const folders = (await readdir(join(import.meta.dirname, '../../../config'))).filter((f) => !needsOthers.includes(f));

interface Workload {
  spec: { template: { metadata: object; spec: { containers: object[] } } };
}

const podOf = async (): Promise<{ metadata: object; spec: { containers: object[] } }> => {
  const deployment = (await kustomize('config/manager')).find((o) => o.kind === 'Deployment');
  const { template } = (deployment as unknown as Workload).spec;
  return { metadata: { ...template.metadata, name: 'palisade', namespace }, spec: template.spec };
};

const createDryly = (pod: object): Promise<object> =>
  admin.create(KINDS.Pod, { apiVersion: 'v1', kind: 'Pod', ...pod }, { namespace, dryRun: true });

// The last test does it with config/default, which contains nearly all others.
for (const folder of isLong ? folders.map((f) => `config/${f}`) : []) {
  const objects = await kustomize(folder);
  // kubectl refuses a folder without objects.
  if (objects.length === 0) continue;
  test(`${folder} can be applied alone, and its deletion leaves nothing`, async () => {
    await applyFolder(cluster, folder);
    assert.is((await remaining(cluster, folder)).length, objects.length);
    await deleteFolder(cluster, folder);
    await until(`${folder} is gone`, async () => (await remaining(cluster, folder)).length === 0, GONE_MS);
  });
}

test('the API server admits our own pod under Pod Security restricted, and refuses one with more rights', async () => {
  await applyFolder(cluster, 'config/default');
  const { metadata, spec } = await podOf();
  await createDryly({ metadata, spec });
  const containers = spec.containers.map((c) => ({ ...c, securityContext: { readOnlyRootFilesystem: true } }));
  const refusal = await createDryly({ metadata, spec: { ...spec, containers } }).catch((error: Error) => error.message);
  assert.match(String(refusal), 'violates PodSecurity "restricted:latest"');
});

test('config/argocd adds to the settings of Argo CD and keeps the others', async () => {
  await admin.create(KINDS.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  const metadata = { name: 'argocd-cm', namespace: 'argocd' };
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { url: 'https://argocd.example.com' } };
  await admin.create(KINDS.ConfigMap, settings, { namespace: 'argocd' });
  await applyFolder(cluster, 'config/argocd');
  const { data } = await admin.get<{ data: Record<string, string> }>(KINDS.ConfigMap, 'argocd-cm', 'argocd');
  assert.equal(Object.keys(data), [
    'resource.customizations.health.security.palisade.dev_ContainerSecurityPolicy',
    'resource.customizations.health.security.palisade.dev_ImageScan',
    'url',
  ]);
});

test("config/grafana adds a dashboard to the operator's namespace, and its deletion removes it", async () => {
  await applyFolder(cluster, 'config/grafana');
  assert.equal(await remaining(cluster, 'config/grafana'), ['ConfigMap palisade-dashboard']);
  await deleteFolder(cluster, 'config/grafana');
  assert.equal(await remaining(cluster, 'config/grafana'), []);
});

test('a second apply changes nothing', async () => {
  const versions = async () =>
    await Promise.all(
      (await kustomize('config/default')).map(async ({ kind, metadata }) => {
        const object = await admin.get(KINDS[kind as keyof typeof KINDS], metadata.name, metadata.namespace);
        return [kind, metadata.name, object.metadata.generation, object.metadata.uid];
      }),
    );
  const before = await versions();
  await applyFolder(cluster, 'config/default');
  assert.equal(await versions(), before);
});

test('uninstall, then kubectl delete -k: nothing is left', async () => {
  const { palisade, ns } = await installedWith(kubeconfig, everything);
  assert.is(await uninstalls(kubeconfig), 0);
  await deleteFolder(palisade, 'config/default');
  await untilNothingIsLeft(palisade, ns);
  await palisade.close();
});

test.run();
