import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Direction, NetworkSection } from '../../../../src/api/policy.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { parseDnsPeers } from '../../../../src/policy/sections/network/dns.ts';
import { podSet } from '../../../../src/policy/sections/network/requirements.ts';
import { type Allowed, allowedRules, isolated } from '../../../../src/policy/sections/network/rules.ts';

const CONTEXT: NetworkContext = {
  dnsPeers: parseDnsPeers('10.0.0.10/32:5353'),
  apiServer: [
    { cidrs: ['10.0.0.1/32', 'fd00::1/128'], ports: [{ protocol: 'TCP', port: 6443 }] },
    { cidrs: ['10.96.0.1/32'], ports: [{ protocol: 'TCP', port: 443 }] },
  ],
};

const ALL = podSet(undefined);
const WEB = { matchLabels: { app: 'web' } };

const DNS: Allowed = {
  source: 'dns',
  pods: ALL,
  peers: [{ ipBlock: { cidr: '10.0.0.10/32' } }],
  ports: [
    { protocol: 'UDP', port: 5353 },
    { protocol: 'TCP', port: 5353 },
  ],
};

const rows: [what: string, network: NetworkSection, direction: Direction, rules: Allowed[]][] = [
  ['nothing goes in by itself', {}, 'Ingress', []],
  ['DNS goes out by itself', {}, 'Egress', [DNS]],
  ['DNS when asked for', { allow: { dns: true } }, 'Egress', [DNS]],
  ['no DNS when refused', { allow: { dns: false } }, 'Egress', []],
  ['DNS does not come in', { allow: { dns: true } }, 'Ingress', []],
  ['DNS is for the pods of the policy', { podSelector: WEB }, 'Egress', [{ ...DNS, pods: podSet(WEB) }]],
  [
    'pods of the same namespace come in',
    { allow: { sameNamespace: true } },
    'Ingress',
    [{ source: 'sameNamespace', pods: ALL, peers: [{ podSelector: {} }] }],
  ],
  [
    'pods of the same namespace are reached',
    { allow: { sameNamespace: true, dns: false } },
    'Egress',
    [{ source: 'sameNamespace', pods: ALL, peers: [{ podSelector: {} }] }],
  ],
  ['sameNamespace: false is nothing', { allow: { sameNamespace: false } }, 'Ingress', []],
  [
    'the API server: each of its addresses with its ports',
    { allow: { apiServer: true, dns: false } },
    'Egress',
    [
      {
        source: 'apiServer',
        pods: ALL,
        peers: [{ ipBlock: { cidr: '10.0.0.1/32' } }, { ipBlock: { cidr: 'fd00::1/128' } }],
        ports: [{ protocol: 'TCP', port: 6443 }],
      },
      {
        source: 'apiServer',
        pods: ALL,
        peers: [{ ipBlock: { cidr: '10.96.0.1/32' } }],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
    ],
  ],
  ['the API server does not come in', { allow: { apiServer: true } }, 'Ingress', []],
  ['apiServer: false is nothing', { allow: { apiServer: false, dns: false } }, 'Egress', []],
  [
    'a rule without ports is for every port',
    { allow: { ingress: [{ from: [{ pods: WEB }] }] } },
    'Ingress',
    [{ source: 'ingress[0]', pods: ALL, peers: [{ podSelector: WEB }] }],
  ],
  [
    'a rule with pods, peers and ports; its description is for people',
    {
      podSelector: { matchLabels: { team: 't' } },
      allow: {
        dns: false,
        egress: [
          {
            description: 'the database',
            pods: WEB,
            to: [{ cidr: '192.0.2.0/24' }, { pods: {} }],
            ports: [{ port: 5432 }, { port: 'x', protocol: 'UDP' }],
          },
        ],
      },
    },
    'Egress',
    [
      {
        source: 'egress[0]',
        pods: podSet({ matchLabels: { app: 'web', team: 't' } }),
        peers: [{ ipBlock: { cidr: '192.0.2.0/24' } }, { podSelector: {} }],
        ports: [
          { protocol: 'TCP', port: 5432 },
          { protocol: 'UDP', port: 'x' },
        ],
      },
    ],
  ],
  ['egress rules say nothing about ingress', { allow: { egress: [{ to: [{ anywhere: true }] }] } }, 'Ingress', []],
  [
    'ingress rules say nothing about egress',
    { allow: { dns: false, ingress: [{ from: [{ anywhere: true }] }] } },
    'Egress',
    [],
  ],
  [
    'empty peers are left out, and a rule without other peers is left out whole',
    { allow: { ingress: [{ from: [{}, { cidr: '192.0.2.0/24' }] }, { from: [{}] }, { from: [] }] } },
    'Ingress',
    [{ source: 'ingress[0]', pods: ALL, peers: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }],
  ],
  [
    'anywhere is everything',
    { allow: { ingress: [{ from: [{ pods: WEB }, { anywhere: true }], ports: [{ port: 80 }] }] } },
    'Ingress',
    [{ source: 'ingress[0]', pods: ALL, peers: 'Everything', ports: [{ protocol: 'TCP', port: 80 }] }],
  ],
  [
    'a rule for pods that the policy does not isolate, or that cannot be, is left out',
    {
      podSelector: WEB,
      allow: {
        ingress: [
          { pods: { matchLabels: { app: 'db' } }, from: [{ anywhere: true }] },
          {
            pods: {
              matchExpressions: [
                { key: 'a', operator: 'Exists' },
                { key: 'a', operator: 'DoesNotExist' },
              ],
            },
            from: [{ anywhere: true }],
          },
          { from: [{ pods: WEB }] },
        ],
      },
    },
    'Ingress',
    [{ source: 'ingress[2]', pods: podSet(WEB), peers: [{ podSelector: WEB }] }],
  ],
  [
    'a rule with peers that cannot be is left out',
    {
      allow: {
        ingress: [{ from: [{ pods: { ...WEB, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }] }],
      },
    },
    'Ingress',
    [],
  ],
  [
    'a rule with an empty list of ports is left out',
    { allow: { ingress: [{ from: [{ anywhere: true }], ports: [] }] } },
    'Ingress',
    [],
  ],
];

for (const [what, network, direction, rules] of rows) {
  test(what, () => assert.equal(allowedRules(network, direction, CONTEXT), rules));
}

test('without a known address of the API server there is no rule', () => {
  const network: NetworkSection = { allow: { apiServer: true, dns: false } };
  assert.equal(allowedRules(network, 'Egress', { ...CONTEXT, apiServer: [] }), []);
});

test('an API server without addresses or without ports is no rule: an empty list would be everything', () => {
  const network: NetworkSection = { allow: { apiServer: true, dns: false } };
  const ports = [{ protocol: 'TCP', port: 6443 }];
  assert.equal(allowedRules(network, 'Egress', { ...CONTEXT, apiServer: [{ cidrs: [], ports }] }), []);
  assert.equal(allowedRules(network, 'Egress', { ...CONTEXT, apiServer: [{ cidrs: ['10.0.0.1/32'], ports: [] }] }), []);
});

test('rules for all pods come first, then the rules in the order of the spec', () => {
  const network: NetworkSection = {
    allow: {
      egress: [{ to: [{ cidr: '192.0.2.2/32' }] }, { to: [{ cidr: '192.0.2.1/32' }] }],
      sameNamespace: true,
      apiServer: true,
      dns: true,
    },
  };
  const first = allowedRules(network, 'Egress', CONTEXT).map(({ peers: [peer] }) =>
    typeof peer === 'object' ? (peer.ipBlock?.cidr ?? 'pods') : peer,
  );
  assert.equal(first, ['10.0.0.10/32', 'pods', '10.0.0.1/32', '10.96.0.1/32', '192.0.2.2/32', '192.0.2.1/32']);
});

const directions: [isolate: NetworkSection['isolate'], directions: Direction[]][] = [
  [undefined, ['Ingress', 'Egress']],
  [['Ingress'], ['Ingress']],
  [['Egress'], ['Egress']],
];

for (const [isolate, expected] of directions) {
  test(`isolate ${isolate ?? 'nothing said'}: ${expected}`, () =>
    assert.equal(isolated({ ...(isolate && { isolate }) }), expected));
}

test.run();
