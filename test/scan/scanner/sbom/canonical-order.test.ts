import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Yielder } from '../../../../src/kube/yielder.ts';
import { canonicalOrder, type Vertex } from '../../../../src/scan/scanner/sbom/canonical-order.ts';

const order = suite('a canonical order');

interface Graph {
  readonly colors: readonly string[];
  readonly edges: readonly (readonly [number, number])[];
}

const orderOf = ({ colors, edges }: Graph, yielder = new Yielder()): Promise<number[]> => {
  const vertices: Vertex[] = colors.map((color) => ({ color, above: [], below: [] }));
  for (const [from, to] of edges) {
    vertices[from]!.below.push(to);
    vertices[to]!.above.push(from);
  }
  return canonicalOrder(vertices, yielder);
};

/** The graph as the order alone shows it. */
async function seen(graph: Graph): Promise<unknown> {
  const places = await orderOf(graph);
  const vertices = [...graph.colors.keys()].sort((a, b) => places[a]! - places[b]!);
  return {
    colors: vertices.map((vertex) => graph.colors[vertex]),
    edges: graph.edges.map((edge) => edge.map((vertex) => places[vertex])).sort(),
  };
}

/** The same graph with other numbers, and its edges in another order. */
const renumbered = ({ colors, edges }: Graph, rank: (n: number) => number): Graph => {
  const vertices = [...colors.keys()].sort((a, b) => rank(a) - rank(b));
  return {
    colors: vertices.map((vertex) => colors[vertex]!),
    edges: edges.map(([a, b]) => [vertices.indexOf(a), vertices.indexOf(b)] as const).reverse(),
  };
};

const chain = (from: number, length: number): [number, number][] =>
  Array.from({ length: length - 1 }, (_, i) => [from + i, from + i + 1]);

const GRAPHS: readonly (readonly [string, Graph])[] = [
  ['has nothing in it', { colors: [], edges: [] }],
  ['has equal vertices only', { colors: Array(9).fill('x'), edges: [] }],
  [
    'differs at the end of long chains',
    { colors: ['a', 'b', ...Array(40).fill('x')], edges: [[0, 2], [1, 22], ...chain(2, 20), ...chain(22, 20)] },
  ],
  [
    'differs at the beginning only',
    { colors: [...Array(40).fill('x'), 'a', 'b'], edges: [...chain(0, 20), ...chain(20, 20), [19, 40], [39, 41]] },
  ],
  [
    'is twice the same: what belongs together stays together',
    { colors: Array(12).fill('x'), edges: [...chain(0, 6), ...chain(6, 6)] },
  ],
  ['has a cycle', { colors: Array(8).fill('x'), edges: [...chain(0, 5), [4, 0], [6, 7]] }],
  [
    'has an edge twice',
    {
      colors: Array(4).fill('x'),
      edges: [
        [0, 1],
        [2, 3],
        [2, 3],
      ],
    },
  ],
];

for (const [what, graph] of GRAPHS) {
  order(`is the same however the vertices are numbered: a graph that ${what}`, async () => {
    const expected = await seen(graph);
    const ranks = fc.uniqueArray(fc.nat({ max: 10_000 }), {
      minLength: graph.colors.length,
      maxLength: graph.colors.length,
    });
    await fc.assert(
      fc.asyncProperty(ranks, async (drawn) => {
        assert.equal(await seen(renumbered(graph, (n) => drawn[n]!)), expected);
      }),
      { numRuns: 30 },
    );
  });
}

order('keeps what differs by itself in the order of that', async () => {
  assert.equal(await orderOf({ colors: ['c', 'a', 'b'], edges: [[0, 1]] }), [2, 0, 1]);
});

/** Two equal chains, told apart at one end: a round of looking at all neighbours for each link. */
const twoChains = (length: number): Graph => ({
  colors: ['a', 'b', ...Array(2 * length).fill('x')],
  edges: [[0, 2], [1, 2 + length], ...chain(2, length), ...chain(2 + length, length)],
});
const star = (size: number): Graph => ({
  colors: Array(size).fill('x'),
  edges: Array.from({ length: size - 1 }, (_, i) => [0, i + 1]),
});

for (const [what, graph] of [
  ['two long chains', twoChains(10_000)],
  ['a star', star(20_000)],
  ['a ring', { colors: Array(20_000).fill('x'), edges: [...chain(0, 20_000), [19_999, 0]] }],
  [
    'a binary tree',
    { colors: Array(20_000).fill('x'), edges: Array.from({ length: 19_999 }, (_, i) => [i >> 1, i + 1]) },
  ],
] as [string, Graph][]) {
  order(`follows each edge a few times only: ${what}`, async () => {
    let steps = 0;
    class Counter extends Yielder {
      override shouldYield(operations: number): boolean {
        steps += operations;
        return super.shouldYield(operations);
      }
    }
    const places = await orderOf(graph, new Counter());
    assert.is(new Set(places).size, graph.colors.length);
    // Each vertex, and each edge in both directions.
    const most = 2 * (graph.edges.length + graph.colors.length) * (Math.log2(graph.colors.length) + 1);
    assert.ok(steps <= most, `${steps} steps, ${Math.round(most)} are allowed`);
  });
}

order('lets others have their turn', async () => {
  let turns = 0;
  let over = false;
  const others = (async () => {
    while (!over) {
      await setImmediate();
      turns += 1;
    }
  })();
  await orderOf(twoChains(50_000));
  over = true;
  await others;
  assert.ok(turns >= 4, `${turns} turns`);
});

order.run();
