// needs: cluster
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accountConfig } from '../../../hack/install.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { palisade as cli } from '../../cli/palisade.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const { admin } = palisade;
const { shop, data } = await palisade.namespaces(['shop', 'data']);
await palisade.operator(shop);
const directory = await mkdtemp(join(tmpdir(), 'palisade-world-'));
test.after(async () => {
  await palisade.close();
  await rm(directory, { recursive: true });
});

const create = async (kind: Resource, namespace: string, name: string, rest: object): Promise<KubeObject> => {
  const { metadata = {}, ...fields } = rest as { metadata?: object };
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return await admin.create(
    kind,
    { apiVersion, kind: kind.kind, metadata: { name, namespace, ...metadata }, ...fields },
    { namespace },
  );
};

const container = (port: number) => ({
  name: 'c',
  image: 'r.example.com/app:1',
  ports: [{ name: 'http', containerPort: port }],
});

const workload = async (kind: Resource, namespace: string, app: string, port: number): Promise<KubeObject> =>
  await create(kind, namespace, app, {
    spec: {
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { containers: [container(port)] } },
    },
  });

/** There is no kubelet: the test writes the status of the pod that the controller of the workload creates. */
const run = async (namespace: string, app: string, ip: string): Promise<string> => {
  const name = await until(`a pod of ${app}`, async () => {
    const pods = await palisade.list(KINDS.Pod, namespace);
    return pods.find(({ metadata }) => metadata.labels?.app === app)?.metadata.name;
  });
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
  await admin.patch(KINDS.Pod, name, { status }, { namespace, type: 'merge', subresource: 'status' });
  return name;
};

const network: PolicySpec['network'] = {
  allow: {
    ingress: [
      {
        description: 'web calls api',
        pods: { matchLabels: { app: 'api' } },
        from: [{ pods: { matchLabels: { app: 'web' } } }],
        ports: [{ port: 3000 }],
      },
    ],
    egress: [
      { description: 'inside', to: [{ pods: {} }] },
      { description: 'database', to: [{ namespaces: [data] }], ports: [{ port: 5432 }] },
    ],
  },
};

await workload(KINDS.Deployment, shop, 'web', 8080);
await workload(KINDS.Deployment, shop, 'api', 3000);
await workload(KINDS.StatefulSet, data, 'db', 5432);
const [web, api] = [await run(shop, 'web', '10.244.7.1'), await run(shop, 'api', '10.244.7.2')];
await run(data, 'db', '10.244.7.3');
const service = (await create(KINDS.Service, shop, 'api', {
  spec: { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 3000 }] },
})) as KubeObject & { spec: { clusterIP: string } };
await create(KINDS.Service, data, 'db', {
  spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 5432 }] },
});
await create(KINDS.NetworkPolicy, data, 'legacy', {
  spec: {
    podSelector: {},
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': shop } } }] }],
  },
});
await palisade.apply(shop, 'books', { network });
await palisade.ready(shop, 'books');

const BOOKS = `ContainerSecurityPolicy ${shop}/books`;
const ask = (...args: string[]) => cli(['can', ...args, '--kubeconfig', palisade.kubeconfig]);

test('the NetworkPolicies of the cluster decide, and the rules have the names of their policy', async () => {
  const through = await ask(`deploy/web.${shop}`, `api.${shop}:80`);
  assert.equal(
    [through.stdout, through.status],
    [
      `yes: Deployment ${shop}/web can connect to Service ${shop}/api at port 80
  Service ${shop}/api maps port 80 to port 3000 of its pods
  Egress: allowed by egress[0] "inside" of ${BOOKS}
  Ingress: allowed by ingress[0] "web calls api" of ${BOOKS}
`,
      0,
    ],
  );
  const byAddress = await ask('10.244.7.1', `${service.spec.clusterIP}:80`);
  assert.equal([byAddress.stdout.split('\n').slice(1), byAddress.status], [through.stdout.split('\n').slice(2), 0]);
  const denied = await ask(`pod/${api}.${shop}`, `deploy/web.${shop}:http`);
  assert.is(denied.status, 1);
  assert.match(
    denied.stdout,
    `Ingress: denied: ${BOOKS} isolates Pod ${shop}/${web}, and no rule allows the connection`,
  );
});

test("another client's NetworkPolicy counts, and a StatefulSet's pod has its DNS name", async () => {
  const { stdout, status } = await ask(`deploy/api.${shop}`, `db-0.db.${data}.svc.cluster.local:5432`);
  assert.is(status, 0);
  assert.match(stdout, `Egress: allowed by egress[1] "database" of ${BOOKS}`);
  assert.match(stdout, `Ingress: allowed by ingress[0] of NetworkPolicy ${data}/legacy`);
});

test('the API server is reachable by its Service, unless the policy denies it', async () => {
  const { stdout, status } = await ask(`deploy/web.${shop}`, 'kubernetes.default:443');
  assert.is(status, 1, stdout);
  assert.match(stdout, `Egress: denied: ${BOOKS} isolates Pod ${shop}/${web}`);
});

/** As `kubectl get -o json` writes them. */
const dump = async (): Promise<string> => {
  const kinds = [KINDS.Deployment, KINDS.Pod, KINDS.Service, KINDS.EndpointSlice, KINDS.NetworkPolicy];
  const items = [await admin.get(KINDS.Namespace, shop)];
  for (const kind of kinds) items.push(...(await palisade.list(kind, shop)));
  const file = join(directory, 'dump.json');
  const policy = await palisade.policy(shop, 'books');
  const named = { ...policy, apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ContainerSecurityPolicy' };
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...items, named] }));
  return file;
};

test('files and the cluster say the same', async () => {
  const inCluster = await ask('--all', '-n', shop, '-o', 'json');
  const inFiles = await cli(['can', '--all', '-n', shop, '-o', 'json', '-f', await dump()]);
  const own = ({ stdout }: { stdout: string }) =>
    JSON.parse(stdout).connections.filter(({ from }: { from: string }) => from.includes(`${shop}/`));
  assert.equal(own(inCluster), own(inFiles));
  assert.is(own(inCluster).length, 4);
});

test('a file over the cluster shows what it will change, and check finds its mistake', async () => {
  const file = join(directory, 'policy.yaml');
  const spec = JSON.parse(JSON.stringify({ network }).replace('3000', '80'));
  const manifest = {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    metadata: { name: 'books', namespace: shop },
    spec,
  };
  await writeFile(file, JSON.stringify(manifest));
  const { stdout, status } = await ask(`deploy/web.${shop}`, `api.${shop}:80`, '-f', file, '--cluster');
  assert.is(status, 1);
  assert.match(stdout, `ingress[0] "web calls api" of ${BOOKS} allows it at 80/TCP only`);
  const checked = await cli(['check', '-f', file, '--cluster', '--kubeconfig', palisade.kubeconfig, '-o', 'json']);
  assert.is(checked.status, 1);
  const reasons = JSON.parse(checked.stdout).findings.map(({ reason }: { reason: string }) => reason);
  assert.ok(reasons.includes('PortNotDeclared'), checked.stdout);
  // Nothing was applied.
  assert.is((await ask(`deploy/web.${shop}`, `api.${shop}:80`)).status, 0);
});

test('what a user may not read is unknown', async () => {
  await create(KINDS.ServiceAccount, shop, 'reader', {});
  await create(KINDS.RoleBinding, shop, 'reader', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-view' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: shop }],
  });
  const config = loadKubeConfig(palisade.kubeconfig);
  const reader = await accountConfig(admin, config, { namespace: shop, name: 'reader' }, new KubeConfig());
  await config.close();
  const kubeconfig = join(directory, 'reader.kubeconfig');
  await writeFile(kubeconfig, reader.exportConfig());
  const asReader = (...args: string[]) => cli(['can', ...args, '--kubeconfig', kubeconfig]);
  const own = await until('the rights of the reader', async () => {
    const answer = await asReader(`deploy/web.${shop}`, `api.${shop}:80`);
    return answer.status === 0 ? answer : undefined;
  });
  assert.match(own.stderr, `you may not list Pods of namespaces other than ${shop}, so they are unknown`);
  const other = await asReader(`deploy/web.${shop}`, `db.${data}:5432`);
  assert.equal([other.status, other.stdout], [2, '']);
  assert.match(other.stderr, `you may not list Services of namespace ${data}`);
  const address = await asReader(`deploy/web.${shop}`, '10.244.7.3:5432');
  assert.is(address.status, 2);
  assert.match(address.stdout, 'you may not list all Pods, so it is not known whether the address is that of a pod');
});

test('a preview tells which connections of conntrack a change of the policy would cut', async () => {
  const [policy, flows] = [join(directory, 'policy.json'), join(directory, 'conntrack.txt')];
  const preview = async (changed: PolicySpec['network']) => {
    const manifest = {
      ...{ apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ContainerSecurityPolicy' },
      ...{ metadata: { name: 'books', namespace: shop }, spec: { network: changed } },
    };
    await writeFile(policy, JSON.stringify(manifest));
    return await cli(['preview', '-f', policy, '--cluster', '--flows', flows, '--kubeconfig', palisade.kubeconfig]);
  };
  const { clusterIP } = service.spec;
  await writeFile(
    flows,
    `tcp      6 86393 ESTABLISHED src=10.244.7.1 dst=${clusterIP} sport=49832 dport=80 src=10.244.7.2 dst=10.244.7.1 sport=3000 dport=49832 [ASSURED] mark=0 use=1\n`,
  );
  const same = await preview(network);
  assert.equal([same.stdout, same.status], ['Of 1 connection that worked, none would be cut.\n', 0]);
  const cut = await preview({ allow: { egress: [{ description: 'inside', to: [{ pods: {} }] }] } });
  assert.is(cut.status, 1);
  assert.match(cut.stdout, `Deployment ${shop}/web → Deployment ${shop}/api:3000 (1 flow)`);
  assert.match(
    cut.stdout,
    `Ingress: denied: ${BOOKS} isolates Deployment ${shop}/api, and no rule allows the connection`,
  );
});

test('a policy in mode Audit denies nothing, and that is said', async () => {
  await palisade.apply(shop, 'books', { network, mode: 'Audit' });
  await until('nothing is enforced', async () => (await palisade.names(KINDS.NetworkPolicy, shop)).length === 0);
  const { stdout, stderr, status } = await ask(`pod/${api}.${shop}`, `deploy/web.${shop}:http`);
  assert.is(status, 0, stdout);
  // Other tests may have such policies too; then their names are a list.
  assert.match(stderr, /: mode is Audit, so the rules are not in force and do not count/);
});

test.run();
