// needs: cluster
// Attacks through ImageScans, and the Secrets that the operator's token can read because ImageScans name them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifests } from '../../hack/manifests.ts';
import { IMAGE_SCAN } from '../../src/api/group.ts';
import { SECRETS } from '../../src/kube/kinds.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from '../harness/install.ts';
import { Palisade } from '../harness/palisade.ts';
import { until } from '../harness/until.ts';
import { attempt } from './attempt.ts';
import { person, thief, untilAggregated } from './people.ts';

const palisade = await Palisade.open();
const { people: home, tenant, elsewhere } = await palisade.namespaces(['people', 'tenant', 'elsewhere']);
test.after(() => palisade.close());
await untilAggregated(palisade);

const in_ = (where: string, name: string, role: string) => person(palisade, { name, home, where, role });
const [viewer, editor, stranger, operator] = await Promise.all([
  in_(tenant, 'viewer', 'view'),
  in_(tenant, 'editor', 'edit'),
  in_(elsewhere, 'stranger', 'admin'),
  thief(palisade),
]);

const create =
  (who: KubeClient, spec: object, namespace = tenant) =>
  () =>
    who.create(
      IMAGE_SCAN,
      { apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ImageScan', metadata: { name: 'mine' }, spec },
      { namespace, dryRun: true },
    );
const patch = (who: KubeClient, body: object, subresource?: 'status') => () =>
  who.patch(IMAGE_SCAN, 'nightly', body, {
    namespace: tenant,
    type: 'merge',
    dryRun: true,
    ...(subresource && { subresource }),
  });

for (const namespace of [tenant, elsewhere]) {
  const body = {
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ImageScan',
    metadata: { name: 'nightly' },
    spec: {},
  };
  await palisade.admin.create(IMAGE_SCAN, body, { namespace });
}

attempt({
  what: 'a viewer asks for a scan',
  deny: create(viewer, {}),
  by: 'Forbidden',
  because: 'cannot create resource "imagescans"',
  twin: () => viewer.get(IMAGE_SCAN, 'nightly', tenant),
});
attempt({
  what: 'the admin of another namespace requests a scan here, with the pull secrets of this namespace',
  deny: create(stranger, { pullSecrets: [{ name: 'registry-credentials' }] }),
  by: 'Forbidden',
  because: 'cannot create resource "imagescans"',
  twin: create(stranger, { pullSecrets: [{ name: 'registry-credentials' }] }, elsewhere),
});
attempt({
  what: 'the admin of another namespace reads the findings of this one',
  deny: () => stranger.get(IMAGE_SCAN, 'nightly', tenant),
  by: 'Forbidden',
  because: 'cannot get resource "imagescans"',
  twin: () => stranger.get(IMAGE_SCAN, 'nightly', elsewhere),
});
for (const [what, secret, because] of [
  [
    'by a field',
    { name: 'registry-credentials', namespace: 'elsewhere' },
    'unknown field "spec.pullSecrets[0].namespace"',
  ],
  ['by a path', { name: 'elsewhere/registry-credentials' }, 'spec.pullSecrets[0].name in body should match'],
  [
    'by climbing',
    { name: '../../elsewhere/secrets/registry-credentials' },
    'spec.pullSecrets[0].name in body should match',
  ],
] as const) {
  attempt({
    what: `an editor asks for another namespace's pull secret, ${what}`,
    deny: create(editor, { pullSecrets: [secret] }),
    by: 'Invalid',
    because,
    twin: create(editor, { pullSecrets: [{ name: 'registry-credentials' }] }),
  });
}
attempt({
  what: 'an editor scans another namespace',
  deny: create(editor, { target: { namespace: 'elsewhere' } }),
  by: 'Invalid',
  because: 'unknown field "spec.target.namespace"',
  twin: create(editor, { target: { selector: { matchLabels: { app: 'web' } } } }),
});
attempt({
  what: 'an editor forges a clean result',
  deny: patch(editor, { status: { summary: { images: 1, critical: 0 } } }, 'status'),
  by: 'Forbidden',
  because: 'cannot patch resource "imagescans/status"',
  twin: patch(editor, { metadata: { annotations: { 'security.palisade.dev/rescan-requested-at': '1' } } }),
});

for (const [namespace, name] of [
  [tenant, 'registry-credentials'],
  [tenant, 'database-password'],
  [elsewhere, 'registry-credentials'],
] as const) {
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { value: 'a' } };
  await palisade.admin.create(SECRETS, body, { namespace });
}
for (const object of await readManifests('config/pull-secrets')) {
  const { kind, metadata } = object;
  const resource = KINDS[kind as 'Role' | 'RoleBinding'];
  // As `kubectl apply -n` does.
  await palisade.admin.create(
    resource,
    { ...object, metadata: { ...metadata, namespace: tenant } },
    { namespace: tenant },
  );
}
const readSecret = (namespace: string, name: string) => () => operator.get(SECRETS, name, namespace);
await until('the namespace grants the operator access to its pull secret', () =>
  readSecret(tenant, 'registry-credentials')().catch(() => undefined),
);
for (const [what, deny, verb] of [
  ['reads the pull secret of a namespace that grants no access', readSecret(elsewhere, 'registry-credentials'), 'get'],
  ['reads another Secret of a namespace that grants access', readSecret(tenant, 'database-password'), 'get'],
  ['lists the Secrets of a namespace that grants access', () => operator.list(SECRETS, { namespace: tenant }), 'list'],
  ['lists all Secrets', () => operator.list(SECRETS), 'list'],
  [
    'changes the pull secret that it may read',
    () =>
      operator.patch(
        SECRETS,
        'registry-credentials',
        { data: null },
        { namespace: tenant, type: 'merge', dryRun: true },
      ),
    'patch',
  ],
] as const) {
  attempt({
    what: `the operator ${what}`,
    deny,
    by: 'Forbidden',
    because: `cannot ${verb} resource "secrets"`,
    twin: readSecret(tenant, 'registry-credentials'),
  });
}

const REVIEWS = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};
/** The request of the operator's HTTP port to the API server about the reader of a report. */
const mayReadReport = async (who: KubeClient, namespace: string): Promise<boolean> => {
  const resource = { group: 'security.palisade.dev', resource: 'imagescans', subresource: 'report', name: 'nightly' };
  const spec = { resourceAttributes: { ...resource, verb: 'get', namespace } };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: REVIEWS.kind, spec };
  return (await who.create<{ status: { allowed: boolean } }>(REVIEWS, body)).status.allowed;
};

test('only users who may view a namespace can read its report', async () => {
  const seen = async (who: KubeClient) => [await mayReadReport(who, tenant), await mayReadReport(who, elsewhere)];
  assert.equal(await seen(viewer), [true, false]);
  assert.equal(await seen(editor), [true, false]);
  assert.equal(await seen(stranger), [false, true]);
  assert.equal(await seen(operator), [false, false]);
});

test.run();
