import { printable } from '../../../text/printable.ts';
import { type Graph, type GraphEdge, type GraphNode, nodesIn } from '../graph.ts';

/** In a label, Graphviz reads a backslash and an entity. */
const escaped = (value: string): string =>
  printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;');

const STYLES = { Workload: 'rounded', Everyone: 'rounded,dashed', Outside: 'rounded,filled' } as const;

const nodeLine = ({ id, kind, label, detail, open }: GraphNode): string => {
  const lines = detail === '' ? escaped(label) : `${escaped(label)}\\n${escaped(detail)}`;
  const look = open
    ? 'style="rounded,filled", fillcolor="#fff1c2", color="#7a4d00", penwidth=2'
    : `style="${STYLES[kind]}"`;
  return `${id} [label="${lines}", ${look}];`;
};

const edgeLine = ({ from, to, ports, certain }: GraphEdge): string =>
  `  ${from} -> ${to} [label="${escaped(ports.join(', '))}"${certain ? '' : ', style=dashed'}];`;

/** For Graphviz. */
export const toDot = (graph: Graph): string =>
  [
    'digraph palisade {',
    '  rankdir=LR;',
    '  node [shape=box, fillcolor="#e9e3f5"];',
    ...graph.namespaces.flatMap((namespace, index) => [
      `  subgraph cluster_${index} {`,
      `    label="${escaped(namespace)}";`,
      ...nodesIn(graph, namespace).map((node) => `    ${nodeLine(node)}`),
      '  }',
    ]),
    ...nodesIn(graph, undefined).map((node) => `  ${nodeLine(node)}`),
    ...graph.edges.map(edgeLine),
    '}',
    '',
  ].join('\n');
