// needs: cluster
// A namespace is deleted, and another user makes one of the same name: the new one inherits nothing, neither from
// old objects nor from an operator that has not yet seen the new namespace.
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../src/api/group.ts';
import type { PolicySpec } from '../../src/api/policy.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { PalisadeOperator } from '../../src/operator/operator.ts';
import { DEFAULT_DNS_PEERS } from '../../src/policy/sections/network/dns.ts';
import { FaultyProxy } from '../harness/faulty-proxy.ts';
import { KINDS } from '../harness/install.ts';
import { Palisade } from '../harness/palisade.ts';
import { until } from '../harness/until.ts';
import { spyLog } from '../kube/spy-log.ts';
import { attempt } from './attempt.ts';
import { person, untilAggregated } from './people.ts';

const palisade = await Palisade.open();
const { admin } = palisade;
const { people: home, seen, unseen } = await palisade.namespaces(['people', 'seen', 'unseen']);
test.after(() => palisade.close());
await untilAggregated(palisade);

const ofOld: PolicySpec = {
  network: {},
  podSecurity: { level: 'baseline' },
  access: { bindings: [{ profile: 'deployer', subjects: [{ kind: 'Group', name: 'old-team' }] }] },
  images: { allowed: ['registry.example.com/old/*'] },
  scan: {},
};
const ofNew: PolicySpec = {
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'new-team' }] }] },
};

const GENERATED = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding, IMAGE_SCAN];
const UNTOUCHED_LABELS = { 'kubernetes.io/metadata.name': true };

/** Every object in the namespace that a policy could have generated, as Kind/name. */
const inIt = async (namespace: string): Promise<string[]> =>
  (await Promise.all(GENERATED.map((kind) => palisade.list(kind, namespace))))
    .flat()
    // But for what makes a person of this test.
    .filter(({ metadata }) => !metadata.name.startsWith(home))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`);

const labelsOf = async (namespace: string): Promise<string[]> =>
  Object.keys((await admin.get<KubeObject>(KINDS.Namespace, namespace)).metadata.labels ?? {}).filter(
    (key) => !(key in UNTOUCHED_LABELS),
  );

const mayRead = (who: KubeClient, namespace: string) => () => who.list(CONTAINER_SECURITY_POLICY, { namespace });

// The first story: the operator sees all of it.
const operator = await palisade.operator(seen);
const oldOwner = await person(palisade, { name: 'old-owner', home, where: seen, role: 'admin' });
const bindsOldOwner: PolicySpec = {
  access: { bindings: [{ profile: 'admin', subjects: [{ kind: 'User', name: 'old-user' }] }] },
};
await palisade.apply(seen, 'web', ofOld);
await palisade.apply(seen, 'rights', bindsOldOwner);
await palisade.ready(seen, 'web');
await palisade.ready(seen, 'rights');
const before = { things: await inIt(seen), labels: await labelsOf(seen), policy: await palisade.policy(seen, 'web') };
await mayRead(oldOwner, seen)();
await palisade.recreate(seen);
const newOwner = await person(palisade, { name: 'new-owner', home, where: seen, role: 'admin' });

attempt({
  what: 'the owner of the old namespace reads the new one',
  deny: mayRead(oldOwner, seen),
  by: 'Forbidden',
  because: 'cannot list resource "containersecuritypolicies"',
  twin: mayRead(newOwner, seen),
});

test('a recreated namespace inherits no object and no label', async () => {
  assert.equal([before.things.length, before.labels.length], [4, 7], JSON.stringify(before));
  assert.equal([await inIt(seen), await labelsOf(seen)], [[], []]);
});

test('a policy of the same name gets its own objects and a new status', async () => {
  const { metadata } = await palisade.apply(seen, 'web', ofNew);
  assert.is.not(metadata.uid, before.policy.metadata.uid);
  const { status } = await palisade.ready(seen, 'web');
  assert.equal(status?.access, { roles: 0, bindings: 1 });
  assert.equal([status?.network, status?.podSecurity, status?.images], [undefined, undefined, undefined]);
  const [binding, ...others] = await palisade
    .list<KubeObject & { subjects: { name: string }[] }>(KINDS.RoleBinding, seen)
    .then((all) => all.filter(({ metadata: { ownerReferences = [] } }) => ownerReferences.length > 0));
  assert.equal(others, []);
  assert.equal(
    binding?.subjects.map(({ name }) => name),
    ['new-team'],
  );
  assert.is(binding?.metadata.ownerReferences?.[0]?.uid, metadata.uid);
  assert.equal(await labelsOf(seen), []);
});

test('a recreated namespace can have everything that the old one had', async () => {
  await palisade.apply(seen, 'web', ofOld);
  await palisade.ready(seen, 'web');
  assert.equal(await labelsOf(seen), before.labels);
  await operator.stop();
});

// The second story: the operator's watches lag behind, and what it could not write before it tries again now.
test('an operator with stale caches writes nothing into the recreated namespace, and works there once it sees the new one', async () => {
  const config = loadKubeConfig(palisade.operatorKubeconfig);
  const proxy = await FaultyProxy.inFrontOf(config);
  const { log, lines } = spyLog();
  // Cached objects are reconciled again every second.
  const settings = { namespaces: [unseen], workers: 4, resyncMs: 1000, dnsPeers: DEFAULT_DNS_PEERS };
  const lagging = new PalisadeOperator({ kubeConfig: config, settings, registry: new Registry(), log });
  try {
    await lagging.start();
    await palisade.apply(unseen, 'level', { podSecurity: { level: 'baseline' }, images: { requireDigest: true } });
    await palisade.ready(unseen, 'level');

    proxy.refuseWrites(true);
    await palisade.apply(unseen, 'level', { podSecurity: { level: 'restricted' }, images: { requireDigest: true } });
    await palisade.apply(unseen, 'web', ofOld);
    await palisade.apply(unseen, 'rights', bindsOldOwner);
    const tried = (name: string) => lines.some((line) => JSON.stringify(line).includes(`${unseen}/${name}`));
    for (const name of ['level', 'web', 'rights']) await until(`${name} was tried`, async () => tried(name));
    proxy.freeze();
    // As users do when an operator does not respond.
    const released = { metadata: { finalizers: null } };
    await admin.patch(CONTAINER_SECURITY_POLICY, 'level', released, { namespace: unseen, type: 'merge' });
    await palisade.recreate(unseen);
    for (const name of ['web', 'level']) await palisade.apply(unseen, name, ofNew);

    const asked = lines.length;
    const wrote = proxy.written.length;
    proxy.refuseWrites(false);
    for (const name of ['level', 'web', 'rights']) {
      const again = () =>
        lines.slice(asked).filter((line) => JSON.stringify(line).includes(`${unseen}/${name}`)).length;
      await until(`${name} was tried again`, async () => again() >= 2, 60_000);
    }
    // What it generates there would be collected soon, its owner being gone; until then a RoleBinding would be in force.
    // Events alone, which say what became of the old policies, cannot be kept back.
    const into = proxy.written.slice(wrote).filter((path) => path.includes(`/namespaces/${unseen}`));
    assert.equal(
      into.filter((path) => !path.includes('/events')),
      [],
    );
    assert.equal([await inIt(unseen), await labelsOf(unseen)], [[], []]);
    for (const name of ['web', 'level']) {
      const { metadata, status } = await palisade.policy(unseen, name);
      assert.equal([metadata.finalizers, status], [undefined, undefined]);
    }

    proxy.thaw();
    await palisade.ready(unseen, 'web');
    await palisade.ready(unseen, 'level');
    assert.equal(
      (await inIt(unseen)).map((thing) => thing.replace(/-[0-9a-f]{8}$/, '')),
      ['RoleBinding/level-viewer', 'RoleBinding/web-viewer'],
    );
  } finally {
    lagging.stop();
    await lagging.stopped();
    await config.close();
    await proxy.close();
  }
});

test.run();
