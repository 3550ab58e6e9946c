import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createCaches } from '../../../../src/policy/caches.ts';
import { parseDnsSetting } from '../../../../src/policy/sections/network/dns.ts';
import { NetworkFacts } from '../../../../src/policy/sections/network/facts.ts';
import { KEEP_MS } from '../../../../src/policy/sections/network/kept.ts';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { service, slice } from './dns-platforms.ts';

let version = 1;
const meta = (name: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name, namespace, uid: name, resourceVersion: String(version++) },
});

const world = () => {
  const caches = createCaches();
  const clock = new FakeClock();
  const facts = new NetworkFacts({ caches, dns: parseDnsSetting('auto'), nameservers: [], clock });
  const changes: string[] = [];
  const stop = facts.subscribe(({ apiServer, dns }) =>
    changes.push(`${apiServer ? 'apiServer' : ''}${dns ? 'dns' : ''}`),
  );
  const endpoints = (...addresses: string[]) =>
    caches.apiServerSlices.upsert({
      ...meta('kubernetes', 'default'),
      addressType: 'IPv4',
      endpoints: addresses.map((a) => ({ addresses: [a] })),
      ports: [{ port: 6443 }],
    });
  const cidrs = () => facts.current.context.apiServer.flatMap((e) => e.cidrs);
  return { caches, clock, facts, changes, stop, endpoints, cidrs };
};

test('a new address counts at once; one that vanished leaves after five minutes, with notice', async () => {
  const { clock, changes, endpoints, cidrs } = world();
  endpoints('10.0.0.1');
  assert.equal([cidrs(), changes], [['10.0.0.1/32'], ['apiServer']]);
  endpoints('10.0.0.2');
  assert.equal([cidrs(), changes.length], [['10.0.0.1/32', '10.0.0.2/32'], 2]);
  await clock.advance(KEEP_MS - 1);
  assert.equal([cidrs(), changes.length], [['10.0.0.1/32', '10.0.0.2/32'], 2]);
  await clock.advance(1);
  assert.equal([cidrs(), changes], [['10.0.0.2/32'], ['apiServer', 'apiServer', 'apiServer']]);
  assert.is(clock.pending, 0);
});

test('an API server that flaps is one change of the rules', () => {
  const { changes, endpoints, cidrs } = world();
  endpoints('10.0.0.1', '10.0.0.2');
  for (let i = 0; i < 50; i++) {
    endpoints('10.0.0.1');
    endpoints('10.0.0.2', '10.0.0.1');
  }
  assert.equal([cidrs(), changes], [['10.0.0.1/32', '10.0.0.2/32'], ['apiServer']]);
});

test('without a ready endpoint the addresses stay for a while, and are said to be unknown at once', async () => {
  const { facts, clock, changes, endpoints, cidrs } = world();
  assert.is(facts.current.apiServerKnown, false);
  endpoints('10.0.0.1');
  assert.is(facts.current.apiServerKnown, true);
  endpoints();
  assert.equal([facts.current.apiServerKnown, cidrs(), changes.length], [false, ['10.0.0.1/32'], 2]);
  await clock.advance(KEEP_MS);
  assert.equal([facts.current.apiServerKnown, cidrs(), changes.length], [false, [], 3]);
});

test('the DNS Service is followed; its pods come and go without a change', async () => {
  const { caches, clock, facts, changes } = world();
  const ips = () => JSON.stringify(facts.current.context.dnsPeers.flatMap(({ peer }) => peer.ipBlock?.cidr ?? []));
  const put = (clusterIP: string) =>
    caches.dnsServices.upsert({ ...service({ clusterIPs: [clusterIP] }), ...meta('kube-dns', 'kube-system') });
  const run = (...addresses: string[]) => {
    const { metadata, ...rest } = slice(addresses);
    const made = meta('kube-dns-x', 'kube-system');
    caches.dnsSlices.upsert({
      ...made,
      ...rest,
      metadata: { ...made.metadata, ...(metadata.labels && { labels: metadata.labels }) },
    });
  };
  put('10.96.0.10');
  assert.match(ips(), '10.96.0.10/32');
  assert.is(facts.current.dns.state, 'Unknown');
  run('10.244.0.2');
  assert.is(facts.current.dns.state, 'Found');
  assert.equal(changes, ['dns', 'dns']);
  for (const n of [3, 4, 5]) run(`10.244.0.${n}`, '10.244.0.9');
  assert.is(changes.length, 2);
  put('10.96.0.11');
  assert.match(ips(), '10.96.0.11/32');
  assert.match(ips(), '10.96.0.10/32', 'pods that started before ask there');
  await clock.advance(KEEP_MS);
  assert.not.match(ips(), '10.96.0.10/32');
});

test('without a handler no timer keeps the process, and the time counts all the same', async () => {
  const { clock, stop, changes, endpoints, cidrs } = world();
  endpoints('10.0.0.1');
  endpoints('10.0.0.2');
  assert.is(clock.pending, 1);
  stop();
  assert.is(clock.pending, 0);
  await clock.advance(KEEP_MS);
  assert.equal([cidrs(), changes.length], [['10.0.0.2/32'], 2]);
  assert.is(clock.pending, 0);
});

test.run();
