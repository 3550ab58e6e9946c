import type { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { KINDS } from '../../harness/install.ts';
import { quiet } from '../../harness/operator-figures.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const namespaces = [
  await palisade.namespace('idle'),
  await palisade.namespace('idle'),
  await palisade.namespace('idle'),
];
const first = await palisade.operator(...namespaces);
test.after(() => palisade.close());

for (const ns of namespaces) {
  await palisade.apply(ns, 'all', {
    network: {
      allow: { apiServer: true, ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }] }] },
    },
    podSecurity: { level: 'restricted' },
    access: { bindings: [{ profile: 'deployer', subjects: [{ kind: 'Group', name: 'ci' }] }] },
    images: { allowed: ['registry.example.com/*'] },
    scan: { schedule: '0 3 * * *' },
  });
}
for (const ns of namespaces) await palisade.ready(ns, 'all');

const reconciles = async (registry: Registry): Promise<number> => {
  const metric = await registry.getSingleMetricAsString('workqueue_work_duration_seconds');
  return Number(/workqueue_work_duration_seconds_count\{[^}]*\} (\d+)/.exec(metric)?.[1] ?? 0);
};

test('invariant 2: a reconcile of an unchanged policy costs no API call', async () => {
  const before = (await quiet(first.registry)).requests;
  const ran = await reconciles(first.registry);
  // A label that another client adds to a generated object causes a reconcile, and needs no repair.
  for (const ns of namespaces) {
    const [binding] = await palisade.list(KINDS.RoleBinding, ns);
    const patch = { metadata: { labels: { touched: 'yes' } } };
    await palisade.admin.patch(KINDS.RoleBinding, binding?.metadata.name ?? '', patch, {
      namespace: ns,
      type: 'merge',
    });
    await palisade.admin.patch(IMAGE_SCAN, 'all', patch, { namespace: ns, type: 'merge' });
  }
  await until('they were reconciled again', async () => (await reconciles(first.registry)) >= ran + namespaces.length);
  assert.equal((await quiet(first.registry)).requests, before);
});

test('invariant 2: a restart with unchanged policies writes nothing', async () => {
  await first.stop();
  const versions = async () =>
    Promise.all(
      namespaces.map(async (ns) => [
        (await palisade.policy(ns, 'all')).metadata.resourceVersion,
        (await palisade.admin.get(KINDS.Namespace, ns)).metadata.resourceVersion,
      ]),
    );
  const before = await versions();
  const second = await palisade.operator(...namespaces);
  await until('every policy was reconciled', async () => (await reconciles(second.registry)) >= namespaces.length);
  const made = (await quiet(second.registry)).requests;
  // Two dry runs for each namespace show that the API server enforces the level of its labels.
  const { GET: _, ...others } = made;
  assert.equal(others, { PATCH: 2 * namespaces.length });
  assert.equal(await versions(), before);
});

test.run();
