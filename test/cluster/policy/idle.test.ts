import type { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import { KINDS } from '../../harness/install.ts';
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

/** Requests by method, as the operator counts them itself. */
const requests = async (registry: Registry): Promise<Record<string, number>> => {
  const metric = await registry.getSingleMetricAsString('rest_client_requests_total');
  const sums: Record<string, number> = {};
  for (const [, method = '', value] of metric.matchAll(/method="(\w+)",host="[^"]+",code="[^"]+"\} (\d+)/g)) {
    sums[method] = (sums[method] ?? 0) + Number(value);
  }
  return sums;
};

const reconciles = async (registry: Registry): Promise<number> => {
  const metric = await registry.getSingleMetricAsString('workqueue_work_duration_seconds');
  return Number(/workqueue_work_duration_seconds_count\{[^}]*\} (\d+)/.exec(metric)?.[1] ?? 0);
};

/** Waits until nothing is written any more: Events come after the status. */
const settled = async (registry: Registry): Promise<Record<string, number>> => {
  let before = '';
  return await until('the operator is idle', async () => {
    const now = await requests(registry);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const same = before === JSON.stringify(now);
    before = JSON.stringify(now);
    return same ? now : undefined;
  });
};

test('invariant 2: a reconcile of an unchanged policy costs no API call', async () => {
  const before = await settled(first.registry);
  const ran = await reconciles(first.registry);
  // A label that somebody adds to a generated object makes its policy look again, and is nothing to repair.
  for (const ns of namespaces) {
    const [binding] = await palisade.list(KINDS.RoleBinding, ns);
    const patch = { metadata: { labels: { touched: 'yes' } } };
    await palisade.admin.patch(KINDS.RoleBinding, binding?.metadata.name ?? '', patch, {
      namespace: ns,
      type: 'merge',
    });
    await palisade.admin.patch(IMAGE_SCAN, 'all', patch, { namespace: ns, type: 'merge' });
  }
  await until('they were looked at again', async () => (await reconciles(first.registry)) >= ran + namespaces.length);
  assert.equal(await settled(first.registry), before);
});

test('invariant 2: a restart with unchanged policies writes nothing', async () => {
  await first.stop();
  const versions = async () =>
    Promise.all(namespaces.map(async (ns) => (await palisade.policy(ns, 'all')).metadata.resourceVersion));
  const before = await versions();
  const second = await palisade.operator(...namespaces);
  await until('every policy was looked at', async () => (await reconciles(second.registry)) >= namespaces.length);
  const made = await settled(second.registry);
  assert.equal(Object.keys(made), ['GET'], JSON.stringify(made));
  assert.equal(await versions(), before);
});

test.run();
