import { Graph as LayoutGraph, layout } from '@dagrejs/dagre';
import stringWidth from 'string-width';
import { printable } from '../../text/printable.ts';
import { type Graph, type GraphEdge, type GraphNode, nodesIn } from './graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** x and y are the upper left corner. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends Box {
  readonly node: GraphNode;
  readonly label: string;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly Point[];
  /** Its middle is at the point. */
  readonly label: Point & { readonly text: string };
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly namespaces: readonly (Box & { readonly name: string })[];
}

/** Pixels of a character in the widest of the usual fonts, at the sizes of svg-style.ts. */
const [LABEL_CHARACTER, DETAIL_CHARACTER] = [8.6, 7.2];
const LONGEST_LABEL = 40;
const MOST_PORTS = 4;
const NODE_HEIGHT = 44;
const EDGE_LABEL_HEIGHT = 16;

const portsText = (ports: readonly string[]): string => {
  const more = ports.length - MOST_PORTS;
  return printable(`${ports.slice(0, MOST_PORTS).join(', ')}${more > 0 ? ` +${more}` : ''}`, LONGEST_LABEL);
};

const sizeOf = ({ label, detail }: GraphNode): { width: number; height: number } => {
  const widths = [
    stringWidth(printable(label, LONGEST_LABEL)) * LABEL_CHARACTER,
    stringWidth(detail) * DETAIL_CHARACTER,
  ];
  return { width: Math.ceil(Math.max(60, ...widths) + 24), height: detail === '' ? 32 : NODE_HEIGHT };
};

const corner = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({
  ...{ x: x - width / 2, y: y - height / 2, width, height },
});

const clusterOf = (namespace: string): string => `namespace ${namespace}`;

const nameOf = ({ certain }: GraphEdge): string => String(certain);

const toLayoutGraph = (graph: Graph): LayoutGraph => {
  const drawn = new LayoutGraph({ directed: true, compound: true, multigraph: true });
  drawn.setGraph({ rankdir: 'LR', nodesep: 36, edgesep: 16, ranksep: 50, marginx: 24, marginy: 24 });
  for (const namespace of graph.namespaces) drawn.setNode(clusterOf(namespace), {});
  for (const node of graph.nodes) {
    drawn.setNode(node.id, sizeOf(node));
    if (node.namespace !== undefined) drawn.setParent(node.id, clusterOf(node.namespace));
  }
  for (const edge of graph.edges) {
    const width = Math.ceil(stringWidth(portsText(edge.ports)) * DETAIL_CHARACTER + 8);
    drawn.setEdge(edge.from, edge.to, { width, height: EDGE_LABEL_HEIGHT, labelpos: 'c' }, nameOf(edge));
  }
  return drawn;
};

/** The middle of the side of a node that is nearer to a point. */
const sideOf = ({ x = 0, y = 0, width = 0 }: Partial<Box>, near: Point): Point => ({
  ...{ x: x + (near.x < x ? -width / 2 : width / 2), y },
});

/** A curve is level where it ends, so it ends at the sides. */
const pointsOf = ({ from, to }: GraphEdge, points: readonly Point[], drawn: LayoutGraph): readonly Point[] => {
  if (from === to) return points;
  const between = points.slice(1, -1);
  const [source, target] = [drawn.node(from) as Box, drawn.node(to) as Box];
  return [sideOf(source, between[0] ?? target), ...between, sideOf(target, between.at(-1) ?? source)];
};

/** Places a graph in layers, from left to right. */
export const layOut = (graph: Graph): Layout => {
  const drawn = toLayoutGraph(graph);
  layout(drawn);
  const { width = 0, height = 0 } = drawn.graph() as Partial<Box>;
  return {
    ...{ width: Math.ceil(width), height: Math.ceil(height) },
    nodes: graph.nodes.map((node) => ({
      ...{ node, label: printable(node.label, LONGEST_LABEL) },
      ...corner(drawn.node(node.id) as Box),
    })),
    edges: graph.edges.map((edge) => {
      const placed = drawn.edge(edge.from, edge.to, nameOf(edge)) as Point & { points: Point[] };
      return {
        edge,
        points: pointsOf(edge, placed.points, drawn),
        label: { x: placed.x, y: placed.y, text: portsText(edge.ports) },
      };
    }),
    namespaces: graph.namespaces
      .filter((name) => nodesIn(graph, name).length > 0)
      .map((name) => ({ name, ...corner(drawn.node(clusterOf(name)) as Box) })),
  };
};
