import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { readManifests } from '../../hack/manifests.ts';
import type { Applied } from '../../src/kube/object.ts';
import { kustomize } from '../harness/kustomize.ts';

const root = join(import.meta.dirname, '../..');
const key = ({ kind, metadata: { namespace, name } }: Applied): string =>
  [kind, ...(namespace === undefined ? [] : [namespace]), name].join(' ');
const sorted = (objects: readonly Applied[]): Applied[] => objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));

const workload = [
  'Deployment palisade-system palisade',
  'NetworkPolicy palisade-system palisade',
  'PodDisruptionBudget palisade-system palisade',
  'Service palisade-system palisade',
];

for (const folder of ['config/outside', 'config/crd', 'config/rbac', 'config/admission', 'config/job-scanner']) {
  test(`${folder}: demo and tests install the output of kustomize`, async () => {
    assert.equal(sorted(await readManifests(folder)), sorted(await kustomize(folder)));
  });
}

test('config/default is config/outside and the manifests that run the operator in the cluster', async () => {
  const [everything, outside] = [await kustomize('config/default'), await kustomize('config/outside')];
  const added = everything.map(key).filter((k) => !outside.map(key).includes(k));
  assert.equal(added.sort(), workload);
  assert.is(everything.length, outside.length + workload.length);
});

test('every file of a folder is listed in its kustomization.yaml', async () => {
  for (const folder of [...(await readdir(join(root, 'config'))).map((f) => `config/${f}`), 'crds']) {
    const files = (await readdir(join(root, folder))).filter((f) => f.endsWith('.yaml') && f !== 'kustomization.yaml');
    const { resources = [] } = parse(await readFile(join(root, folder, 'kustomization.yaml'), 'utf8')) as {
      resources?: string[];
    };
    assert.equal(resources.filter((r) => r.endsWith('.yaml')).sort(), files.sort(), folder);
  }
});

test('the image has the version of package.json', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const deployment = (await kustomize('config/manager')).find((o) => o.kind === 'Deployment') as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  assert.equal(
    deployment.spec.template.spec.containers.map((c) => c.image),
    [`registry.example.com/palisade:${version}`],
  );
});

test('the Jobs of config/job-scanner have the image of config/manager', async () => {
  const [deployment] = (await kustomize('config/manager')).filter((o) => o.kind === 'Deployment');
  const [policy] = (await kustomize('config/job-scanner')).filter((o) => o.metadata.name === 'palisade-operator-jobs');
  const { template } = (deployment as unknown as { spec: { template: { spec: { containers: [{ image: string }] } } } })
    .spec;
  const { variables } = (policy as unknown as { spec: { variables: [object] } }).spec;
  assert.equal(variables[0], { name: 'image', expression: `'${template.spec.containers[0].image}'` });
});

test('the Deployment has two replicas, on different nodes if possible, and neither a rollout nor a drain ends both', async () => {
  const objects = (await kustomize('config/manager')) as unknown as { kind: string; spec: unknown }[];
  const specOf = (kind: string) => objects.find((o) => o.kind === kind)?.spec;
  const { replicas, strategy, selector, template } = specOf('Deployment') as {
    replicas: number;
    strategy: object;
    selector: { matchLabels: object };
    template: { metadata: { labels: object }; spec: { topologySpreadConstraints: object[] } };
  };
  assert.is(replicas, 2);
  assert.equal(strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
  const labelSelector = { matchLabels: template.metadata.labels };
  assert.equal(template.spec.topologySpreadConstraints, [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector,
      matchLabelKeys: ['pod-template-hash'],
    },
  ]);
  assert.equal(selector, labelSelector);
  assert.equal(specOf('PodDisruptionBudget'), {
    maxUnavailable: 1,
    selector: labelSelector,
  });
});

test.run();
