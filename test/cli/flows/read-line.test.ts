import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ObservedFlow, SkipReason } from '../../../src/cli/flows/observed.ts';
import { readLine } from '../../../src/cli/flows/read-line.ts';
import { API, conntrack, felix, goldmane, hubble, WEB, WORLD } from './samples.ts';

const web = {
  ...{ address: '10.0.1.235', namespace: 'shop', pod: 'web-1', workload: { kind: 'Deployment', name: 'web' } },
  labels: { app: 'web' },
};
const api = {
  ...{ address: '10.0.0.21', namespace: 'shop', pod: 'api-1', workload: { kind: 'Deployment', name: 'api' } },
  labels: { app: 'api' },
};
const FIRST = Date.parse('2026-02-24T08:43:39.070Z');
const seen = { verdict: 'Forwarded', count: 1, reporter: 'Source', time: FIRST } as const;

const bare = (line: string): string => JSON.stringify(JSON.parse(line).flow);
const host = { ip: '10.0.0.9', labels: ['reserved:host'] };
const remote = { ip: '10.0.0.8', labels: ['reserved:kube-apiserver', 'reserved:remote-node'] };
const PREFIXES = { source_name: undefined, dest_name: undefined };

const flows: [name: string, line: string, expected: ObservedFlow][] = [
  ['Hubble', hubble(WEB, API, 3000), { source: web, destination: api, port: 3000, protocol: 'TCP', ...seen }],
  [
    'Hubble, bare',
    bare(hubble(WEB, API, 3000)),
    { source: web, destination: api, port: 3000, protocol: 'TCP', ...seen },
  ],
  [
    'Hubble, to an address outside over UDP',
    hubble(WEB, WORLD, 443, {}, 'UDP'),
    {
      ...{ source: web, destination: { address: '93.184.216.34', outside: 'World' }, port: 443, protocol: 'UDP' },
      ...seen,
    },
  ],
  [
    'Hubble, to a Service that a destination names',
    hubble(WEB, { ip: '10.96.0.7', labels: ['reserved:world'] }, 80, {
      destination_service: { name: 'api', namespace: 'shop' },
    }),
    {
      source: web,
      destination: { address: '10.96.0.7', outside: 'World', service: { namespace: 'shop', name: 'api' } },
      ...{ port: 80, protocol: 'TCP' },
      ...seen,
    },
  ],
  [
    'Hubble, from a node',
    hubble(host, API, 3000),
    {
      ...{ source: { address: '10.0.0.9', outside: 'Node', node: 'node-1' }, destination: api },
      ...{ port: 3000, protocol: 'TCP', ...seen },
    },
  ],
  [
    'Hubble, from a node to its own pod',
    hubble(host, API, 3000, { traffic_direction: 'INGRESS' }),
    {
      ...{ source: { address: '10.0.0.9', outside: 'OwnNode', node: 'node-1' }, destination: api },
      ...{ port: 3000, protocol: 'TCP', ...seen, reporter: 'Destination' },
    },
  ],
  [
    'Hubble, delivered to a pod of the same node',
    hubble(WEB, API, 3000, { trace_observation_point: 'TO_ENDPOINT' }),
    { source: web, destination: api, port: 3000, protocol: 'TCP', ...seen, reporter: 'Destination' },
  ],
  [
    'Hubble, from another node with the API server',
    hubble(remote, API, 3000),
    { source: { address: '10.0.0.8', outside: 'Node' }, destination: api, port: 3000, protocol: 'TCP', ...seen },
  ],
  [
    'Hubble, dropped, which does not know whether it is a reply',
    hubble(WEB, API, 80, { verdict: 'DROPPED', is_reply: undefined, drop_reason_desc: 'POLICY_DENIED' }),
    { source: web, destination: api, port: 80, protocol: 'TCP', ...seen, verdict: 'Denied' },
  ],
  [
    'Hubble, a policy verdict in audit mode at the destination',
    hubble(WEB, API, 80, {
      verdict: 'AUDIT',
      is_reply: undefined,
      event_type: { type: 5 },
      traffic_direction: 'INGRESS',
    }),
    { source: web, destination: api, port: 80, protocol: 'TCP', ...seen, reporter: 'Destination' },
  ],
  [
    'Hubble, a request that the proxy saw',
    hubble(WEB, API, 80, { verdict: 'REDIRECTED', Type: 'L7', l7: { type: 'REQUEST', http: { method: 'GET' } } }),
    { source: web, destination: api, port: 80, protocol: 'TCP', ...seen },
  ],
  [
    'Hubble, with numbers for names, and IPv6 of a pod that is known by labels only',
    hubble({ ip: 'fd00::1', pod: 'shop/', labels: ['k8s:app=web', 'any:x=y'] }, API, 80, { verdict: 1 }, 'SCTP'),
    {
      ...{ source: { address: 'fd00::1', namespace: 'shop', labels: { app: 'web' } }, destination: api },
      ...{ port: 80, protocol: 'SCTP', ...seen },
    },
  ],
  [
    'Felix',
    felix(),
    {
      source: {
        ...{ address: '10.48.116.157', namespace: 'shop', pod: 'web-1' },
        labels: { app: 'web', 'pod-template-hash': '598d5b586d' },
      },
      destination: {
        ...{ address: '10.48.127.224', namespace: 'shop', podPrefix: 'api-598d5b586d-', labels: { app: 'api' } },
        service: { namespace: 'shop', name: 'api' },
      },
      ...{ port: 3000, protocol: 'TCP', verdict: 'Forwarded', count: 2, reporter: 'Source', time: 1659621842000 },
    },
  ],
  [
    'Felix, from a host to the internet, denied, as Elasticsearch exports it',
    JSON.stringify({
      _index: 'tigera_secure_ee_flows',
      _source: JSON.parse(
        felix({
          ...{ source_type: 'hep', source_name: '-', source_name_aggr: 'node-1-auto-hep', source_namespace: '-' },
          ...{ dest_type: 'net', dest_ip: '93.184.216.34', dest_name_aggr: 'pub', dest_namespace: '-', proto: 17 },
          ...{ dest_service_name: '-', action: 'deny', reporter: 'dst' },
        }),
      ),
    }),
    {
      source: { address: '10.48.116.157', outside: 'Node', node: 'node-1' },
      destination: { address: '93.184.216.34', outside: 'World' },
      ...{ port: 3000, protocol: 'UDP', verdict: 'Denied', count: 2, reporter: 'Destination', time: 1659621842000 },
    },
  ],
  [
    'Whisker, as a stream of server-sent events',
    `data: ${felix({
      ...{ start_time: '2025-03-26T14:40:00Z', end_time: '2025-03-26T14:40:15Z', action: 'Allow', reporter: 'Dst' },
      ...{ ...PREFIXES, source_name_aggr: undefined, source_type: undefined, source_ip: undefined },
      ...{
        source_name: 'PRIVATE NETWORK',
        source_namespace: '-',
        source_labels: '',
        num_flows: undefined,
        dest_type: undefined,
      },
      ...{ dest_labels: 'app=api | tier=back', dest_ip: undefined, dest_service_name: undefined },
      ...{ proto: undefined, protocol: 'tcp' },
    })}`,
    {
      source: { outside: 'Private' },
      destination: { namespace: 'shop', podPrefix: 'api-598d5b586d-', labels: { app: 'api', tier: 'back' } },
      ...{ port: 3000, protocol: 'TCP', verdict: 'Forwarded', count: 1, reporter: 'Destination', time: 1743000015000 },
    },
  ],
  [
    'Whisker, to a host, which has no type there',
    felix({
      ...{ source_type: undefined, source_namespace: 'shop', dest_type: undefined, dest_namespace: 'Global' },
      ...{ dest_name: 'node-1', dest_ip: undefined, dest_service_name: undefined, action: 'Allow' },
    }),
    {
      source: {
        ...{ address: '10.48.116.157', namespace: 'shop', pod: 'web-1' },
        labels: { app: 'web', 'pod-template-hash': '598d5b586d' },
      },
      destination: { outside: 'Private' },
      ...{ port: 3000, protocol: 'TCP', verdict: 'Forwarded', count: 2, reporter: 'Source', time: 1659621842000 },
    },
  ],
  [
    'Goldmane',
    JSON.stringify(goldmane()),
    {
      source: { namespace: 'shop', podPrefix: 'web-755cdc7957-', labels: { app: 'web' } },
      destination: { namespace: 'shop', pod: 'db-0', labels: { app: 'db' } },
      ...{ port: 5432, protocol: 'TCP', verdict: 'Forwarded', count: 3, reporter: 'Destination', time: 1743000015000 },
    },
  ],
  [
    "Goldmane, as its emitter writes it, in an API's result",
    JSON.stringify({
      id: '7',
      flow: {
        Key: {
          ...{ source_name: 'pub', source_type: 4, dest_name: 'web-755cdc7957-*', dest_namespace: 'shop' },
          ...{ dest_type: 1, dest_port: 8080, proto: 'tcp', reporter: 2, action: 2 },
        },
        ...{ start_time: 1743000000, end_time: 1743000015 },
      },
    }),
    {
      source: { outside: 'World' },
      destination: { namespace: 'shop', podPrefix: 'web-755cdc7957-' },
      ...{ port: 8080, protocol: 'TCP', verdict: 'Denied', count: 1, reporter: 'Destination', time: 1743000015000 },
    },
  ],
  [
    'conntrack, through a Service',
    conntrack(['10.0.1.5', 49832], ['10.96.0.7', 80], ['10.0.1.6', 3000]),
    {
      ...{ source: { address: '10.0.1.5' }, destination: { address: '10.0.1.6' }, port: 3000, protocol: 'TCP' },
      ...{ verdict: 'Forwarded', count: 1 },
    },
  ],
  [
    'conntrack -o extended, IPv6, with counters, from a pod behind the address of its node',
    'ipv6     10 tcp      6 117 TIME_WAIT src=fd00::5 dst=2001:db8::1 sport=40522 dport=443 packets=9 bytes=702 src=2001:db8::1 dst=fd01::1 sport=443 dport=40522 packets=7 bytes=80 [ASSURED] mark=0 zone=0 use=2',
    {
      ...{ source: { address: 'fd00::5' }, destination: { address: '2001:db8::1' }, port: 443, protocol: 'TCP' },
      ...{ verdict: 'Forwarded', count: 1 },
    },
  ],
  [
    'conntrack, a datagram that needs no answer, of a protocol with a number only',
    'unknown  17 29 src=10.0.1.5 dst=10.0.1.9 sport=5353 dport=8125 [UNREPLIED] src=10.0.1.9 dst=10.0.1.5 sport=8125 dport=5353 mark=0 secctx=system_u:object_r:unlabeled_t:s0 use=1',
    {
      ...{ source: { address: '10.0.1.5' }, destination: { address: '10.0.1.9' }, port: 8125, protocol: 'UDP' },
      ...{ verdict: 'Forwarded', count: 1 },
    },
  ],
  [
    'conntrack -E, at its end',
    '[DESTROY] tcp      6 FIN_WAIT src=10.0.1.5 dst=10.96.0.7 sport=63482 dport=80 packets=10 bytes=1415 src=10.0.1.9 dst=10.0.1.5 sport=8080 dport=63482 packets=11 bytes=6343 [ASSURED] mark=92274785 delta-time=0',
    {
      ...{ source: { address: '10.0.1.5' }, destination: { address: '10.0.1.9' }, port: 8080, protocol: 'TCP' },
      ...{ verdict: 'Forwarded', count: 1 },
    },
  ],
  [
    'conntrack -E, offloaded: no timeout and no state',
    ' [1743000000.123456]\t [NEW] sctp 132 src=10.0.1.5 dst=10.0.1.9 sport=1 dport=38412 src=10.0.1.9 dst=10.0.1.5 sport=38412 dport=1 [OFFLOAD] mark=0 use=2',
    {
      ...{ source: { address: '10.0.1.5' }, destination: { address: '10.0.1.9' }, port: 38412, protocol: 'SCTP' },
      ...{ verdict: 'Forwarded', count: 1 },
    },
  ],
];

for (const [name, line, expected] of flows) {
  test(`a flow of ${name}`, () => {
    assert.equal(readLine(line), [{ flow: expected }]);
  });
}

const ICMP = { l4: { ICMPv4: { type: 8, code: 0 } } };

const skipped: [name: string, line: string, reason: SkipReason][] = [
  ['a reply', hubble(API, WEB, 58012, { is_reply: true }), 'Reply'],
  ['a reply of an older Hubble', hubble(API, WEB, 58012, { is_reply: undefined, reply: true }), 'Reply'],
  [
    'a reply by its flags',
    hubble(API, WEB, 58012, {
      is_reply: undefined,
      l4: { TCP: { destination_port: 58012, flags: { SYN: true, ACK: true } } },
    }),
    'Reply',
  ],
  ['a response that the proxy saw', hubble(API, WEB, 80, { is_reply: undefined, l7: { type: 'RESPONSE' } }), 'Reply'],
  [
    'a packet of unknown direction',
    hubble(WEB, API, 80, { is_reply: undefined, l4: { TCP: { destination_port: 80, flags: { ACK: true } } } }),
    'DirectionUnknown',
  ],
  ['a ping', hubble(WEB, API, 0, ICMP), 'Protocol'],
  ['a flow without layer 4', hubble(WEB, API, 0, { l4: undefined }), 'NoPort'],
  ['a socket before its translation', hubble(WEB, API, 80, { verdict: 'TRACED', Type: 'SOCK' }), 'Translation'],
  ['a socket after its translation', hubble(WEB, API, 80, { verdict: 'TRANSLATED', Type: 'SOCK' }), 'Translation'],
  ['a flow without a verdict', hubble(WEB, API, 80, { verdict: 'VERDICT_UNKNOWN' }), 'NoVerdict'],
  ['the connection of a host to itself', hubble({ ip: '127.0.0.1' }, { ip: '127.0.0.1' }, 80), 'Local'],
  ['lost events', '{"lost_events":{"source":"HUBBLE_RING_BUFFER","num_events_lost":"12"},"node_name":"n"}', 'Lost'],
  ['the status of a node', '{"node_status":{"state_change":"NODE_CONNECTED","node_names":["n"]}}', 'OtherEvent'],
  ['a rule that passes', felix({ action: 'pass' }), 'NoVerdict'],
  ['a ping of Calico', felix({ proto: 'icmp', dest_port: 0 }), 'Protocol'],
  ['aggregated ports', felix({ dest_port: null }), 'NoPort'],
  [
    'a connection that nobody answers',
    'tcp      6 119 SYN_SENT src=10.244.0.143 dst=10.0.0.5 sport=54718 dport=443 [UNREPLIED] src=10.0.0.5 dst=10.244.0.143 sport=443 dport=54718 mark=0 use=1',
    'Unanswered',
  ],
  [
    'a ping of conntrack',
    'icmp     1 29 src=10.8.1.2 dst=1.1.1.1 type=8 code=0 id=1 src=1.1.1.1 dst=203.0.113.10 type=0 code=0 id=1 mark=0 use=1',
    'Protocol',
  ],
  [
    'a broadcast',
    'udp      17 42 src=10.8.1.2 dst=255.255.255.255 sport=68 dport=67 [UNREPLIED] src=255.255.255.255 dst=10.8.1.2 sport=67 dport=68 mark=0 use=1',
    'Local',
  ],
  ['the last line of conntrack', 'conntrack v1.4.8 (conntrack-tools): 212 flow entries have been shown.', 'OtherEvent'],
];

for (const [name, line, reason] of skipped) {
  test(`no connection: ${name}`, () => {
    assert.equal(readLine(line), [{ skipped: reason }]);
  });
}

const UNKNOWN =
  'the format is unknown: hubble observe -o jsonpb, flow logs of Calico or Goldmane, and conntrack -L can be read';

const unreadable: [name: string, line: string, cause: string][] = [
  [
    'a line that is cut off',
    hubble(WEB, API, 80).slice(0, -40),
    'the JSON is cut off: write one object in a line, as jq -c . does',
  ],
  ['the beginning of pretty-printed JSON', '{', 'the JSON is cut off: write one object in a line, as jq -c . does'],
  ['JSON that is none', '{"flow": verdict}', 'the JSON is invalid: write one object in a line, as jq -c . does'],
  ['another object', '{"kind":"Pod"}', UNKNOWN],
  ['a number', '[1]', UNKNOWN],
  [
    'hubble observe without -o',
    'Feb 24 08:43:39.070: shop/web-1:58012 (ID:1) -> shop/api-1:80 (ID:2) to-endpoint FORWARDED (TCP Flags: SYN)',
    UNKNOWN,
  ],
  ['conntrack -L -o xml', '<?xml version="1.0" encoding="utf-8"?>', UNKNOWN],
  ['a verdict of no Hubble', hubble(WEB, API, 80, { verdict: 'PERHAPS' }), 'verdict is none of Hubble'],
  ['a port that is none', hubble(WEB, API, 65536), 'l4.TCP.destination_port is no port'],
  ['a port with a sign', hubble(WEB, API, -1), 'l4.TCP.destination_port is no port'],
  ['an address that is none', hubble({ ...WEB, ip: '10.0.0.256' }, API, 80), 'IP.source is no IP address'],
  [
    'a flow without ends',
    '{"flow":{"verdict":"FORWARDED","is_reply":false,"l4":{"TCP":{"destination_port":80}}}}',
    'the flow names neither a pod nor an address as its source',
  ],
  [
    'fields of wrong types',
    '{"flow":{"verdict":"FORWARDED","is_reply":false,"IP":[],"source":7,"l4":{"UDP":{"destination_port":"x"}}}}',
    'l4.UDP.destination_port is no port',
  ],
  ['an action of no Calico', felix({ action: 'maybe' }), 'action is none of Calico'],
  ['a flow without a protocol', felix({ proto: null }), 'the flow has no protocol'],
  [
    'a workload without a name',
    felix({ source_name: '-', source_name_aggr: '-' }),
    'the flow names no pod as its source: namespace and name of a workload are missing',
  ],
  [
    'an entry that is cut off',
    conntrack(['10.0.1.5', 1], ['10.0.1.6', 80]).slice(0, 80),
    'the entry is cut off: it has not both directions',
  ],
  [
    'an entry without ports',
    'tcp      6 1 CLOSE src=10.0.1.5 dst=10.0.1.6 src=10.0.1.6 dst=10.0.1.5 use=1',
    'the entry has no ports',
  ],
  [
    'an entry with a name for an address',
    'tcp      6 1 CLOSE src=a dst=b sport=1 dport=2 src=b dst=a sport=2 dport=1 use=1',
    'src is no IP address',
  ],
];

for (const [name, line, cause] of unreadable) {
  test(`unreadable: ${name}`, () => {
    assert.equal(readLine(line), [{ unreadable: cause }]);
  });
}

test('a list in a line has several records', () => {
  const list = JSON.stringify({ meta: { totalPages: '1' }, flows: [{ id: '1', flow: goldmane() }, { id: '2' }] });
  const [first, second] = readLine(list);
  assert.ok(first !== undefined && 'flow' in first);
  assert.equal(second, { unreadable: UNKNOWN });
  assert.is(readLine(`[${felix()},${felix()}]`).length, 2);
});

test('a time that is none is left out', () => {
  for (const end_time of [9_000_000_000_000, -1, 'yesterday', '', {}, null, '+275760-09-13T00:00:00Z']) {
    const [record] = readLine(felix({ end_time }));
    assert.ok(record !== undefined && 'flow' in record);
    assert.is(record.flow.time, undefined);
  }
});

test('an empty line is nothing', () => {
  assert.equal(['', '  ', '\r', 'data:'].flatMap(readLine), []);
});

test.run();
