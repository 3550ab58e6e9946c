// needs: cluster
// Image rules with onViolation Wait, the default: they refuse nothing that runs or is due to run.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ContainerSecurityPolicy, ImagesSection } from '../../../src/api/policy.ts';
import { namespaced } from '../../../src/kube/kinds.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const namespaces = await palisade.namespaces(['shop', 'kinds', 'beside']);
await palisade.operator(...Object.values(namespaces));
test.after(() => palisade.close());

const TEAM = 'registry.example.com/team/*';
const OURS = 'registry.example.com/team/api:1';
const podSpec = (image: string, restartPolicy = 'Always') => ({ containers: [{ name: 'main', image }], restartPolicy });

const podOf = (namespace: string, name: string, image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: podSpec(image),
});

/** What the API server answers to a new pod: a refusal, warnings, or nothing. */
const answer = async (namespace: string, image: string): Promise<string> => {
  try {
    const options = { fieldManager: 'test', dryRun: true };
    return (await palisade.admin.apply(KINDS.Pod, podOf(namespace, 'new', image), options)).warnings.join('\n');
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.status.message}`;
    throw error;
  }
};
const answers = (namespace: string, image: string, expected: RegExp) =>
  until(`the answer to ${image} is ${expected}`, async () => expected.test(await answer(namespace, image)));

const WARNED = /^Validation failed for ValidatingAdmissionPolicy 'palisade-trusted-images-audit'.* is refused by/;
const REFUSED = /^403 .*'palisade-trusted-images' denied request: image .* is refused by/;

const create = (resource: Resource, namespace: string, name: string, spec: object, metadata: object = {}) => {
  const apiVersion = resource.group === '' ? 'v1' : `${resource.group}/v1`;
  const body = { apiVersion, kind: resource.kind, metadata: { name, namespace, ...metadata }, spec };
  return palisade.admin.create(resource, body, { namespace });
};
const remove = (resource: Resource, namespace: string, name: string) =>
  palisade.admin.delete(resource, name, { namespace, propagationPolicy: 'Background' });

const message = ({ status }: ContainerSecurityPolicy): string =>
  findCondition(status?.conditions, 'ImagesReady')?.message ?? '';

const selector = { matchLabels: { app: 'x' } };
const template = (image: string, restartPolicy?: string) => ({
  metadata: { labels: { app: 'x' } },
  spec: podSpec(image, restartPolicy),
});
const cronJob = (image: string) => ({
  schedule: '0 3 1 1 *',
  jobTemplate: { spec: { template: template(image, 'Never') } },
});

test('one apply makes no running pod impossible to recreate, and no CronJob dead; what is in the way is named', async () => {
  const ns = namespaces.shop;
  const FOREIGN = ['docker.io/library/nginx:1.27', 'quay.io/a/b:1', 'redis:7', 'busybox'];
  for (const [i, image] of FOREIGN.entries()) await create(KINDS.Pod, ns, `pod-${i}`, podSpec(image));
  await create(KINDS.Pod, ns, 'ours', podSpec(OURS));
  await create(KINDS.CronJob, ns, 'nightly', cronJob('busybox'));

  await palisade.apply(ns, 'team', { images: { allowed: [TEAM] } });
  const waiting = await palisade.condition(ns, 'team', 'ImagesReady', 'False', 'ViolatingImages');
  for (const [type, status] of [
    ['Ready', 'False'],
    ['Reconciling', 'True'],
  ] as const) {
    const condition = findCondition(waiting.status?.conditions, type);
    assert.equal([condition?.status, condition?.reason], [status, 'ViolatingImages']);
  }
  assert.match(
    message(waiting),
    '4 existing pods have others: pod-0: docker.io/library/nginx:1.27; pod-1: quay.io/a/b:1; pod-2: redis:7; pod-3: busybox. ' +
      '1 workload has another: CronJob nightly: busybox. Palisade enforces the rules when',
  );
  const { disallowedPods, disallowedWorkloads, workloadImages } = waiting.status?.images ?? {};
  assert.equal([disallowedPods, disallowedWorkloads, workloadImages], [4, 1, ['CronJob nightly: busybox']]);
  for (const image of FOREIGN) await answers(ns, image, WARNED);
  assert.is(await answer(ns, OURS), '');

  // The cure: what is in the way goes, or gets another image.
  for (const [i] of FOREIGN.entries()) await remove(KINDS.Pod, ns, `pod-${i}`);
  await until(
    'the CronJob alone is in the way',
    async () => (await palisade.policy(ns, 'team')).status?.images?.disallowedPods === 0,
  );
  await answers(ns, 'busybox', WARNED);
  const options = { namespace: ns, type: 'merge' } as const;
  await palisade.admin.patch(KINDS.CronJob, 'nightly', { spec: cronJob(OURS) }, options);
  await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'Enforced');
  await answers(ns, 'busybox', REFUSED);
  assert.is(await answer(ns, OURS), '', 'no warning either');
});

test('once in force, rules wait for no workload that they refuse; changed rules wait, and the earlier ones stay', async () => {
  const ns = namespaces.shop;
  // It is a workload: the API server warns, and admits it.
  await create(KINDS.Deployment, ns, 'later', { replicas: 0, selector, template: template('busybox') });
  const refused = await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  assert.equal(refused.status?.images, {
    disallowedPods: 0,
    disallowedWorkloads: 1,
    workloadImages: ['Deployment later: busybox'],
  });
  await answers(ns, 'busybox', REFUSED);

  await palisade.apply(ns, 'team', { images: { allowed: ['registry.example.com/team/web'], requireDigest: true } });
  const waiting = await palisade.condition(ns, 'team', 'ImagesReady', 'False', 'ViolatingImages');
  assert.match(message(waiting), `1 existing pod has another: ours: ${OURS}. 1 workload has another: CronJob nightly`);
  assert.match(message(waiting), `Until then the earlier rules stay in force, which allow ${TEAM}. To enforce now`);
  await answers(ns, OURS, WARNED);
  await answers(ns, 'busybox', REFUSED);

  // Without an operator, a record decides: a new spec alone turns nothing off.
  await palisade.apply(ns, 'team', { images: { allowed: ['registry.example.com/*'] } });
  await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  await answers(ns, 'registry.example.com/other:1', /^$/);
  await answers(ns, 'busybox', REFUSED);

  await palisade.apply(ns, 'team', { images: { allowed: ['registry.example.com/x'], onViolation: 'Enforce' } });
  await answers(ns, OURS, REFUSED);
  await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  await palisade.apply(ns, 'team', { images: { allowed: ['registry.example.com/x'], onViolation: 'Wait' } });
  await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  assert.match(await answer(ns, OURS), REFUSED);
});

test('of two policies of a namespace, one that waits does not weaken the one in force', async () => {
  const ns = namespaces.beside;
  await create(KINDS.Pod, ns, 'tagged', podSpec('registry.example.com/team/tool:1'));
  await palisade.apply(ns, 'team', { images: { allowed: [TEAM] } });
  await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'Enforced');
  const digests: ImagesSection = { requireDigest: true };
  await palisade.apply(ns, 'digests', { images: digests });
  await palisade.condition(ns, 'digests', 'ImagesReady', 'False', 'ViolatingImages');
  await answers(ns, 'busybox', REFUSED);
  await answers(ns, OURS, WARNED);
  assert.is(findCondition((await palisade.policy(ns, 'team')).status?.conditions, 'ImagesReady')?.reason, 'Enforced');
  await remove(KINDS.Pod, ns, 'tagged');
  await palisade.condition(ns, 'digests', 'ImagesReady', 'True', 'Enforced');
  await answers(ns, OURS, REFUSED);
  await palisade.deletePolicy(ns, 'digests');
  await answers(ns, OURS, /^$/);
  await answers(ns, 'busybox', REFUSED);
});

const REPLICA_SETS = namespaced('apps', 'replicasets', 'ReplicaSet');
const CONTROLLERS = namespaced('', 'replicationcontrollers', 'ReplicationController');
const kinds: [resource: Resource, spec: object][] = [
  [KINDS.Deployment, { replicas: 0, selector, template: template('busybox') }],
  [KINDS.StatefulSet, { replicas: 0, selector, serviceName: 'x', template: template('busybox') }],
  [KINDS.DaemonSet, { selector, template: template('busybox') }],
  [KINDS.Job, { suspend: true, template: template('busybox', 'Never') }],
  [KINDS.CronJob, cronJob('busybox')],
  [REPLICA_SETS, { replicas: 0, selector, template: template('busybox') }],
  [CONTROLLERS, { replicas: 0, selector: { app: 'x' }, template: template('busybox') }],
];

test('every kind of workload is waited for, but no ReplicaSet of another object', async () => {
  const ns = namespaces.kinds;
  for (const [resource, spec] of kinds) await create(resource, ns, 'x', spec);
  const owner = { apiVersion: 'example.com/v1', kind: 'Rollout', name: 'x', uid: 'no-such-owner', controller: true };
  await create(REPLICA_SETS, ns, 'owned', kinds[5]![1], { ownerReferences: [owner] });
  await palisade.apply(ns, 'team', { images: { allowed: [TEAM] } });
  const waits = async (count: number) => {
    const { status } = await palisade.policy(ns, 'team');
    const { disallowedWorkloads } = status?.images ?? {};
    return disallowedWorkloads === count && findCondition(status?.conditions, 'ImagesReady')?.status === 'False';
  };
  for (const [i, [resource]] of kinds.entries()) {
    await until(`${kinds.length - i} workloads are in the way`, () => waits(kinds.length - i));
    await remove(resource, ns, 'x');
  }
  const { status } = await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'Enforced');
  assert.equal(status?.images, { disallowedPods: 0 });
});

test.run();
