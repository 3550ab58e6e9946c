import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { apiServerEndpoints } from '../../../../src/policy/sections/network/apiserver.ts';
import type { ApiServerEndpoint } from '../../../../src/policy/sections/network/context.ts';

type Slices = Parameters<typeof apiServerEndpoints>[0];
type Services = Parameters<typeof apiServerEndpoints>[1];

const slice = (addresses: string[], port = 6443): Slices[number] => ({
  addressType: addresses.some((a) => a.includes(':')) ? 'IPv6' : 'IPv4',
  endpoints: addresses.map((a) => ({ addresses: [a], conditions: { ready: true } })),
  ports: [{ name: 'https', port, protocol: 'TCP' }],
});
const service = (clusterIPs: string[], port = 443): Services[number] => ({
  spec: { clusterIPs, ports: [{ name: 'https', port, protocol: 'TCP', targetPort: 6443 }] },
});
const https = (port: number) => [{ protocol: 'TCP', port }];

const rows: [what: string, slices: Slices, services: Services, endpoints: ApiServerEndpoint[]][] = [
  ['nothing is known', [], [], []],
  ['a Service without endpoints leads nowhere', [], [service(['10.96.0.1'])], []],
  ['endpoints alone', [slice(['10.0.0.1'])], [], [{ cidrs: ['10.0.0.1/32'], ports: https(6443) }]],
  [
    'endpoints and the Service',
    [slice(['10.0.0.1'])],
    [service(['10.96.0.1'])],
    [
      { cidrs: ['10.96.0.1/32'], ports: https(443) },
      { cidrs: ['10.0.0.1/32'], ports: https(6443) },
    ],
  ],
  [
    'the same port: one entry',
    [slice(['10.0.0.1'], 443)],
    [service(['10.96.0.1'])],
    [{ cidrs: ['10.0.0.1/32', '10.96.0.1/32'], ports: https(443) }],
  ],
  [
    'several slices, an address in two of them',
    [slice(['10.0.0.2', '10.0.0.3']), slice(['10.0.0.1', '10.0.0.2'])],
    [],
    [{ cidrs: ['10.0.0.1/32', '10.0.0.2/32', '10.0.0.3/32'], ports: https(6443) }],
  ],
  [
    'IPv6 and dual stack',
    [slice(['10.0.0.1']), slice(['fd00::1'])],
    [service(['10.96.0.1', 'fd00:96::1'])],
    [
      { cidrs: ['10.96.0.1/32', 'fd00:96::1/128'], ports: https(443) },
      { cidrs: ['10.0.0.1/32', 'fd00::1/128'], ports: https(6443) },
    ],
  ],
  [
    'an endpoint that is not ready is left out; unknown counts as ready',
    [
      {
        addressType: 'IPv4',
        endpoints: [
          { addresses: ['10.0.0.1'], conditions: { ready: false } },
          { addresses: ['10.0.0.2'], conditions: {} },
          { addresses: ['10.0.0.3'] },
        ],
        ports: [{ port: 6443 }],
      },
    ],
    [],
    [{ cidrs: ['10.0.0.2/32', '10.0.0.3/32'], ports: https(6443) }],
  ],
  [
    'no endpoint is ready: nothing, whatever the Service says',
    [
      {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }],
        ports: [{ port: 6443 }],
      },
    ],
    [service(['10.96.0.1'])],
    [],
  ],
  [
    'a host name is no address',
    [{ addressType: 'FQDN', endpoints: [{ addresses: ['api.example.com'] }], ports: [{ port: 6443 }] }],
    [],
    [],
  ],
  ['no ports would be every port', [{ ...slice(['10.0.0.1']), ports: [] }], [], []],
  ['ports without a number', [{ ...slice(['10.0.0.1']), ports: [{ name: 'https' }] }], [], []],
  ['ports that are not there', [{ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] }], [], []],
  ['no endpoints in the slice', [{ addressType: 'IPv4', endpoints: [], ports: [{ port: 6443 }] }], [], []],
  [
    'a headless Service has no address',
    [slice(['10.0.0.1'])],
    [service(['None']), service(['']), { spec: { ports: [{ port: 443 }] } }, {}],
    [{ cidrs: ['10.0.0.1/32'], ports: https(6443) }],
  ],
  [
    'a Service without ports would be every port',
    [slice(['10.0.0.1'])],
    [{ spec: { clusterIPs: ['10.96.0.1'] } }],
    [{ cidrs: ['10.0.0.1/32'], ports: https(6443) }],
  ],
  [
    'several ports, sorted; another protocol is another entry',
    [
      {
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'] }],
        ports: [{ port: 8443 }, { port: 6443, protocol: 'TCP' }],
      },
      { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.2'] }], ports: [{ port: 6443, protocol: 'UDP' }] },
    ],
    [],
    [
      {
        cidrs: ['10.0.0.1/32'],
        ports: [
          { protocol: 'TCP', port: 6443 },
          { protocol: 'TCP', port: 8443 },
        ],
      },
      { cidrs: ['10.0.0.2/32'], ports: [{ protocol: 'UDP', port: 6443 }] },
    ],
  ],
];

for (const [what, slices, services, endpoints] of rows) {
  test(what, () => assert.equal(apiServerEndpoints(slices, services), endpoints));
  test(`${what}, in another order: the same bytes`, () => {
    const turned = slices.toReversed().map((s) => ({
      ...s,
      ...(s.endpoints && { endpoints: s.endpoints.toReversed() }),
      ...(s.ports && { ports: s.ports.toReversed() }),
    }));
    assert.is(
      JSON.stringify(apiServerEndpoints(turned, services.toReversed())),
      JSON.stringify(apiServerEndpoints(slices, services)),
    );
  });
}

test.run();
