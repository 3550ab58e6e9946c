import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { adopt } from '../../../src/operator/adopt.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const [from, to] = [await palisade.namespace('backup'), await palisade.namespace('restored')];
await palisade.operator(from, to);
test.after(() => palisade.close());

type Any = KubeObject & Record<string, unknown>;

const spec: PolicySpec = {
  network: {
    isolate: ['Ingress'],
    allow: {
      ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }], ports: [{ port: 8080 }] }],
    },
  },
  access: {
    roles: [
      {
        name: 'logs',
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        subjects: [{ kind: 'User', name: 'eve' }],
      },
    ],
    bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }],
  },
};
const KINDS_OF_CHILDREN = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding];

const run = async (name: string, yes: boolean): Promise<{ status: number; lines: string[] }> => {
  const lines: string[] = [];
  const options = { kubeconfig: palisade.kubeconfig, policy: { namespace: to, name }, yes };
  const status = await adopt(options, (line) => lines.push(line));
  return { status, lines };
};

/** As backup tools do it: names, labels and content, without owners and managed fields. */
const restore = async (): Promise<string[]> => {
  await palisade.apply(from, 'web', spec);
  await palisade.ready(from, 'web');
  const restored: string[] = [];
  for (const kind of KINDS_OF_CHILDREN) {
    for (const { metadata, ...rest } of await palisade.list<Any>(kind, from)) {
      const { apiVersion = `${kind.group}/${kind.version}`, kind: name = kind.kind, ...content } = rest;
      const body = { apiVersion, kind: name, ...content, metadata: { name: metadata.name, labels: metadata.labels } };
      await palisade.admin.create(kind, body, { namespace: to, fieldManager: 'velero-server' });
      restored.push(`${kind.kind} ${to}/${metadata.name}`);
    }
  }
  return restored;
};
const restored = await restore();

test('all conflicts of restored objects are named at once', async () => {
  await palisade.apply(to, 'web', spec);
  const { status } = await palisade.condition(to, 'web', 'NetworkReady', 'False', 'NameConflict');
  const message = findCondition(status?.conditions, 'NetworkReady')?.message ?? '';
  const policies = restored.filter((object) => object.startsWith('NetworkPolicy'));
  assert.is(policies.length, 2);
  for (const policy of policies) assert.match(message, policy);
  const access = await palisade.condition(to, 'web', 'AccessReady', 'False', 'NameConflict');
  const rights = findCondition(access.status?.conditions, 'AccessReady')?.message ?? '';
  for (const object of restored.filter((o) => o.startsWith('Role'))) assert.match(rights, object);
  assert.match(message, `palisade adopt ${to}/web takes them over`);
});

test('adopt without --yes prints what it would take over', async () => {
  const { status, lines } = await run('web', false);
  assert.is(status, 0);
  assert.equal(
    lines.slice(0, -1).sort(),
    restored.map((object) => `would take over ${object}, written by velero-server`).sort(),
  );
  assert.match(lines.at(-1) ?? '', 'nothing was changed: add --yes');
  await palisade.condition(to, 'web', 'NetworkReady', 'False', 'NameConflict');
});

test('adopt takes over: the policy is in force, with the same objects', async () => {
  const uids = async () =>
    (await Promise.all(KINDS_OF_CHILDREN.map((kind) => palisade.list(kind, to)))).flat().map((o) => o.metadata.uid);
  const before = await uids();
  assert.is((await run('web', true)).status, 0);
  await palisade.ready(to, 'web');
  assert.equal(await uids(), before);
  assert.equal(await run('web', true), {
    status: 0,
    lines: [`ContainerSecurityPolicy ${to}/web has no name conflict: nothing to take over`],
  });
});

test('what was taken over is withdrawn with the policy', async () => {
  await palisade.deletePolicy(to, 'web');
  await until('all are gone', async () => {
    const left = await Promise.all(KINDS_OF_CHILDREN.map((kind) => palisade.names(kind, to)));
    return left.flat().length === 0;
  });
});

test('a policy that does not exist takes nothing over', async () => {
  assert.equal(await run('none', true), {
    status: 1,
    lines: [`ContainerSecurityPolicy ${to}/none does not exist: nothing can be taken over`],
  });
});

test('an object that another object controls is not taken over', async () => {
  const [first] = restored;
  const name = first?.split('/')[1] ?? '';
  const account = await palisade.admin.get<KubeObject>(KINDS.ServiceAccount, 'default', to);
  const owner = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    name: 'default',
    uid: account.metadata.uid,
    controller: true,
  };
  const body = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, ownerReferences: [owner] },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
  await palisade.admin.create(KINDS.NetworkPolicy, body, { namespace: to });
  await palisade.apply(to, 'web', spec);
  await palisade.condition(to, 'web', 'NetworkReady', 'False', 'NameConflict');
  const { status, lines } = await run('web', true);
  assert.is(status, 1);
  assert.equal(lines, [
    `NetworkPolicy ${to}/${name} is controlled by ServiceAccount default, and is not taken over: delete or rename it`,
  ]);
});

test.run();
