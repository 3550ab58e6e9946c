// suite: tools
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { applyFolder, kustomize } from '../../harness/kustomize.ts';
import { extractManifests, previousRelease } from '../../harness/release.ts';
import { until } from '../../harness/until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const scratch = await mkdtemp(join(tmpdir(), 'palisade-upgrade-'));
test.after(() => rm(scratch, { recursive: true }));

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };

interface Crd {
  spec: { versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
  status: { storedVersions: string[]; conditions: { type: string; status: string }[] };
}
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** Paths of all fields of a schema, as in spec.network.allow[].ports. */
const fields = (schema: Schema, path = ''): string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [own, ...fields(field, own)];
  }),
  ...(schema.items === undefined ? [] : fields(schema.items, `${path}[]`)),
];

const readCrd = async (admin: KubeClient): Promise<Crd> =>
  await until('the CRD is established', async () => {
    const crd = await admin.get<Crd>(KINDS.CustomResourceDefinition, 'containersecuritypolicies.security.palisade.dev');
    return crd.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') ? crd : undefined;
  });

/** Installs what `from` holds, with a policy, and then what `to` holds over it. Both are directories with crds/ and config/. */
const upgrade = async (from: string, to: string): Promise<void> => {
  const [previous, next] = [from, to].map((directory) => relative(root, join(directory, 'config/default'))) as [
    string,
    string,
  ];
  const controlPlane = await privateControlPlane();
  const { kubeconfig } = controlPlane;
  const admin = new KubeClient(loadKubeConfig(kubeconfig), { userAgent: 'palisade-test' });
  try {
    await applyFolder({ admin, kubeconfig }, previous);
    const before = await readCrd(admin);
    const body = {
      apiVersion: 'security.palisade.dev/v1alpha1',
      kind: 'ContainerSecurityPolicy',
      metadata: { name: 'web', namespace: 'default' },
      spec: { network: { isolate: ['Ingress'] } },
    };
    const policy = await admin.create<object>(CONTAINER_SECURITY_POLICY, body, { namespace: 'default' });

    await applyFolder({ admin, kubeconfig }, next);
    const after = await readCrd(admin);
    for (const old of before.spec.versions) {
      const kept = after.spec.versions.find((v) => v.name === old.name);
      assert.ok(kept !== undefined || !before.status.storedVersions.includes(old.name), `${old.name} is still stored`);
      const now = new Set(kept === undefined ? [] : fields(kept.schema.openAPIV3Schema));
      const lost = fields(old.schema.openAPIV3Schema).filter((field) => kept !== undefined && !now.has(field));
      assert.equal(lost, [], `fields that ${old.name} no longer has`);
    }
    const served = after.spec.versions.map((v) => v.name);
    assert.equal(
      after.status.storedVersions.filter((v) => !served.includes(v)),
      [],
    );
    assert.equal(await admin.get<object>(CONTAINER_SECURITY_POLICY, 'web', 'default'), policy);
    for (const { kind, metadata } of await kustomize(next)) {
      await admin.get(KINDS[kind as keyof typeof KINDS], metadata.name, metadata.namespace);
    }
  } finally {
    await controlPlane.stop();
  }
};

const previous = await previousRelease(root, version);
test(
  previous === undefined
    ? 'there is no release before this one (no tag v*): nothing to compare with'
    : `this checkout is applied over ${previous}`,
  async () => {
    if (previous === undefined) {
      process.stdout.write(`no tag v* but v${version} itself: no upgrade to try until the second release\n`);
      return;
    }
    await extractManifests(root, previous, join(scratch, 'previous'));
    await upgrade(join(scratch, 'previous'), root);
  },
);

// Until a release exists, the upgrade test itself is tested on a made-up release: this commit.
test('a release can be found, unpacked and upgraded', async () => {
  const clone = join(scratch, 'clone');
  await run('git', ['clone', '--quiet', '--no-tags', root, clone]);
  assert.is(await previousRelease(clone, version), undefined);
  for (const tag of ['v0.0.9', 'v0.0.10', `v${version}`]) await run('git', ['tag', tag], { cwd: clone });
  assert.is(await previousRelease(clone, version), 'v0.0.10');
  await extractManifests(clone, 'v0.0.10', join(scratch, 'made-up'));
  await upgrade(join(scratch, 'made-up'), clone);
});

test.run();
