// suite: faults
import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { install, KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const controlPlane = await privateControlPlane({ auditLog: true });
const palisade = await Palisade.open(controlPlane.kubeconfig);
const team = await palisade.namespace('team');
const free = await palisade.namespace('free');
const audited = await palisade.namespace('audited');
test.after(async () => {
  await palisade.close();
  await controlPlane.stop();
});

const GOOD = 'registry.example.com/team/api';
const EVIL = 'evil.example.org/x';

/** An API server that has just started may need 30 s to find our kind. */
const DISCOVERED_MS = 60_000;

/** 'accepted', or the code and the message of the API server. */
const answer = async (namespace: string, image: string): Promise<string> => {
  const spec = { containers: [{ name: 'main', image }] };
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace }, spec };
  try {
    await palisade.admin.create(KINDS.Pod, body, { namespace, dryRun: true });
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.status.message}`;
    throw error;
  }
};

const refuses = async (): Promise<boolean> => {
  const said = await answer(team, EVIL);
  assert.is.not(said, 'accepted');
  return said.includes('is refused by ContainerSecurityPolicy rules');
};

const restart = async (): Promise<void> => {
  await controlPlane.stopApiServer();
  await controlPlane.startApiServer();
};

/** Namespaces without rules are checked from the first response on. */
const othersAreFree = async (): Promise<void> => {
  for (let round = 0; round < 10; round++) {
    for (const namespace of [free, 'kube-system']) assert.is(await answer(namespace, EVIL), 'accepted', namespace);
  }
};

const deleted = async (namespace: string, name: string): Promise<void> => {
  await palisade.deletePolicy(namespace, name);
  const isGone = () =>
    palisade.policy(namespace, name).then(
      () => false,
      () => true,
    );
  await until(`${name} is gone`, isGone);
};

interface AuditEvent {
  readonly objectRef?: { readonly namespace?: string; readonly resource: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

test('mode Audit records the user and the pod in the audit log of the API server', async () => {
  const operator = await palisade.operator(audited);
  await palisade.apply(audited, 'try', { mode: 'Audit', images: { requireDigest: true } });
  await palisade.condition(audited, 'try', 'ImagesReady', 'True', 'Audit');
  const recorded = async (): Promise<string | undefined> => {
    assert.is(await answer(audited, EVIL), 'accepted');
    const lines = (await readFile(controlPlane.auditLog!, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
    const found = lines
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ objectRef }) => objectRef?.namespace === audited && objectRef.resource === 'pods')
      .flatMap(({ annotations }) => annotations?.['validation.policy.admission.k8s.io/validation_failure'] ?? []);
    return found[0];
  };
  assert.match(await until('it is recorded', recorded), `image ${EVIL} is refused by ContainerSecurityPolicy try`);
  await deleted(audited, 'try');
  await operator.stop();
});

test('without the admission policy or its binding ImagesReady reports that nothing is enforced, until it is back', async () => {
  const operator = await palisade.operator(audited);
  await palisade.apply(audited, 'rules', { images: { requireDigest: true } });
  await palisade.condition(audited, 'rules', 'ImagesReady', 'True', 'Enforced');
  for (const kind of [KINDS.ValidatingAdmissionPolicyBinding, KINDS.ValidatingAdmissionPolicy]) {
    await palisade.admin.delete(kind, 'palisade-trusted-images');
    const { status } = await palisade.condition(audited, 'rules', 'ImagesReady', 'False', 'AdmissionPolicyMissing');
    assert.is(status?.conditions?.find((c) => c.type === 'Stalled')?.reason, 'AdmissionPolicyMissing');
    await install(palisade.admin);
    await palisade.condition(audited, 'rules', 'ImagesReady', 'True', 'Enforced');
  }
  await deleted(audited, 'rules');
  await operator.stop();
});

test('image rules hold while the operator is down and from the first response of a restarted API server', async () => {
  const operator = await palisade.operator(team, free);
  await palisade.apply(team, 'rules', { images: { allowed: ['registry.example.com/team/*'] } });
  await palisade.condition(team, 'rules', 'ImagesReady', 'True', 'Enforced');
  await until('rules are in effect', async () => (await answer(team, EVIL)) !== 'accepted');
  await operator.stop();
  for (let start = 0; start < 2; start++) {
    await restart();
    assert.is.not(await answer(team, EVIL), 'accepted');
    await othersAreFree();
    assert.is.not(await answer(team, EVIL), 'accepted');
  }
  await until('the API server knows the rules again', refuses, DISCOVERED_MS);
  assert.is(await answer(team, GOOD), 'accepted');
});

test('without the CRD of policies, pods can be created in all namespaces without image rules', async () => {
  // Without an operator nothing else removes the finalizers of the policies.
  const released = { metadata: { finalizers: null } };
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'rules', released, { namespace: team, type: 'merge' });
  const crd = 'containersecuritypolicies.security.palisade.dev';
  await palisade.admin.delete(KINDS.CustomResourceDefinition, crd);
  const isGone = (): Promise<boolean> =>
    palisade.admin.get(KINDS.CustomResourceDefinition, crd).then(
      () => false,
      () => true,
    );
  await until('the CRD is gone', isGone);
  await othersAreFree();
  await restart();
  await othersAreFree();
  assert.match(await answer(team, GOOD), '422 ', 'the namespace is still labelled: refused rather than admitted');
});

test.run();
