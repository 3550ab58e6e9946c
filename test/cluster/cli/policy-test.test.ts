// needs: cluster
// suite: tools
// The same PolicyTest says the same of files and of the cluster that they were applied to, and the API server agrees.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accountConfig } from '../../../hack/install.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { ApiError } from '../../../src/kube/rest/errors.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { apiVersion, type Resource } from '../../../src/kube/rest/resource.ts';
import { palisade as cli } from '../../cli/palisade.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const { admin, kubeconfig } = palisade;
const { shop } = await palisade.namespaces(['shop']);
await palisade.operator(shop);
const directory = await mkdtemp(join(tmpdir(), 'palisade-policy-test-'));
test.after(async () => {
  await palisade.close();
  await rm(directory, { recursive: true });
});

const objectOf = (kind: Resource, name: string, rest: object) => ({
  ...{ apiVersion: apiVersion(kind), kind: kind.kind, metadata: { name, namespace: shop } },
  ...rest,
});

const deployment = (app: string, port: number) =>
  objectOf(KINDS.Deployment, app, {
    spec: {
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'c', image: 'registry.example.com/app:1', ports: [{ containerPort: port }] }] },
      },
    },
  });

const APP = [
  deployment('web', 8080),
  deployment('api', 3000),
  objectOf(KINDS.Service, 'api', { spec: { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 3000 }] } }),
  objectOf(KINDS.ServiceAccount, 'bot', {}),
  objectOf(KINDS.Role, 'own', {
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['settings'], verbs: ['get'] }],
  }),
  objectOf(KINDS.RoleBinding, 'own', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'own' },
    subjects: [{ kind: 'Group', name: `system:serviceaccounts:${shop}`, apiGroup: 'rbac.authorization.k8s.io' }],
  }),
];

const spec: PolicySpec = {
  network: {
    allow: {
      ingress: [
        {
          description: 'web calls api',
          pods: { matchLabels: { app: 'api' } },
          from: [{ pods: { matchLabels: { app: 'web' } } }],
          ports: [{ port: 3000 }],
        },
      ],
      egress: [{ to: [{ pods: {} }] }],
    },
  },
  access: {
    bindings: [{ profile: 'deployer', subjects: [{ kind: 'Group', name: 'devs' }] }],
    roles: [
      {
        name: 'ops',
        subjects: [{ kind: 'ServiceAccount', name: 'bot' }],
        // The operator grants only what it has.
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
      },
    ],
  },
  images: { allowed: ['registry.example.com/*'], onViolation: 'Wait' },
  podSecurity: { level: 'baseline', onViolation: 'Enforce' },
};

const manifest = (of: PolicySpec) => objectOf(CONTAINER_SECURITY_POLICY, 'books', { spec: of });

const bot = { kind: 'ServiceAccount', name: 'bot' };
const devs = { kind: 'Group', name: 'devs' };
const core = (subject: object, verb: string, resource: string, allowed: boolean, more = {}) => ({
  ...{ subject, verb, resource, allowed },
  ...more,
});

const EXPECTED = {
  connections: [
    { from: 'deployment/web', to: 'api:80', allowed: true },
    { from: 'deployment/api', to: 'deployment/web:8080', allowed: false },
    { from: `ns/${shop}`, fromLabels: { app: 'other' }, to: 'api:80', allowed: false },
    { from: 'deployment/web', to: '192.0.2.1:443', allowed: false },
  ],
  rights: [
    core(bot, 'list', 'pods', true),
    core(bot, 'list', 'pods', true, { resourceName: 'web-1' }),
    core(bot, 'get', 'configmaps', true, { resourceName: 'settings' }),
    core(bot, 'get', 'configmaps', false, { resourceName: 'other' }),
    core(bot, 'delete', 'pods', false),
    core(bot, 'create', 'selfsubjectaccessreviews', true),
    core(devs, 'create', 'deployments', true),
    core(devs, 'update', 'deployments/scale', false),
    core(devs, 'get', 'pods/log', true),
    core(devs, 'get', 'secrets', false),
    core({ kind: 'User', name: 'mallory' }, 'get', 'pods', false),
    core({ kind: 'Group', name: 'system:masters' }, 'delete', 'nodes', true),
  ],
  images: [
    { image: 'registry.example.com/app:2', allowed: true },
    { image: 'nginx', allowed: false },
    { image: 'sha256:0123456789abcdef', allowed: false },
  ],
  podSecurity: [{ level: 'baseline' }, { level: 'baseline', mode: 'warn' }],
};

const inverted = {
  ...Object.fromEntries(
    (['connections', 'rights', 'images'] as const).map((area) => [
      area,
      EXPECTED[area].map((one) => ({ ...one, allowed: !one.allowed })),
    ]),
  ),
  podSecurity: [{ level: 'restricted' }, { level: 'restricted', mode: 'warn' }],
};

const write = async (name: string, content: object): Promise<string> => {
  const file = join(directory, name);
  await writeFile(file, JSON.stringify(content));
  return file;
};

const testFile = (name: string, of: object): Promise<string> =>
  write(`${name}.json`, {
    ...{
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'PolicyTest',
      metadata: { name, namespace: shop },
      spec: of,
    },
  });

interface Result {
  readonly name: string;
  readonly outcome: string;
  readonly reasons: readonly string[];
}

const run = async (
  file: string,
  ...flags: string[]
): Promise<{ status: number; results: Result[]; stderr: string }> => {
  const { status, stdout, stderr } = await cli(['test', file, '-o', 'json', ...flags]);
  return { status, stderr, results: stdout === '' ? [] : JSON.parse(stdout).tests[0].results };
};

const inCluster = (file: string, ...flags: string[]) => run(file, '--kubeconfig', kubeconfig, ...flags);
const outcomes = ({ results }: { results: readonly Result[] }) =>
  results.map(({ name, outcome }) => `${outcome}: ${name}`);
const failing = ({ results, stderr }: { results: readonly Result[]; stderr: string }): string =>
  `${stderr}${JSON.stringify(
    results.filter(({ outcome }) => outcome !== 'ok'),
    null,
    1,
  )}`;

for (const object of APP) {
  const kind = KINDS[object.kind as keyof typeof KINDS];
  await admin.create(kind, object, { namespace: shop });
}
await until('the pods of web and api', async () => (await palisade.list(KINDS.Pod, shop)).length >= 2);
await palisade.apply(shop, 'books', spec);
await palisade.ready(shop, 'books');
const files = await write('files.json', { apiVersion: 'v1', kind: 'List', items: [...APP, manifest(spec)] });

test('files and the cluster meet every expectation', async () => {
  const file = await testFile('expected', EXPECTED);
  const ofFiles = await run(file, '-f', files);
  assert.is(ofFiles.status, 0, failing(ofFiles));
  const ofCluster = await inCluster(file);
  assert.is(ofCluster.status, 0, failing(ofCluster));
  assert.equal(outcomes(ofCluster), outcomes(ofFiles));
  const over = await inCluster(file, '-f', files, '--cluster');
  assert.is(over.status, 0, failing(over));
  const reviewed = ofCluster.results.find(({ name }) => name.includes('can list pods'));
  assert.match(reviewed?.reasons.join() ?? '', /^the API server allows it: RBAC: allowed by RoleBinding /);
});

test('and none of the opposite', async () => {
  const file = await testFile('inverted', inverted);
  const [ofFiles, ofCluster] = [await run(file, '-f', files), await inCluster(file)];
  for (const found of [ofFiles, ofCluster]) {
    assert.is(found.status, 1);
    assert.equal(
      [...new Set(found.results.map(({ outcome }) => outcome))],
      ['not ok'],
      JSON.stringify(found.results, null, 1),
    );
  }
  assert.equal(outcomes(ofCluster), outcomes(ofFiles));
});

test('the API server admits and refuses the images as expected', async () => {
  for (const { image, allowed } of EXPECTED.images) {
    const pod = objectOf(KINDS.Pod, 'tried', { spec: { containers: [{ name: 'c', image }] } });
    const refused = await admin.create(KINDS.Pod, pod, { namespace: shop, dryRun: true }).then(
      () => undefined,
      (error: ApiError) => error.message,
    );
    assert.is(refused === undefined, allowed, `${image}: ${refused}`);
    if (refused !== undefined) assert.match(refused, 'palisade-trusted-images');
  }
});

test('files over the cluster show what a change would break, before it does', async () => {
  const changed = {
    network: { allow: { egress: spec.network!.allow!.egress! } },
    podSecurity: { level: 'restricted' },
  } as const;
  const policy = await write('policy.json', manifest(changed));
  const file = await testFile('changed', {
    connections: EXPECTED.connections.slice(0, 1),
    rights: [core(bot, 'list', 'pods', true), core(bot, 'get', 'configmaps', true, { resourceName: 'settings' })],
    images: [{ image: 'nginx', allowed: false }],
    podSecurity: [{ level: 'restricted' }, { level: 'restricted', mode: 'audit' }],
  });
  const over = await inCluster(file, '-f', policy, '--cluster');
  assert.equal(
    over.results.map(({ outcome }) => outcome),
    ['not ok', 'not ok', 'ok', 'not ok', 'not ok', 'ok'],
    JSON.stringify(over.results, null, 1),
  );
  assert.match(
    over.results[4]?.reasons.join('\n') ?? '',
    /a level is enforced only once no pod violates it; existing pods do: (api|web)-/,
  );
  assert.is((await inCluster(await testFile('expected', EXPECTED))).status, 0, 'nothing was applied');
});

test('what a user may not ask is unknown, and no success', async () => {
  await admin.create(
    KINDS.RoleBinding,
    objectOf(KINDS.RoleBinding, 'viewer', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-view' },
      subjects: [{ ...bot, namespace: shop }],
    }),
    { namespace: shop },
  );
  const config = loadKubeConfig(kubeconfig);
  const account = await accountConfig(admin, config, { namespace: shop, name: 'bot' }, new KubeConfig());
  await config.close();
  const own = await write('bot.kubeconfig', {});
  await writeFile(own, account.exportConfig());
  const file = await testFile('viewer', {
    connections: EXPECTED.connections.slice(0, 2),
    rights: [core(bot, 'delete', 'pods', false)],
    images: [{ image: 'nginx', allowed: false }],
    podSecurity: [{ level: 'baseline' }],
  });
  const found = await until('the rights of the viewer', async () => {
    const answer = await run(file, '--kubeconfig', own);
    return answer.results.length > 0 && answer.results[1]?.outcome === 'ok' ? answer : undefined;
  });
  assert.is(found.status, 1);
  assert.equal(
    found.results.map(({ outcome }) => outcome),
    ['ok', 'ok', 'unknown', 'unknown', 'unknown'],
    JSON.stringify(found.results, null, 1),
  );
  const reasons = found.results.map((one) => one.reasons.join('\n'));
  assert.match(reasons[2] ?? '', 'you may not list RoleBindings');
  assert.match(reasons[3] ?? '', 'you may not list ContainerSecurityPolicies');
  assert.match(reasons[4] ?? '', 'you may not list Namespaces');
});

test('a subject that is not there is an error', async () => {
  const file = await testFile('missing', {
    rights: [core({ kind: 'ServiceAccount', name: 'bto' }, 'get', 'pods', false)],
  });
  const { status, stderr } = await inCluster(file);
  assert.is(status, 2);
  assert.match(stderr, `spec.rights[0].subject.name: there is no ServiceAccount ${shop}/bto: `);
});

test.run();
