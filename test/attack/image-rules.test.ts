// needs: cluster
// Attacks on image rules in force: by the marks on the namespace, by the status, and by what is in the way of them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import { TRUSTED_IMAGES_LABEL } from '../../src/api/keys.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { recordKey } from '../../src/policy/sections/images/record.ts';
import { KINDS } from '../harness/install.ts';
import { Palisade } from '../harness/palisade.ts';
import { until } from '../harness/until.ts';
import { attempt } from './attempt.ts';
import { person, personWith, thief, untilAggregated } from './people.ts';

const palisade = await Palisade.open();
const home = await palisade.namespace('people');
const tenant = await palisade.namespace('tenant');
test.after(() => palisade.close());
await untilAggregated(palisade);

const NAMESPACE = {
  namespaces: ['get', 'patch', 'update'],
  'namespaces/status': ['patch'],
  'namespaces/finalize': ['patch'],
};
const at = { home, where: tenant };
const [labeler, publisher, admin, editor, operator] = await Promise.all([
  personWith(palisade, { name: 'labeler', ...at }, NAMESPACE, test.after),
  personWith(
    palisade,
    { name: 'publisher', ...at },
    { 'containersecuritypolicies/status': ['patch', 'publish'] },
    test.after,
  ),
  person(palisade, { name: 'admin', ...at, role: 'admin' }),
  person(palisade, { name: 'editor', ...at, role: 'edit' }),
  thief(palisade),
]);

await palisade.operator(tenant);
const allowed = ['registry.example.com/team/*'];
await palisade.apply(tenant, 'team', { images: { allowed } });
await palisade.condition(tenant, 'team', 'ImagesReady', 'True', 'Enforced');
const record = recordKey(await palisade.policy(tenant, 'team'));

const podOf = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'evil' },
  spec: { containers: [{ name: 'main', image }] },
});
const run = (who: KubeClient, image: string) => () =>
  who.create(KINDS.Pod, podOf(image), { namespace: tenant, dryRun: true });
const inEffect = () =>
  until('the rules refuse', () =>
    run(palisade.admin, 'evil.example.com/x')().then(
      () => false,
      () => true,
    ),
  );
await inEffect();

const patch = (who: KubeClient, metadata: object, subresource?: string) => () =>
  who.patch(
    KINDS.Namespace,
    tenant,
    { metadata },
    { type: 'merge', dryRun: true, ...(subresource && { subresource }) },
  );
const note = { annotations: { note: 'a' }, labels: { team: 'a' } };

for (const [what, metadata] of [
  ['removes the label', { labels: { [TRUSTED_IMAGES_LABEL]: null } }],
  ['removes the record of the rules in force', { annotations: { [record]: null } }],
  ['records rules that allow everything', { annotations: { [record]: 'allowed=evil.example.com/*' } }],
  ['removes all annotations', { annotations: null }],
  ['records rules of a policy that waits', { annotations: { [`${record.slice(0, -1)}x`]: 'requireDigest' } }],
] as const) {
  for (const subresource of [undefined, 'status'] as const) {
    attempt({
      what: `a user who may update the namespace ${what}${subresource ? ` through /${subresource}` : ''}`,
      deny: patch(labeler, metadata, subresource),
      by: 'AdmissionRefused',
      because: `labeler may not change whether the image rules of namespace ${tenant} are in force`,
      twin: patch(labeler, note, subresource),
    });
  }
}

attempt({
  what: 'the operator, its token stolen, writes another annotation than its records',
  deny: patch(operator, { annotations: { 'security.palisade.dev/x': 'y' } }),
  by: 'AdmissionRefused',
  because: 'the operator may change only its own annotations of a namespace',
  twin: patch(operator, { annotations: { [record]: null } }),
});

const rules = (who: KubeClient, images: object) => () =>
  who.patch(
    CONTAINER_SECURITY_POLICY,
    'team',
    { spec: { images } },
    { namespace: tenant, type: 'merge', dryRun: true },
  );
for (const images of [{ onViolation: 'Enforce' }, { allowed: ['evil.example.com/*'] }]) {
  attempt({
    what: `a user without the right to set image rules sets ${JSON.stringify(images)}`,
    deny: rules(editor, images),
    by: 'AdmissionRefused',
    because: 'editor may not update containersecuritypolicies/images',
    twin: rules(admin, images),
  });
}

test('a forged status that says that the rules wait turns nothing off', async () => {
  const condition = {
    type: 'ImagesReady',
    status: 'False',
    reason: 'ViolatingImages',
    message: 'forged',
    lastTransitionTime: new Date(0).toISOString(),
  };
  await publisher.patch(
    CONTAINER_SECURITY_POLICY,
    'team',
    { status: { conditions: [condition], images: { disallowedPods: 99 } } },
    { namespace: tenant, type: 'merge', subresource: 'status' },
  );
  const resumed = { metadata: { annotations: { 'security.palisade.dev/reconcile-requested-at': 'now' } } };
  await palisade.admin.patch(CONTAINER_SECURITY_POLICY, 'team', resumed, { namespace: tenant, type: 'merge' });
  await palisade.condition(tenant, 'team', 'ImagesReady', 'True', 'Enforced');
});
attempt({
  what: 'an image after the status was forged',
  deny: run(editor, 'evil.example.com/x'),
  by: 'AdmissionRefused',
  because: 'image evil.example.com/x is refused by ContainerSecurityPolicy team',
  twin: run(editor, 'registry.example.com/team/api'),
});

test('a workload that the rules refuse does not make them wait again', async () => {
  const labels = { app: 'x' };
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'evil' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podOf('evil.example.com/x').spec },
    },
  };
  await editor.create(KINDS.Deployment, body, { namespace: tenant });
  await palisade.condition(tenant, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  // Changed rules are in force at once too: the earlier ones refuse the workload already.
  await palisade.apply(tenant, 'team', { images: { allowed, requireRegistry: true } });
  const { status } = await palisade.condition(tenant, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  assert.is(status?.images?.disallowedWorkloads, 1);
});
attempt({
  what: 'an image that a workload was to keep from being refused',
  deny: run(editor, 'evil.example.com/x'),
  by: 'AdmissionRefused',
  because: 'image evil.example.com/x is refused by ContainerSecurityPolicy team',
  twin: run(editor, 'registry.example.com/team/api'),
});

test('a record that is removed with the right to do so is written again', async () => {
  const removed = { metadata: { annotations: { [record]: null } } };
  await palisade.admin.delete(KINDS.Deployment, 'evil', { namespace: tenant });
  await palisade.admin.patch(KINDS.Namespace, tenant, removed, { type: 'merge', fieldManager: 'somebody' });
  await inEffect();
  await palisade.condition(tenant, 'team', 'ImagesReady', 'True', 'Enforced');
});

test.run();
