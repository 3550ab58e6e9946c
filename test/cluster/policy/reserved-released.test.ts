// suite: tools
// needs: cluster
// A namespace that is reserved at first, and that the platform team releases with the patch of docs/SECURITY.md, word for word.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { untilInEffect } from '../../../hack/admission.ts';
import { OPERATOR_SETTINGS } from '../../../src/cli/settings/operator-settings.ts';
import type { Applied } from '../../../src/kube/object.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { KINDS } from '../../harness/install.ts';
import { kustomize } from '../../harness/kustomize.ts';
import { Palisade } from '../../harness/palisade.ts';

const root = join(import.meta.dirname, '../../..');

/** The output of the kustomization of docs/SECURITY.md for this checkout. */
const documented = async (): Promise<Applied[]> => {
  const text = await readFile(join(root, 'docs/SECURITY.md'), 'utf8');
  const [, kustomization = ''] = /^```yaml\n(# kustomization\.yaml\n[\s\S]*?)^```$/m.exec(text) ?? [];
  const directory = await mkdtemp(join(tmpdir(), 'palisade-kustomize-'));
  try {
    const here = kustomization.replace('palisade/config/default', join(relative(directory, root), 'config/default'));
    await writeFile(join(directory, 'kustomization.yaml'), here);
    return await kustomize(relative(root, directory));
  } finally {
    await rm(directory, { recursive: true });
  }
};

/** Admission policies apply to the whole cluster, and other test files rely on them. */
const controlPlane = await privateControlPlane();
const palisade = await Palisade.open(controlPlane.kubeconfig);
test.after(async () => {
  await palisade.close();
  await controlPlane.stop();
});

test('after the patch of docs/SECURITY.md policies take effect in kube-public, but not in kube-system', async () => {
  const objects = await documented();
  const patched = ['palisade-reserved-namespaces', 'palisade-trusted-images', 'palisade-trusted-images-audit'];
  const admissionPolicies = objects.filter(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && patched.includes(metadata.name),
  );
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: { template: { spec: { containers: { env: { name: string; value: string }[] }[] } } };
  };
  const env = deployment.spec.template.spec.containers[0]?.env ?? [];
  const flag = env.find(({ name }) => name === 'PALISADE_RESERVED_NAMESPACES')?.value ?? '';
  assert.is(admissionPolicies.length, patched.length);
  for (const admissionPolicy of admissionPolicies) {
    await palisade.admin.apply(KINDS.ValidatingAdmissionPolicy, admissionPolicy, {
      fieldManager: 'platform',
      force: true,
    });
  }
  await untilInEffect(palisade.admin, 'palisade-system');

  await palisade.operatorReserving(OPERATOR_SETTINGS.reservedNamespaces.parse(flag), 'kube-public', 'kube-system');
  const access = { bindings: [{ profile: 'viewer' as const, subjects: [{ kind: 'Group' as const, name: 'devs' }] }] };
  for (const namespace of ['kube-public', 'kube-system']) {
    const images = { requireDigest: true };
    await palisade.apply(namespace, 'web', {
      network: {},
      podSecurity: { level: 'baseline' },
      access,
      images,
      scan: {},
    });
  }
  await palisade.ready('kube-public', 'web');
  assert.is((await palisade.names(KINDS.NetworkPolicy, 'kube-public')).length, 1);
  assert.is((await palisade.podSecurityLabels('kube-public')).enforce, 'baseline');
  const { status } = await palisade.condition('kube-public', 'web', 'ImagesReady', 'True', 'Enforced');
  assert.equal(status?.images, { disallowedPods: 0 });
  await palisade.condition('kube-system', 'web', 'Stalled', 'True', 'NamespaceReserved');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, 'kube-system'), []);
});

test.run();
