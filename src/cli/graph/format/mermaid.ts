import { printable } from '../../../text/printable.ts';
import { type Graph, type GraphEdge, type GraphNode, nodesIn } from '../graph.ts';

/** Entities of Mermaid for what it, Markdown and HTML read as syntax. */
const text = (value: string): string =>
  `"${printable(value).replaceAll(/[^\p{L}\p{N} .,:/+()·_-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;

const SHAPES = { Workload: ['[', ']'], Everyone: ['[[', ']]'], Outside: ['([', '])'] } as const;

const nodeLine = ({ id, kind, label, detail, open }: GraphNode): string => {
  const [before, after] = SHAPES[kind];
  const lines = detail === '' ? text(label) : `${text(label).slice(0, -1)}<br/>${text(detail).slice(1)}`;
  return `${id}${before}${lines}${after}${open ? ':::open' : ''}`;
};

const edgeLine = ({ from, to, ports, certain }: GraphEdge): string =>
  `  ${from} ${certain ? '-->' : '-.->'}|${text(ports.join(', '))}| ${to}`;

/** A flowchart, for Markdown. */
export const toMermaid = (graph: Graph): string =>
  [
    'flowchart LR',
    '  classDef open fill:#fff1c2,stroke:#7a4d00,stroke-width:3px,color:#1b1f24',
    ...graph.namespaces.flatMap((namespace, index) => [
      `  subgraph s${index} [${text(namespace)}]`,
      ...nodesIn(graph, namespace).map((node) => `    ${nodeLine(node)}`),
      '  end',
    ]),
    ...nodesIn(graph, undefined).map((node) => `  ${nodeLine(node)}`),
    ...graph.edges.map(edgeLine),
    '',
  ].join('\n');
