// suite: tools
import { instance } from '@viz-js/viz';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../../../src/cli/graph/build-graph.ts';
import { toDot } from '../../../../src/cli/graph/format/dot.ts';
import { Reach } from '../../../../src/reach/reach.ts';
import { FIFTY, HOSTILE, SHOP } from '../worlds.ts';

/** `dot -Tjson`, where a subgraph is an object too. */
interface Drawn {
  readonly objects: readonly { readonly name: string; readonly label?: string; readonly nodes?: unknown }[];
  readonly edges: readonly { readonly label: string; readonly style?: string }[];
}

for (const [name, world] of Object.entries({ FIFTY, HOSTILE, SHOP }))
  test(`Graphviz draws ${name}, with every node, label and line`, async () => {
    const graph = buildGraph(new Reach(world));
    const graphviz = await instance();
    const drawn = JSON.parse(graphviz.renderString(toDot(graph), { format: 'json' })) as Drawn;
    const nodes = drawn.objects.filter((object) => /^n\d+$/.test(object.name));
    assert.equal(
      nodes.map((node) => node.name),
      graph.nodes.map(({ id }) => id),
    );
    assert.is(drawn.objects.length, graph.nodes.length + graph.namespaces.length);
    assert.equal(
      drawn.edges.map(({ label, style }) => `${label.replaceAll('\\\\', '\\')} ${style === 'dashed'}`).toSorted(),
      graph.edges.map(({ ports, certain }) => `${ports.join(', ')} ${!certain}`).toSorted(),
    );
    const svg = graphviz.renderString(toDot(graph), { format: 'svg' });
    assert.not.match(svg, '<script');
    if (name === 'HOSTILE') assert.match(svg, '&lt;script&gt;window.attacked = 1&lt;/script&gt;');
  });

test.run();
