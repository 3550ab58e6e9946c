import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { DEFAULT_DNS_PEERS } from '../../../src/policy/sections/network/dns.ts';
import { KEEP_MS } from '../../../src/policy/sections/network/kept.ts';
import { KINDS } from '../../harness/install.ts';
import { MovedClock } from '../../harness/moved-clock.ts';
import { countsOf } from '../../harness/network-counts.ts';
import { type NetworkPolicy, Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('network');
const following = await palisade.namespace('follow');
const refused = await palisade.namespace('refused');
const selecting = await palisade.namespace('selecting');
const flapping = await palisade.namespace('flap');
const resolving = await palisade.namespace('resolve');
const clock = new MovedClock();
await palisade.operator(ns, refused, selecting);
// Services of their own, which other test files do not see: all of them follow default/kubernetes.
await palisade.operatorWithFacts(
  { clock, dnsPeers: DEFAULT_DNS_PEERS, apiServer: `${following}/kubernetes` },
  following,
);
await palisade.operatorWithFacts({ dnsPeers: DEFAULT_DNS_PEERS, apiServer: `${flapping}/kubernetes` }, flapping);
await palisade.operatorWithFacts({ clock, dnsPeers: 'auto', dnsService: `${resolving}/kube-dns` }, resolving);
test.after(() => palisade.close());

const policies = (namespace: string) => palisade.list<NetworkPolicy>(KINDS.NetworkPolicy, namespace);

test('a network section becomes NetworkPolicies, and status counts them', async () => {
  await palisade.apply(ns, 'web', {
    network: {
      allow: {
        sameNamespace: true,
        ingress: [
          { pods: { matchLabels: { app: 'web' } }, from: [{ namespaces: ['ingress-nginx'] }], ports: [{ port: 8080 }] },
        ],
        egress: [{ to: [{ cidr: '10.20.0.0/16', except: ['10.20.5.0/24'] }], ports: [{ port: 5432, endPort: 5440 }] }],
      },
    },
  });
  const { status } = await palisade.ready(ns, 'web');
  assert.equal(countsOf(status?.network), { policies: 2, ingressRules: 2, egressRules: 3 });
  const found = await policies(ns);
  const [base] = found.filter((p) => p.metadata.name.startsWith('web-base-'));
  const [narrow] = found.filter((p) => p.metadata.name.startsWith('web-ingress-'));
  assert.is(found.length, 2);
  assert.equal(base?.spec.policyTypes, ['Ingress', 'Egress']);
  assert.equal(base?.spec.ingress, [{ from: [{ podSelector: {} }] }]);
  assert.equal(narrow?.spec, {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: {} }] },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } },
            podSelector: {},
          },
        ],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ],
  });
});

test('invariant 1: the isolation of all pods is applied after the rules for some pods', async () => {
  const version = ({ metadata }: NetworkPolicy): number => Number(metadata.resourceVersion);
  const found = await policies(ns);
  const base = found.find((p) => p.metadata.name.startsWith('web-base-'));
  const narrow = found.find((p) => p.metadata.name.startsWith('web-ingress-'));
  assert.ok(base !== undefined && narrow !== undefined && version(narrow) < version(base));
});

const WEB_ONLY: PolicySpec = {
  network: {
    allow: {
      ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }], ports: [{ port: 8080 }] }],
    },
  },
};

test('invariant 1: after a refusal half-way no pod is isolated without all of its rules', async () => {
  const quota = (hard: string) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few', namespace: refused },
    spec: { hard: { 'count/networkpolicies.networking.k8s.io': hard } },
  });
  await palisade.admin.apply(KINDS.ResourceQuota, quota('1'), { fieldManager: 'test' });
  await until('the quota counts', async () => {
    const found = await palisade.admin.get<{ status?: { hard?: object } }>(KINDS.ResourceQuota, 'few', refused);
    return found.status?.hard !== undefined;
  });
  await palisade.apply(refused, 'web', WEB_ONLY);
  const { status } = await palisade.condition(refused, 'web', 'NetworkReady', 'False', 'QuotaExceeded');
  assert.match(status?.conditions?.find((c) => c.type === 'NetworkReady')?.message ?? '', 'exceeded quota: few');
  const [only, ...rest] = await policies(refused);
  assert.is(rest.length, 0);
  assert.equal(
    only?.spec.podSelector,
    { matchLabels: { app: 'web' } },
    'complete for its pods; no other pod is isolated yet',
  );
  assert.equal(
    countsOf(status?.network),
    { policies: 1, ingressRules: 1, egressRules: 0 },
    'the one that exists isolates',
  );

  await palisade.apply(refused, 'web', {});
  await palisade.condition(refused, 'web', 'Ready', 'True', 'Empty');
  assert.is((await palisade.policy(refused, 'web')).status?.network, undefined);
  await palisade.apply(refused, 'web', WEB_ONLY);
  await palisade.condition(refused, 'web', 'NetworkReady', 'False', 'QuotaExceeded');

  await palisade.admin.apply(KINDS.ResourceQuota, quota('9'), { fieldManager: 'test' });
  await palisade.apply(refused, 'web', (await palisade.policy(refused, 'web')).spec, {
    'security.palisade.dev/reconcile-requested-at': 'now',
  });
  // A retry may come before it.
  await until('the request is handled', async () => {
    const { status: handled } = await palisade.policy(refused, 'web');
    return handled?.lastHandledReconcileAt === 'now';
  });
  await palisade.ready(refused, 'web');
  assert.is((await policies(refused)).length, 2);
});

test('overlapping lists are few NetworkPolicies, and the API server stores a rule without peers as it is', async () => {
  const isIn = (...values: string[]) => ({ matchExpressions: [{ key: 'app', operator: 'In' as const, values }] });
  const to = [{ anywhere: true as const }];
  await palisade.apply(selecting, 'shop', {
    network: {
      allow: {
        egress: [
          { pods: isIn('api', 'worker', 'cron', 'admin'), to, ports: [{ port: 5432 }] },
          { pods: isIn('web', 'api', 'worker'), to, ports: [{ port: 6379 }] },
          { pods: isIn('api', 'worker', 'cron'), to, ports: [{ port: 5672 }] },
          { pods: isIn('web', 'worker', 'api', 'admin'), to, ports: [{ port: 443 }] },
          { pods: isIn('worker', 'cron'), to, ports: [{ port: 587 }] },
          { pods: isIn('web', 'api', 'admin'), to, ports: [{ port: 9200 }] },
          { pods: isIn('web', 'admin', 'worker'), to, ports: [{ port: 8443 }] },
        ],
        ingress: [{ from: [{ namespaces: ['ingress-nginx'] }, { anywhere: true }] }],
      },
    },
  });
  const { status } = await palisade.ready(selecting, 'shop');
  assert.equal(countsOf(status?.network), { policies: 6, ingressRules: 1, egressRules: 8 });
  const found = await policies(selecting);
  const base = found.find((p) => p.metadata.name.startsWith('shop-base-'));
  assert.equal(base?.spec.ingress, [{}], 'no from: everything');
  const cron = found.find((p) => JSON.stringify(p.spec.podSelector).includes('cron'));
  assert.equal(cron?.spec.podSelector, isIn('cron', 'worker'));
  const rules = (cron?.spec.egress ?? []) as { to?: object[]; ports?: { port: number }[] }[];
  const ports = rules.filter((r) => r.to === undefined).map((r) => r.ports?.[0]?.port);
  assert.equal(ports, [5432, 5672, 587]);
});

test('a rule that contradicts podSelector does not count, and is named', async () => {
  const spec = (app: string): PolicySpec => ({
    network: {
      podSelector: { matchLabels: { app: 'db' } },
      allow: { dns: false, ingress: [{ pods: { matchLabels: { app } }, from: [{ namespaces: ['shop'] }] }] },
    },
  });
  await palisade.apply(selecting, 'db', spec('web'));
  const { status } = await palisade.condition(selecting, 'db', 'NetworkReady', 'True', 'RulesWithoutEffect');
  assert.equal(countsOf(status?.network), { policies: 1, ingressRules: 0, egressRules: 0 });
  const message = status?.conditions?.find((c) => c.type === 'Ready')?.message ?? '';
  assert.match(message, 'spec.network.allow.ingress[0] has no effect: its pods contradict podSelector');
  const [only] = (await policies(selecting)).filter((p) => p.metadata.name.startsWith('db-'));
  assert.is(only?.spec.ingress, undefined, 'no rule, rather than one for every peer');

  await palisade.apply(selecting, 'db', spec('db'));
  const corrected = await palisade.condition(selecting, 'db', 'NetworkReady', 'True', 'Applied');
  assert.equal(countsOf(corrected.status?.network), { policies: 1, ingressRules: 1, egressRules: 0 });
});

const putService = (namespace: string, name: string, ports: object[], selector?: object) =>
  palisade.admin.apply<NetworkPolicy & { spec: { clusterIPs: string[] } }>(
    KINDS.Service,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports, ...(selector && { selector }) },
    },
    { fieldManager: 'test', force: true },
  );
const putSlice = (namespace: string, service: string, ports: object[], addresses: string[], ready = true) =>
  palisade.admin.apply(
    KINDS.EndpointSlice,
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${service}-test`, namespace, labels: { 'kubernetes.io/service-name': service } },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
      ports,
    },
    { fieldManager: 'test', force: true },
  );
const egressOf = async (namespace: string): Promise<string> =>
  JSON.stringify((await policies(namespace))[0]?.spec.egress);

const API_SERVER_PORTS = [{ name: 'https', port: 7443, protocol: 'TCP' }];

test('egress to the API server follows its endpoints and its Service; what vanished stays for five minutes', async () => {
  const service = await putService(following, 'kubernetes', [{ name: 'https', port: 443, protocol: 'TCP' }]);
  const put = (ready: boolean, ...addresses: string[]) =>
    putSlice(following, 'kubernetes', API_SERVER_PORTS, addresses, ready);
  const allowed = () => egressOf(following);
  await palisade.apply(following, 'client', {
    network: { isolate: ['Egress'], allow: { dns: false, apiServer: true } },
  });
  await palisade.condition(following, 'client', 'NetworkReady', 'False', 'ApiServerUnknown');
  await put(true, '192.0.2.77');
  await palisade.ready(following, 'client');
  assert.match(await allowed(), `{"ipBlock":{"cidr":"${service.object.spec.clusterIPs[0]}/32"}}`);
  assert.match(await allowed(), '192.0.2.77/32');
  assert.match(await allowed(), '"port":7443');
  assert.not.match(await allowed(), '0.0.0.0/0');

  await put(true, '192.0.2.78');
  await until('the moved endpoint is allowed', async () => (await allowed()).includes('192.0.2.78/32'));
  assert.match(await allowed(), '192.0.2.77/32', 'it may be back in a moment');
  clock.advance(KEEP_MS);
  await until('the old one is not allowed any more', async () => !(await allowed()).includes('192.0.2.77/32'));
  assert.match(await allowed(), '192.0.2.78/32');

  await put(false, '192.0.2.78');
  await palisade.condition(following, 'client', 'NetworkReady', 'False', 'ApiServerUnknown');
  assert.match(await allowed(), '192.0.2.78/32');
  clock.advance(KEEP_MS);
  await until('nothing is allowed', async () => (await allowed()) === undefined);
});

test('an API server whose address changes thirty times is no fight: each new address counts at once', async () => {
  const put = (address: string) => putSlice(flapping, 'kubernetes', API_SERVER_PORTS, [address]);
  await put('192.0.2.1');
  await palisade.apply(flapping, 'client', {
    network: { isolate: ['Egress'], allow: { dns: false, apiServer: true } },
  });
  await palisade.ready(flapping, 'client');
  for (let n = 2; n <= 31; n++) {
    await put(`192.0.2.${n}`);
    await until(`192.0.2.${n} is allowed`, async () => (await egressOf(flapping)).includes(`192.0.2.${n}/32`), 10_000);
  }
  assert.is(
    findCondition((await palisade.ready(flapping, 'client')).status?.conditions, 'NetworkReady')?.reason,
    'Applied',
  );
});

test('--dns-peers auto follows the DNS Service, and says what it found', async () => {
  const dnsMessage = async (status: string, reason: string) => {
    const policy = await palisade.condition(resolving, 'client', 'NetworkReady', status, reason);
    return findCondition(policy.status?.conditions, 'NetworkReady')?.message ?? '';
  };
  const allowed = () => egressOf(resolving);
  await palisade.apply(resolving, 'client', { network: { isolate: ['Egress'] } });
  await palisade.apply(resolving, 'silent', { network: { isolate: ['Egress'], allow: { dns: false } } });
  assert.match(
    await dnsMessage('False', 'DnsUnknown'),
    `Service ${resolving}/kube-dns of --dns-service does not exist`,
  );
  await palisade.ready(resolving, 'silent');

  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 'dns-tcp' },
    { name: 'metrics', port: 9153, protocol: 'TCP' },
  ];
  const service = await putService(resolving, 'kube-dns', ports, { dns: 'default' });
  const [ip = ''] = service.object.spec.clusterIPs;
  await until('its cluster IP is allowed', async () => (await allowed()).includes(`"${ip}/32"`));
  await until('its lack of endpoints is the reason', async () =>
    (await dnsMessage('False', 'DnsUnknown')).includes(`Service ${resolving}/kube-dns has no ready endpoint`),
  );
  const target = [
    { name: 'dns', port: 5353, protocol: 'UDP' },
    { name: 'dns-tcp', port: 5353, protocol: 'TCP' },
    { name: 'metrics', port: 9153, protocol: 'TCP' },
  ];
  await putSlice(resolving, 'kube-dns', target, ['192.0.2.53']);
  assert.match(await dnsMessage('True', 'Applied'), `DNS: Service ${resolving}/kube-dns at ${ip}`);
  const pods = `"podSelector":{"matchLabels":{"dns":"default"}}`;
  assert.match(await allowed(), pods);
  assert.match(await allowed(), '{"ports":[{"protocol":"UDP","port":5353},{"protocol":"TCP","port":5353}]');
  assert.not.match(await allowed(), '9153');

  await palisade.admin.delete(KINDS.Service, 'kube-dns', { namespace: resolving });
  await dnsMessage('False', 'DnsUnknown');
  assert.match(await allowed(), `"${ip}/32"`);
  clock.advance(KEEP_MS);
  await until(
    'the Service that is gone is not allowed any more',
    async () => !(await allowed()).includes(`"${ip}/32"`),
  );
});

test('a changed rule updates its NetworkPolicy in place', async () => {
  const before = (await policies(following))[0]?.metadata;
  await palisade.apply(following, 'client', { network: { isolate: ['Egress'], allow: { dns: false } } });
  await palisade.ready(following, 'client');
  const [after] = await policies(following);
  assert.is(after?.metadata.uid, before?.uid);
  assert.is(after?.spec.egress, undefined);
});

test('the NetworkPolicies of a removed section are deleted', async () => {
  await palisade.apply(ns, 'web', {});
  const { status } = await palisade.condition(ns, 'web', 'Ready', 'True', 'Empty');
  assert.is(status?.network, undefined);
  assert.equal(await palisade.names(KINDS.NetworkPolicy, ns), []);
});

test.run();
