// needs: cluster
// Namespaces in which no policy takes effect, regardless of its author.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import { TRUSTED_IMAGES_LABEL } from '../../../src/api/keys.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { classify } from '../../../src/kube/rest/errors.ts';
import { KINDS } from '../../harness/install.ts';
import { quiet } from '../../harness/operator-figures.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
test.after(() => palisade.close());
const { 'kube-of-tests': byDefault, usual } = await palisade.namespaces(['kube-of-tests', 'usual']);
const operator = await palisade.operator(byDefault, usual);

const EVERYTHING: PolicySpec = {
  network: {},
  podSecurity: { level: 'baseline' },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'devs' }] }] },
  images: { requireDigest: true },
  scan: {},
};

/** Everything that a policy could leave in a namespace, as Kind/name. */
const generated = async (namespace: string): Promise<string[]> => {
  const kinds = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding, IMAGE_SCAN, KINDS.Event];
  const lists = await Promise.all(kinds.map((kind) => palisade.list(kind, namespace)));
  return lists.flat().map(({ kind, metadata }) => `${kind}/${metadata.name}`);
};

const labels = async (namespace: string): Promise<string[]> => {
  const { metadata } = await palisade.admin.get<KubeObject>(KINDS.Namespace, namespace);
  return Object.keys(metadata.labels ?? {}).filter((key) => key !== 'kubernetes.io/metadata.name');
};

const isGone = (namespace: string, name: string): Promise<boolean> =>
  palisade.policy(namespace, name).then(
    () => false,
    (error) => classify(error) === 'NotFound',
  );

const specs: [what: string, spec: PolicySpec][] = [
  ['everything', EVERYTHING],
  ['audit', { ...EVERYTHING, mode: 'Audit' }],
  ['suspended', { ...EVERYTHING, suspend: true }],
];

for (const [name, spec] of specs) {
  test(`a policy in a reserved namespace has no effect, and its status reports that: ${name}`, async () => {
    await palisade.apply(byDefault, name, spec);
    const { metadata, status } = await palisade.condition(byDefault, name, 'Ready', 'False', 'NamespaceReserved');
    assert.is(
      findCondition(status?.conditions, 'Ready')?.message,
      `Policy: namespace ${byDefault} is reserved: no policy takes effect in it, and nothing in it is created, changed or ` +
        'repaired. Delete this policy; or have a cluster administrator remove the namespace from --reserved-namespaces and ' +
        'from ValidatingAdmissionPolicy palisade-reserved-namespaces',
    );
    assert.equal(
      status?.conditions?.map((c) => `${c.type}=${c.status} ${c.reason}`),
      ['Ready=False NamespaceReserved', 'Stalled=True NamespaceReserved'],
    );
    assert.equal(Object.keys(status ?? {}).sort(), ['conditions', 'observedGeneration']);
    assert.is(metadata.finalizers, undefined);
    assert.equal([await generated(byDefault), await labels(byDefault)], [[], []]);
  });
}

test('the same policy takes effect in another namespace', async () => {
  await palisade.apply(usual, 'everything', EVERYTHING);
  await palisade.ready(usual, 'everything');
  assert.is((await labels(usual)).length, 7);
  assert.ok((await generated(usual)).some((name) => name.startsWith('NetworkPolicy/everything-base-')));
});

test('it causes no requests, whatever happens in the namespace', async () => {
  const before = (await quiet(operator.registry)).requests;
  await palisade.pod(byDefault, 'pod');
  const body = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } };
  await palisade.admin.patch(KINDS.Namespace, byDefault, body, { type: 'merge' });
  assert.equal((await quiet(operator.registry)).requests, before);
  await palisade.admin.patch(
    KINDS.Namespace,
    byDefault,
    { metadata: { labels: { 'pod-security.kubernetes.io/enforce': null } } },
    { type: 'merge' },
  );
});

test('its image rules have no effect either, even where the namespace has the label', async () => {
  const label = (namespace: string, value: string | null) =>
    palisade.admin.patch(
      KINDS.Namespace,
      namespace,
      { metadata: { labels: { [TRUSTED_IMAGES_LABEL]: value } } },
      { type: 'merge' },
    );
  const refused = (namespace: string) =>
    palisade.pod(namespace, 'undigested').then(
      () => false,
      (error) => classify(error) === 'AdmissionRefused',
    );
  await label(byDefault, 'true');
  assert.is(await refused(byDefault), false);
  const { status } = await palisade.policy(byDefault, 'everything');
  assert.not.match(findCondition(status?.conditions, 'Ready')?.message ?? '', 'image rules are still in force');
  await label(byDefault, null);
  await until('the same rules refuse elsewhere', () => refused(usual));
});

test('a namespace that only the operator reserves says that its image rules are still in force', async () => {
  const ns = await palisade.namespace('half', { [TRUSTED_IMAGES_LABEL]: 'true' });
  await palisade.operatorReserving([ns], ns);
  await palisade.apply(ns, 'rules', { images: { requireDigest: true } });
  const { status } = await palisade.condition(ns, 'rules', 'Ready', 'False', 'NamespaceReserved');
  assert.match(findCondition(status?.conditions, 'Ready')?.message ?? '', 'Only its image rules are still in force');
});

test('a changed policy gets one new status', async () => {
  const before = (await quiet(operator.registry)).requests;
  await palisade.apply(byDefault, 'everything', { ...EVERYTHING, mode: 'Audit' });
  await palisade.condition(byDefault, 'everything', 'Ready', 'False', 'NamespaceReserved');
  const { PATCH = 0, ...others } = (await quiet(operator.registry)).requests;
  assert.equal({ ...others, PATCH: PATCH - 1 }, before);
});

test('it is deleted at once', async () => {
  for (const [name] of specs) {
    await palisade.deletePolicy(byDefault, name);
    await until(`${name} is gone`, () => isGone(byDefault, name));
  }
  assert.equal([await generated(byDefault), await labels(byDefault)], [[], []]);
});

test('objects in a namespace that is reserved later stay until the policy is deleted', async () => {
  const ns = await palisade.namespace('later');
  const first = await palisade.operator(ns);
  await palisade.apply(ns, 'web', { network: {}, podSecurity: { level: 'baseline' } });
  await palisade.ready(ns, 'web');
  await first.stop();
  const [before] = await palisade.names(KINDS.NetworkPolicy, ns);
  await palisade.operatorReserving([ns], ns);
  await palisade.condition(ns, 'web', 'Ready', 'False', 'NamespaceReserved');
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), [before]);
  await palisade.deletePolicy(ns, 'web');
  await until('it is gone', () => isGone(ns, 'web'));
  assert.equal([await palisade.names(KINDS.NetworkPolicy, ns), await labels(ns)], [[], []]);
});

test('without the flag the admission policy still refuses, and the status reports it', async () => {
  const ns = await palisade.namespace('kube-unflagged');
  await palisade.operatorReserving(['palisade-system'], ns);
  await palisade.apply(ns, 'web', { network: {} });
  const { status } = await palisade.condition(ns, 'web', 'NetworkReady', 'False', 'AdmissionRefused');
  assert.match(
    findCondition(status?.conditions, 'NetworkReady')?.message ?? '',
    `the operator may not write in reserved namespace ${ns}`,
  );
  await palisade.admin.delete(CONTAINER_SECURITY_POLICY, 'web', { namespace: ns });
  await until('it is gone', () => isGone(ns, 'web'));
});

test.run();
