// suite: tools
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatSuggestion } from '../../../src/cli/suggest/format.ts';
import { type Suggested, suggestPolicies } from '../../../src/cli/suggest/policies.ts';
import { suggested } from './worlds.ts';

const workload = (name: string, labels: object, more: { env?: object[]; account?: string; port?: number } = {}) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' } },
  spec: {
    template: {
      metadata: { labels },
      spec: {
        ...(more.account !== undefined && { serviceAccountName: more.account }),
        containers: [{ name: 'c', env: more.env ?? [], ports: [{ containerPort: more.port ?? 8080 }] }],
      },
    },
  },
});

const service = (name: string, selector: object, port = 80) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' } },
  spec: { selector, ports: [{ port, targetPort: 8080 }] },
});

const env = (...hosts: string[]) => hosts.map((value, n) => ({ name: `H${n}_HOST`, value }));

const suggest = (objects: readonly object[]): Suggested[] =>
  suggestPolicies(suggested(objects.map((object) => JSON.stringify(object)).join('\n---\n'), 'shop'));

const rulesOf = ({ policy }: Suggested) => policy.spec.network.allow;
const gapsOf = (all: readonly Suggested[]): string[] => all.flatMap(({ gaps }) => gaps.map(({ text }) => text));

test('a selector has just the pods of its workload', () => {
  const [main] = suggest([
    workload('web', { app: 'shop' }, { env: env('db') }),
    workload('db', { app: 'shop', tier: 'db' }),
    workload('old', { app: 'shop', tier: 'old' }),
    service('db', { app: 'shop', tier: 'db' }),
  ]);
  const [rule, ...more] = rulesOf(main!)?.ingress ?? [];
  assert.equal(more, []);
  assert.equal(rule?.pods, { matchLabels: { app: 'shop', tier: 'db' } });
  assert.equal(rule?.from, [
    { pods: { matchLabels: { app: 'shop' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } },
  ]);
});

test('pods that nothing tells apart share their rules, and that is said', () => {
  const all = suggest([
    workload('a', { app: 'x' }, { env: env('b') }),
    workload('b', { app: 'x' }),
    workload('c', {}),
    service('b', { app: 'x' }),
  ]);
  const gaps = gapsOf(all);
  assert.ok(
    gaps.includes(
      'the labels of Deployment a select the pods of Deployment b too, so its rules are theirs as well: give it a label of its own',
    ),
    gaps.join('\n'),
  );
  assert.ok(gaps.some((text) => text.startsWith('Deployment c has no label that lasts')));
});

const binding = (account: string) => ({
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'r', namespace: 'shop' } },
  subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'shop' }],
});

test('only workloads that use the API server may reach it', () => {
  const all = suggest([
    workload('web', { app: 'web' }),
    workload('op', { app: 'op' }, { account: 'op' }),
    binding('op'),
  ]);
  assert.equal(
    all.map(({ policy }) => [
      policy.metadata.name,
      policy.spec.network.podSelector,
      policy.spec.network.allow?.apiServer,
    ]),
    [
      ['suggested', undefined, undefined],
      ['suggested-api-server', { matchLabels: { app: 'op' } }, true],
    ],
  );
  assert.equal(all[1]?.reasons, ['API server: Deployment op: RoleBinding r grants rights to ServiceAccount op']);
  const [only, ...none] = suggest([workload('op', { app: 'op' }, { account: 'op' }), binding('op')]);
  assert.equal([only?.policy.spec.network.allow?.apiServer, none], [true, []]);
  const group = { ...binding('x'), subjects: [{ kind: 'Group', name: 'system:serviceaccounts' }] };
  assert.is(suggest([workload('op', { app: 'op' }), group])[0]?.policy.spec.network.allow?.apiServer, undefined);
});

const existing = (name: string, mode: string) => ({
  ...{
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    metadata: { name, namespace: 'shop' },
  },
  spec: { mode },
});

test('the name is that of no policy in force', () => {
  const nameWith = (...more: object[]) => suggest([workload('web', { app: 'web' }), ...more])[0]?.policy.metadata.name;
  assert.is(nameWith(existing('suggested', 'Audit')), 'suggested');
  assert.is(nameWith(existing('suggested', 'Enforce')), 'suggested-2');
  assert.is(nameWith(existing('suggested-api-server', 'Enforce')), 'suggested-2');
});

test('more rules than one policy may have are several policies', () => {
  const names = Array.from({ length: 70 }, (_, n) => `s${n}`);
  const all = suggest([
    workload('web', { app: 'web' }, { env: env(...names) }),
    workload('db', { app: 'db' }, { env: env('web') }),
    service('web', { app: 'web' }),
    ...names.flatMap((name) => [workload(name, { app: name }), service(name, { app: name })]),
  ]);
  assert.equal(
    all.map((one) => [one.policy.metadata.name, rulesOf(one)?.ingress?.length, rulesOf(one)?.egress?.length]),
    [
      ['suggested', 64, 64],
      ['suggested-2', 7, 7],
    ],
  );
});

test('workloads whose labels have nothing in common need no more NetworkPolicies than rules', () => {
  const names = Array.from({ length: 9 }, (_, n) => `n${n}`);
  const [main] = suggest([
    workload('web', { web: '1' }, { env: env(...names) }),
    ...names.flatMap((name) => [workload(name, { [name]: '1' }), service(name, { [name]: '1' })]),
  ]);
  assert.is(rulesOf(main!)?.ingress?.length, 9);
});

test('the same objects in any order give the same text, whose lines are bounded', () => {
  const objects = [
    workload(
      'web',
      { app: 'web' },
      { env: [...env('db', 'cache', 'x'), { name: 'U', value: `http://${'a'.repeat(60)}.example.com` }] },
    ),
    workload('db', { app: 'db' }),
    workload('cache', { app: 'cache' }, { env: env('db') }),
    service('db', { app: 'db' }),
    service('cache', { app: 'cache' }, 6379),
    service('idle', { app: 'web' }),
  ];
  const textOf = (of: readonly object[]) =>
    formatSuggestion(suggest(of), { namespace: 'shop', workloads: 3, unread: [] });
  const text = textOf(objects);
  assert.is(textOf(objects.toReversed()), text);
  assert.match(text, 'Service idle at port 80: no client was found');
  const comments = text.split('\n').filter((line) => line.trim().startsWith('#'));
  assert.ok(
    comments.every((line) => line.length < 130),
    text,
  );
});

test.run();
