import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../../../src/api/policy.ts';
import { peerContradiction, renderPeers } from '../../../../src/policy/sections/network/peers.ts';

const NAME = 'kubernetes.io/metadata.name';

const rows: [what: string, peer: Peer, rendered: NetworkPolicyPeer[]][] = [
  [
    'one namespace is a label',
    { namespaces: ['ingress-nginx'] },
    [{ namespaceSelector: { matchLabels: { [NAME]: 'ingress-nginx' } }, podSelector: {} }],
  ],
  [
    'many namespaces are one expression, sorted',
    { namespaces: ['b', 'a', 'c'] },
    [
      {
        namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'In', values: ['a', 'b', 'c'] }] },
        podSelector: {},
      },
    ],
  ],
  [
    'a namespace named twice is one',
    { namespaces: ['a', 'a'] },
    [{ namespaceSelector: { matchLabels: { [NAME]: 'a' } }, podSelector: {} }],
  ],
  [
    'namespaces by label',
    { namespaceSelector: { matchLabels: { team: 'b' } } },
    [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: {} }],
  ],
  [
    'namespaces by expression',
    { namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] } },
    [{ namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] }, podSelector: {} }],
  ],
  [
    'pods alone are those of this namespace: no namespaceSelector',
    { pods: { matchLabels: { app: 'web' } } },
    [{ podSelector: { matchLabels: { app: 'web' } } }],
  ],
  ['all pods of this namespace', { pods: {} }, [{ podSelector: {} }]],
  [
    'namespaces AND pods stand in one peer',
    { namespaces: ['databases'], pods: { matchLabels: { app: 'postgres' } } },
    [
      {
        namespaceSelector: { matchLabels: { [NAME]: 'databases' } },
        podSelector: { matchLabels: { app: 'postgres' } },
      },
    ],
  ],
  [
    'a namespaceSelector AND all pods',
    { namespaceSelector: { matchLabels: { team: 'b' } }, pods: {} },
    [{ namespaceSelector: { matchLabels: { team: 'b' } }, podSelector: {} }],
  ],
  ['a network', { cidr: '10.20.0.0/16' }, [{ ipBlock: { cidr: '10.20.0.0/16' } }]],
  [
    'a network with exceptions, in their order',
    { cidr: '10.20.0.0/16', except: ['10.20.5.0/24', '10.20.1.0/24'] },
    [{ ipBlock: { cidr: '10.20.0.0/16', except: ['10.20.5.0/24', '10.20.1.0/24'] } }],
  ],
  ['no exceptions leave no empty list', { cidr: '10.0.0.0/8', except: [] }, [{ ipBlock: { cidr: '10.0.0.0/8' } }]],
  ['IPv6', { cidr: 'fd00::/8', except: ['fd00:1::/32'] }, [{ ipBlock: { cidr: 'fd00::/8', except: ['fd00:1::/32'] } }]],
  [
    'pods that cannot be are no peer',
    { pods: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['a'] }] } },
    [],
  ],
  [
    'pods of namespaces that cannot be are no peer',
    {
      namespaceSelector: {
        matchExpressions: [
          { key: NAME, operator: 'DoesNotExist' },
          { key: NAME, operator: 'Exists' },
        ],
      },
      pods: {},
    },
    [],
  ],
  ['an empty peer matches nothing', {}, []],
  ['exceptions without a network match nothing', { except: ['10.0.0.0/8'] }, []],
];

for (const [what, peer, rendered] of rows) {
  test(what, () => assert.equal(renderPeers([peer]), rendered));
}

test('anywhere is everything, and other peers add nothing to it', () => {
  assert.is(renderPeers([{ anywhere: true }]), 'Everything');
  assert.is(renderPeers([{ cidr: '192.0.2.0/24' }, { anywhere: true }, { namespaces: ['a'] }]), 'Everything');
});

test('only anywhere is everything: every address and all namespaces are lists', () => {
  assert.equal(
    renderPeers([
      { cidr: '0.0.0.0/0' },
      { cidr: '::/0' },
      { namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] } },
    ]),
    [
      { ipBlock: { cidr: '0.0.0.0/0' } },
      { ipBlock: { cidr: '::/0' } },
      { namespaceSelector: { matchExpressions: [{ key: NAME, operator: 'Exists' }] }, podSelector: {} },
    ],
  );
  assert.equal(renderPeers([]), []);
});

test('the contradiction of a peer is that of its namespaces and that of its pods', () => {
  const not = (key: string) => ({
    matchLabels: { [key]: '1' },
    matchExpressions: [{ key, operator: 'NotIn' as const, values: ['1'] }],
  });
  const keys = (peer: Peer) => peerContradiction(peer).map(({ key, operator }) => `${key} ${operator}`);
  assert.equal(keys({ namespaceSelector: not('a'), pods: not('b') }), ['a In', 'a NotIn', 'b In', 'b NotIn']);
  assert.equal(keys({ namespaces: ['a'], pods: {} }), []);
});

test.run();
