import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../../src/cli/graph/build-graph.ts';
import { toDot } from '../../../src/cli/graph/format/dot.ts';
import { toHtml } from '../../../src/cli/graph/format/html.ts';
import { toMermaid } from '../../../src/cli/graph/format/mermaid.ts';
import { fullName, type Graph } from '../../../src/cli/graph/graph.ts';
import { Reach } from '../../../src/reach/reach.ts';
import type { ReachPod, World } from '../../../src/reach/world.ts';
import { app, HTTP, netpol, pod, world } from '../../reach/worlds.ts';
import { FIFTY, SHOP } from './worlds.ts';

const graphOf = (of: World, namespace?: string): Graph => buildGraph(new Reach(of), namespace);

/** `shop/web -> shop/api 8080`, with ~> for a dashed line. */
const linesOf = ({ nodes, edges }: Graph): string[] => {
  const names = new Map(nodes.map((node) => [node.id, fullName(node)]));
  return edges.map(
    ({ from, to, ports, certain }) => `${names.get(from)} ${certain ? '->' : '~>'} ${names.get(to)} ${ports.join(' ')}`,
  );
};

const open = netpol('shop/open', { podSelector: app('none') });
const deny = netpol('shop/deny', {});
const three = ['a', 'b', 'c'].map((name) => pod(`shop/${name}`));

const cases: [name: string, of: World, lines: string[]][] = [
  [
    'the ends of a line name each other in a rule',
    SHOP,
    [
      '10.0.0.0/8 except 10.1.0.0/16 -> data/db 5432-5433',
      'data/tool ~> data/db 5432',
      'shop/api -> data/db 5432',
      'shop/web -> shop/api 8080',
      'shop/web -> pods not found 53/UDP',
      'anywhere -> shop/web 8080',
    ],
  ],
  ['pods that no policy isolates have a mark, and no lines', world({ pods: three, policies: [open] }), []],
  ['pods that nobody reaches have no lines', world({ pods: three, policies: [deny] }), []],
  [
    'a rule for a whole namespace is one line',
    world({ pods: three, policies: [netpol('shop/same', { ingress: [{ from: [{ podSelector: {} }] }] })] }),
    ['shop/all of shop -> shop/all of shop 8080'],
  ],
  [
    'a namespace with one workload that may not is no whole namespace',
    world({
      pods: [...three, pod('shop/d')],
      policies: [
        netpol('shop/a', {
          podSelector: app('a'),
          ingress: [
            { from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'c'] }] } }] },
          ],
        }),
      ],
    }),
    ['shop/b -> shop/a 8080', 'shop/c -> shop/a 8080'],
  ],
  [
    'a limited caller has lines to what is open',
    world({
      pods: three,
      policies: [
        netpol('shop/a', {
          ...{ podSelector: app('a'), policyTypes: ['Egress'] },
          egress: [{ to: [{ podSelector: app('b') }] }],
        }),
      ],
    }),
    ['shop/a -> shop/b 8080'],
  ],
  [
    'ports of equal ends are one line, in order',
    world({
      pods: [
        pod('shop/a'),
        pod('shop/b', { ports: [HTTP, { port: 443, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }] }),
      ],
      policies: [netpol('shop/b', { podSelector: app('b'), ingress: [{ from: [{ podSelector: app('a') }] }] })],
    }),
    ['shop/a -> shop/b 53/UDP 443 8080'],
  ],
  [
    'what is not so for every pod of a workload is dashed',
    world({
      pods: [
        pod('shop/a-1', { labels: { app: 'a' }, workload: { kind: 'Deployment', name: 'a' } }),
        pod('shop/a-2', { labels: { app: 'old' }, workload: { kind: 'Deployment', name: 'a' } }),
        pod('shop/b'),
      ],
      policies: [netpol('shop/b', { podSelector: app('b'), ingress: [{ from: [{ podSelector: app('a') }] }] })],
    }),
    ['shop/a ~> shop/b 8080'],
  ],
  [
    'a selector of a namespace without known labels is dashed, and not missing',
    world({
      namespaces: [{ name: 'shop', labels: {} }, { name: 'web' }],
      pods: [pod('shop/a'), pod('web/b')],
      policies: [netpol('shop/a', { ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'web' } } }] }] })],
    }),
    ['web/b ~> shop/a 8080'],
  ],
  [
    'a finished pod takes part in nothing, and a pod on the host network only by a rule',
    world({
      pods: [pod('shop/a'), pod('shop/done', { state: 'Finished' }), pod('shop/agent', { hostNetwork: true })],
      policies: [netpol('shop/a', { podSelector: app('a'), ingress: [{ from: [{ podSelector: app('done') }] }] })],
    }),
    ['pods not found -> shop/a all ports'],
  ],
];

for (const [name, of, lines] of cases)
  test(name, () => {
    assert.equal(linesOf(graphOf(of)).toSorted(), lines.toSorted());
  });

test('DNS and the API server are nodes of their own', () => {
  const policy = netpol('shop/p', {
    policyTypes: ['Egress'],
    egress: [
      { to: [{ namespaceSelector: {}, podSelector: app('dns') }], ports: [{ port: 53, protocol: 'UDP' }] },
      { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 6443 }] },
    ],
  });
  const origin = { namespace: 'shop', name: 'p', ingress: [], egress: [[{ field: 'dns' }], [{ field: 'apiServer' }]] };
  assert.equal(linesOf(graphOf(world({ pods: [pod('shop/a')], policies: [{ ...policy, origin }] }))), [
    'shop/a -> DNS 53/UDP',
    'shop/a -> Kubernetes API server 6443',
  ]);
});

test('marks say at which end no policy isolates a workload', () => {
  const details = graphOf(SHOP).nodes.map((node) => `${fullName(node)}: ${node.detail}${node.open ? ' !' : ''}`);
  assert.equal(details.slice(0, 4), [
    'data/db: Deployment · may call all',
    'data/tool: Deployment · open to all · may call all !',
    'shop/api: Deployment · may call all',
    'shop/web: Deployment',
  ]);
});

test('a namespace is drawn with its peers in others, and nothing else', () => {
  const { nodes } = graphOf(SHOP, 'data');
  assert.equal(nodes.map(fullName), ['data/db', 'data/tool', 'shop/api', '10.0.0.0/8 except 10.1.0.0/16']);
});

test('where nobody may read the policies, nothing is called open, and every line is dashed', () => {
  const graph = buildGraph(new Reach(SHOP), 'data', (namespace) => namespace === 'data');
  assert.equal(
    graph.nodes.filter(({ namespace }) => namespace === 'data').map(({ detail, open }) => `${detail} ${open}`),
    ['Deployment · policies unknown false', 'Deployment · policies unknown false'],
  );
  assert.equal(
    graph.edges.map(({ certain }) => certain),
    [false, false, false],
  );
});

test('50 workloads have fewer lines than pairs', () => {
  const graph = graphOf(FIFTY);
  assert.is(graph.nodes.filter(({ kind }) => kind === 'Workload').length, 50);
  assert.ok(linesOf(graph).includes('billing/all of billing -> billing/database 8080'));
  assert.ok(linesOf(graph).includes('monitoring/gateway -> billing/exporter 8080'));
});

test('equal worlds in any order give equal pictures', () => {
  const reversed = (of: World): World => ({
    ...of,
    ...{ pods: of.pods.toReversed() as ReachPod[], policies: of.policies.toReversed() },
    namespaces: of.namespaces.toReversed(),
  });
  for (const one of [SHOP, FIFTY])
    for (const format of [toHtml, toDot, toMermaid])
      assert.is(format(graphOf(reversed(one)), []), format(graphOf(one), []));
});

test.run();
