// needs: cluster
import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ContainerSecurityPolicy, NetworkSection } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade, type RunningOperator } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const { books, monitoring } = await palisade.namespaces(['books', 'monitoring']);
test.after(() => palisade.close());

const file = async (name: string): Promise<string> =>
  await readFile(new URL(`../../reach/findings/six-mistakes/${name}.yaml`, import.meta.url), 'utf8');
/** The namespaces of this run have other names, and the misspelled one has one letter less of them. */
const networkOf = (text: string): NetworkSection =>
  parse(
    text
      .replaceAll('[monitoring]', `[${monitoring}]`)
      .replaceAll('[monitorng]', `[${monitoring.replace('ing', 'ng')}]`),
  ).spec.network;
const [wrong, right] = [networkOf(await file('wrong')), networkOf(await file('right'))];

const create = async (resource: keyof typeof KINDS, body: object): Promise<void> => {
  const { group, version, kind } = KINDS[resource];
  const apiVersion = group === '' ? version : `${group}/${version}`;
  await palisade.admin.create(KINDS[resource], { apiVersion, kind, ...body }, { namespace: books });
};
const ports = { web: [['http', 8080]], api: [['http', 3000]], db: [['pg', 5432]] } as const;
const podSpec = (declared: readonly (readonly [string, number])[]) => ({
  containers: [{ name: 'c', image: 'i', ports: declared.map(([name, containerPort]) => ({ name, containerPort })) }],
});
const metrics = ['metrics', 9100] as const;
for (const [app, declared] of Object.entries(ports)) {
  const all = app === 'db' ? declared : [...declared, metrics];
  await create('Pod', { metadata: { name: `${app}-1`, labels: { app } }, spec: podSpec(all) });
  const [[, targetPort]] = declared;
  const spec = { selector: { app }, ports: [{ port: app === 'db' ? targetPort : 80, targetPort }] };
  await create('Service', { metadata: { name: app }, spec });
}
await create('CronJob', {
  metadata: { name: 'report' },
  spec: {
    schedule: '0 3 * * *',
    jobTemplate: {
      spec: { template: { metadata: { labels: { app: 'report' } }, spec: { ...podSpec([]), restartPolicy: 'Never' } } },
    },
  },
});
for (const app of ['prometheus', 'ingress']) await palisade.pod(monitoring, `${app}-1`, { labels: { app } });
let operator: RunningOperator = await palisade.operator(books, monitoring);

type Warnings = NonNullable<NonNullable<ContainerSecurityPolicy['status']>['network']>['warnings'];
const briefly = (warnings: Warnings = []): string[] =>
  warnings.map(
    ({ reason, rule = '', message }) => `${reason} ${rule === '' ? message.split(' ').slice(0, 2).join(' ') : rule}`,
  );
const keys = (warnings: Warnings): string[] => [...new Set(briefly(warnings))];

/** Waits until the policy has the warnings, in mode Audit those of its preview. */
const warned = async (mode: 'Audit' | 'Enforce', expected: readonly string[]): Promise<ContainerSecurityPolicy> => {
  let seen: string[] = [];
  const policy = await until(`the warnings are ${expected.join(', ')}`, async () => {
    const now = await palisade.policy(books, 'books');
    const { status } = now;
    seen = keys((mode === 'Audit' ? status?.preview : status?.network)?.warnings);
    const isCurrent = findCondition(status?.conditions, 'Ready')?.observedGeneration === now.metadata.generation;
    return isCurrent && JSON.stringify(seen) === JSON.stringify(expected) ? now : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; last seen: ${seen.join(', ')}`);
  });
  assert.is(findCondition(policy.status?.conditions, 'Ready')?.status, 'True');
  return policy;
};

const SIX = [
  `ServiceUnreachable Service ${books}/api`,
  `ServiceUnreachable Service ${books}/web`,
  'PortNotDeclared ingress[0] "visitors"',
  'PortNotDeclared ingress[1] "web calls api"',
  'PortNotDeclared egress[0] "web calls api"',
  'PortNameUnknown ingress[3] "prometheus"',
  'NamespaceNotFound ingress[3] "prometheus"',
  'SelectsNoPod ingress[2] "database"',
  'OneSided ingress[2] "database"',
  'OneSided egress[1] "report"',
];

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly type: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

/** The warnings that Events tell of, each as often as it was told. */
const told = async (): Promise<string[]> => {
  const { items } = await palisade.admin.list<Told>(KINDS.Event, { namespace: books });
  const own = items.filter(({ regarding, type }) => regarding.name === 'books' && type === 'Warning');
  return own.flatMap(({ reason, note, series }) => Array(series?.count ?? 1).fill(`${reason} ${note}`)).sort();
};
let first: string[] = [];

test('mode Audit: each of the six mistakes has its warning with the cure, what would be lost, and one Event', async () => {
  await palisade.apply(books, 'books', { mode: 'Audit', network: wrong });
  const { status } = await warned('Audit', SIX);
  const { warnings = [], wouldLose = [] } = status?.preview ?? {};
  assert.is(status?.warnings, warnings.length);
  const message = (key: string) => warnings.find((one) => briefly([one])[0] === key)?.message ?? '';
  assert.match(message(SIX[2]!), `Service ${books}/web maps 80 to 8080: write 8080`);
  assert.match(message(SIX[5]!), 'write metrics');
  assert.match(message(SIX[6]!), `write ${monitoring}`);
  assert.match(message(SIX[7]!), 'write app: report');
  assert.ok(
    wouldLose.some((one) => one.startsWith(`Pod ${books}/db-1 would no longer be reachable at port 5432 from `)),
    wouldLose.join('\n'),
  );
  await until('each has its Event', async () => (await told()).length >= warnings.length);
  first = await told();
  const expected = warnings.map(
    ({ reason, rule, message: text }) => `${reason} ${rule === undefined ? '' : `${rule}: `}${text}`,
  );
  assert.equal(first, expected.sort());
});

test('mode Enforce: the same warnings about the rules in force, Ready is True, and no Event again', async () => {
  await palisade.apply(books, 'books', { network: wrong });
  const { status } = await warned('Enforce', SIX);
  assert.is(status?.preview, undefined);
  assert.equal(await told(), first);
});

/** Another policy shows that everything was checked once. */
const checkedOnce = async (name: string): Promise<void> => {
  await palisade.apply(monitoring, name, {
    network: {
      podSelector: { matchLabels: { app: 'prometheus' } },
      allow: { ingress: [{ from: [{ pods: { matchLabels: { app: 'ingres' } } }] }] },
    },
  });
  await until(`${name} is warned`, async () => (await palisade.policy(monitoring, name)).status?.warnings === 1);
};

test('a restart writes nothing, and tells nothing again', async () => {
  await operator.stop();
  const before = (await palisade.policy(books, 'books')).metadata.resourceVersion;
  operator = await palisade.operator(books, monitoring);
  await checkedOnce('other');
  assert.is((await palisade.policy(books, 'books')).metadata.resourceVersion, before);
  assert.equal(await told(), first);
  await palisade.deletePolicy(monitoring, 'other');
});

type Allow = Required<NonNullable<NetworkSection['allow']>>;
const fixes: [what: string, fix: (allow: Allow) => void, gone: string[]][] = [
  [
    "the pod's port of web",
    ({ ingress }) => {
      ingress[0]!.ports = [{ port: 8080 }];
    },
    [SIX[1]!, SIX[2]!],
  ],
  [
    "the pod's port of api, at both ends",
    ({ ingress, egress }) => {
      ingress[1]!.ports = [{ port: 3000 }];
      egress[0]!.ports = [{ port: 3000 }];
    },
    [SIX[0]!, SIX[3]!, SIX[4]!],
  ],
  [
    'the name of the port',
    ({ ingress }) => {
      ingress[3]!.ports = [{ port: 'metrics' }];
    },
    [SIX[5]!],
  ],
  [
    'the name of the namespace',
    ({ ingress }) => {
      ingress[3]!.from = right.allow!.ingress![3]!.from;
    },
    [SIX[6]!],
  ],
  [
    'the label',
    ({ ingress }) => {
      ingress[2]!.from = right.allow!.ingress![2]!.from;
    },
    [SIX[7]!],
  ],
  [
    'the other end of both connections',
    ({ ingress, egress }) => {
      egress.push({
        pods: { matchLabels: { app: 'api' } },
        to: [{ pods: { matchLabels: { app: 'db' } } }],
        ports: [{ port: 5432 }],
      });
      ingress.push({ pods: { matchLabels: { app: 'api' } }, from: [{ pods: { matchLabels: { app: 'report' } } }] });
    },
    [SIX[8]!, SIX[9]!],
  ],
];

test('each fix makes its warning vanish, and at the end none is left', async () => {
  const network = structuredClone(wrong);
  let left = SIX;
  for (const [, fix, gone] of fixes) {
    fix(network.allow as Allow);
    left = left.filter((key) => !gone.includes(key));
    await palisade.apply(books, 'books', { network });
    await warned('Enforce', left);
  }
  assert.equal(left, []);
  assert.equal(await told(), first, 'nothing new was told');
});

test('warnings follow the cluster: a NetworkPolicy of others, and a pod that is gone', async () => {
  await create('NetworkPolicy', {
    metadata: { name: 'legacy' },
    spec: { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Egress'] },
  });
  await palisade.admin.create(
    KINDS.NetworkPolicy,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'closed' },
      spec: { podSelector: {}, policyTypes: ['Egress'] },
    },
    { namespace: monitoring },
  );
  const { status } = await warned('Enforce', ['OneSided ingress[0] "visitors"', 'OneSided ingress[3] "prometheus"']);
  assert.match(status?.network?.warnings?.[0]?.message ?? '', `NetworkPolicy ${monitoring}/closed denies it`);
  await palisade.admin.delete(KINDS.NetworkPolicy, 'closed', { namespace: monitoring });
  await warned('Enforce', []);
  await palisade.admin.delete(KINDS.Pod, 'prometheus-1', { namespace: monitoring, gracePeriodSeconds: 0 } as never);
  await warned('Enforce', ['SelectsNoPod ingress[3] "prometheus"']);
});

test('a proposal: the rules in force and the proposed ones have their own warnings, and what it takes away would be lost', async () => {
  const proposed = { network: { ...right, allow: { ...right.allow, ingress: right.allow!.ingress!.slice(0, 2) } } };
  await palisade.apply(books, 'books', { network: right, proposed });
  const { preview, network } = await until('the proposal is previewed', async () => {
    const { status } = await palisade.policy(books, 'books');
    return status?.preview?.wouldLose === undefined ? undefined : status;
  });
  assert.equal(keys(network?.warnings), ['SelectsNoPod ingress[3] "prometheus"']);
  assert.ok(
    preview?.wouldLose?.some((one) => one.startsWith(`Pod ${books}/db-1 would no longer be reachable at port 5432`)),
  );
});

test.run();
