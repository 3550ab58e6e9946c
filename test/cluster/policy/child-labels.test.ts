import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IMAGE_SCAN } from '../../../src/api/group.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('labels');
await palisade.operator(ns);
test.after(() => palisade.close());

const KINDS_OF_CHILDREN = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding, IMAGE_SCAN];
const subjects = [{ kind: 'User' as const, name: 'eve' }];
const spec: PolicySpec = {
  network: { isolate: ['Ingress'] },
  access: { roles: [{ name: 'logs', rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }], subjects }] },
  scan: {},
};
const OWN = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'web' };

const labelsOfAll = async () =>
  (await Promise.all(KINDS_OF_CHILDREN.map((kind) => palisade.list(kind, ns)))).flatMap((objects) =>
    objects.map(({ metadata }) => metadata.labels),
  );

for (const [what, childLabels] of [
  ['has the labels of its policy', { team: 'a', 'example.com/cost-center': '42' }],
  ['follows when one is changed and one is removed', { team: 'b' }],
  ['has none when the policy has none any more', undefined],
] as const) {
  test(`every generated object ${what}`, async () => {
    await palisade.apply(ns, 'web', { ...spec, ...(childLabels && { childLabels }) });
    await palisade.ready(ns, 'web');
    assert.equal(await labelsOfAll(), Array(4).fill({ ...OWN, ...childLabels }));
  });
}

test('a label that another client removes is set again', async () => {
  await palisade.apply(ns, 'web', { ...spec, childLabels: { team: 'a' } });
  await palisade.ready(ns, 'web');
  const [name = ''] = await palisade.names(KINDS.RoleBinding, ns);
  const body = { metadata: { labels: { team: null, theirs: 'x' } } };
  await palisade.admin.patch(KINDS.RoleBinding, name, body, { namespace: ns, type: 'merge', fieldManager: 'kubectl' });
  await until('it is back', async () => {
    const [binding] = await palisade.list(KINDS.RoleBinding, ns);
    return binding?.metadata.labels?.team === 'a' && binding.metadata.labels.theirs === 'x';
  });
});

test.run();
