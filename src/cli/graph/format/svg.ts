import { html, Markup, NOTHING } from '../../../scan/report/format/html-markup.ts';
import { plural } from '../../../text/plural.ts';
import { fullName, type Graph, type GraphNode } from '../graph.ts';
import { type Layout, layOut, type PlacedEdge, type PlacedNode, type Point } from '../layout.ts';
import { SVG_STYLE } from './svg-style.ts';

/** Of a dashed line. */
export const UNSURE = 'unknown, or not for all pods';

const at = ({ x, y }: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;

/** A curve through the points, level at each of them. */
const pathOf = (points: readonly Point[]): string => {
  const curves = points.slice(1).map((point, index) => {
    const before = points[index]!;
    const middle = (before.x + point.x) / 2;
    return ` C${at({ x: middle, y: before.y })} ${at({ x: middle, y: point.y })} ${at(point)}`;
  });
  return `M${at(points[0]!)}${curves.join('')}`;
};

const namespaceMarkup = ({ name, x, y, width, height }: Layout['namespaces'][number]): Markup =>
  html`<g class="namespace"><rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="8"/><text x="${(x + 12).toFixed(1)}" y="${(y + 17).toFixed(1)}">${name}</text></g>\n`;

const edgeMarkup = ({ edge, points, label }: PlacedEdge, names: ReadonlyMap<string, string>): Markup =>
  html`<g class="edge ${edge.certain ? 'sure' : 'unsure'}" data-from="${edge.from}" data-to="${edge.to}"><title>${names.get(edge.from)!} to ${names.get(edge.to)!}: ${edge.ports.join(', ')} (${edge.certain ? 'allowed' : UNSURE})</title><path d="${pathOf(points)}" marker-end="url(#arrow)"/><text x="${label.x.toFixed(1)}" y="${(label.y + 4).toFixed(1)}">${label.text}</text></g>\n`;

const nodeName = (node: GraphNode): string =>
  node.detail === '' ? fullName(node) : `${fullName(node)}: ${node.detail}`;

const nodeMarkup = (placed: PlacedNode, attributes: Markup): Markup => {
  const { node, x, y, width, height, label } = placed;
  const middle = (x + width / 2).toFixed(1);
  const line = y + (node.detail === '' ? 21 : 19);
  const detail =
    node.detail === ''
      ? NOTHING
      : html`<text class="detail" x="${middle}" y="${(y + 36).toFixed(1)}">${node.detail}</text>`;
  return html`<g class="node ${node.kind.toLowerCase()} ${node.open ? 'open' : 'closed'}" data-id="${node.id}" role="img" aria-label="${nodeName(node)}"${attributes}><title>${nodeName(node)}</title><rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="6"/><text class="label" x="${middle}" y="${line.toFixed(1)}">${label}</text>${detail}</g>\n`;
};

export const describeGraph = ({ nodes, edges, namespaces }: Graph): string => {
  const workloads = nodes.filter(({ kind }) => kind === 'Workload');
  const open = workloads.filter((node) => node.open).length;
  return `${plural(workloads.length, 'workload')} in ${plural(namespaces.length, 'namespace')}, ${plural(edges.length, 'line')} of allowed connections, ${plural(open, 'workload')} open to all`;
};

/** @param style of a file of its own @param attributes of each node */
export const svgMarkup = (graph: Graph, style: Markup, attributes: Markup): Markup => {
  const { width, height, nodes, edges, namespaces } = layOut(graph);
  const names = new Map(graph.nodes.map((node) => [node.id, fullName(node)]));
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${describeGraph(graph)}">
${style}<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>
${namespaces.map(namespaceMarkup)}${edges.map((edge) => edgeMarkup(edge, names))}${nodes.map((node) => nodeMarkup(node, attributes))}</svg>
`;
};

export const toSvg = (graph: Graph): string =>
  svgMarkup(graph, html`<style>${new Markup(SVG_STYLE)}</style>\n`, NOTHING).text;
