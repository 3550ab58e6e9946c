// needs: cluster
// suite: tools
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { accountConfig } from '../../../hack/install.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';

import { SECRETS } from '../../../src/kube/kinds.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { palisade as cli } from '../../cli/palisade.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const { admin } = palisade;
const shop = await palisade.namespace('suggest');
const directory = await mkdtemp(join(tmpdir(), 'palisade-suggest-'));
test.after(async () => {
  await palisade.close();
  await rm(directory, { recursive: true });
});

const create = async (kind: Resource, name: string, rest: object): Promise<KubeObject> => {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  return await admin.create(
    kind,
    { apiVersion, kind: kind.kind, metadata: { name, namespace: shop }, ...rest },
    { namespace: shop },
  );
};

const workload = (app: string, container: object): object => ({
  spec: {
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: {
        automountServiceAccountToken: false,
        containers: [{ name: 'c', image: 'r.example.com/app:1', ...container }],
      },
    },
  },
});

await create(SECRETS, 'db', { stringData: { CACHE_HOST: 'cache' } });
await create(KINDS.ConfigMap, 'web', { data: { DB_HOST: 'db', DB_PORT: '5432' } });
await create(KINDS.Service, 'db', { spec: { selector: { app: 'db' }, ports: [{ port: 5432, targetPort: 'pg' }] } });
await create(KINDS.Service, 'cache', { spec: { selector: { app: 'cache' }, ports: [{ port: 6379 }] } });
await create(KINDS.Deployment, 'db', workload('db', { ports: [{ name: 'pg', containerPort: 5433 }] }));
await create(KINDS.Deployment, 'cache', workload('cache', { ports: [{ containerPort: 6379 }] }));
await create(
  KINDS.Deployment,
  'web',
  workload('web', {
    envFrom: [{ configMapRef: { name: 'web' } }, { secretRef: { name: 'db' } }],
    args: ['--queue=amqp://mq.example.com:5672'],
  }),
);

const suggest = (kubeconfig: string) => cli(['suggest', shop, '--kubeconfig', kubeconfig]);
const words = (text: string): string => text.replaceAll(/\n\s*#\s*/g, ' ');

test('the API server accepts the suggestion, and check finds what its comments say', async () => {
  const { status, stdout } = await suggest(palisade.kubeconfig);
  assert.is(status, 0);
  const [policy, ...more] = parseAllDocuments(stdout).map((document) => document.toJS());
  assert.is(more.length, 0);
  const web = { matchLabels: { app: 'web' } };
  const db = { matchLabels: { app: 'db' } };
  const description = 'Deployment web: env DB_HOST names Service db';
  assert.equal(policy.spec, {
    mode: 'Audit',
    network: {
      isolate: ['Ingress', 'Egress'],
      allow: {
        dns: true,
        ingress: [{ description, pods: db, from: [{ pods: web }], ports: [{ port: 5433 }] }],
        egress: [{ description, pods: web, to: [{ pods: db }], ports: [{ port: 5433 }] }],
      },
    },
  });
  for (const text of [
    'Service cache at port 6379: no client was found',
    'Secret db is not read',
    'host mq.example.com (argument --queue) is outside the cluster',
  ])
    assert.ok(words(stdout).includes(text), text);
  await admin.create(CONTAINER_SECURITY_POLICY, policy, { namespace: shop, dryRun: true });
  const file = join(directory, 'policy.yaml');
  await writeFile(file, stdout);
  const checked = await cli(['check', '-f', file, '--cluster', '--kubeconfig', palisade.kubeconfig, '-o', 'json']);
  assert.equal(
    JSON.parse(checked.stdout).findings.map(({ reason, message }: { reason: string; message: string }) => [
      reason,
      message.split(' ')[1],
    ]),
    [['ServiceUnreachable', `${shop}/cache`]],
  );
});

test('what a user may not read is a comment', async () => {
  await create(KINDS.ServiceAccount, 'reader', {});
  await create(KINDS.RoleBinding, 'reader', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-view' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: shop }],
  });
  const config = loadKubeConfig(palisade.kubeconfig);
  const reader = await accountConfig(admin, config, { namespace: shop, name: 'reader' }, new KubeConfig());
  await config.close();
  const kubeconfig = join(directory, 'reader.kubeconfig');
  await writeFile(kubeconfig, reader.exportConfig());
  const stdout = await until('the rights of the reader', async () => {
    const ran = await suggest(kubeconfig);
    return ran.status === 0 ? ran.stdout : undefined;
  });
  for (const text of [
    'env DB_HOST names Service db',
    'you may not list ClusterRoleBindings, so they are unknown: ask for the verb list on them',
    'you may not list RoleBindings of any namespace',
    `you may not list Pods of namespaces other than ${shop}`,
  ])
    assert.ok(words(stdout).includes(text), text);
});

test.run();
