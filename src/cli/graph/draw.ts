import { NETWORK_POLICIES } from '../../kube/kinds.ts';
import { Reach } from '../../reach/reach.ts';
import { plural } from '../../text/plural.ts';
import { InputError, UsageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { writeLine } from '../terminal.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isUnread } from '../world/from-cluster.ts';
import { loadWorld, type WorldFlags } from '../world/load-world.ts';
import { buildGraph } from './build-graph.ts';
import { toDot } from './format/dot.ts';
import { toHtml } from './format/html.ts';
import { toMermaid } from './format/mermaid.ts';
import { toSvg } from './format/svg.ts';
import type { Graph } from './graph.ts';
import { workloadsOf } from './workloads.ts';

type Format = 'svg' | 'html' | 'mermaid' | 'dot';

export interface GraphFlags extends WorldFlags {
  readonly output: Format;
}

/** Beyond them nobody can read the picture. */
const MOST_WORKLOADS = 200;
/** Beyond them the layout takes minutes. */
const MOST_EDGES = 800;

const FORMATS: Readonly<Record<Format, (graph: Graph, notes: readonly string[]) => string>> = {
  svg: toSvg,
  html: toHtml,
  mermaid: toMermaid,
  dot: toDot,
};

const cureFor = (namespace: string | undefined): string =>
  namespace === undefined ? 'name a namespace with -n' : 'give fewer files with -f';

/** @throws UsageError when there is nothing to draw, or too much */
const graphOf = ({ world, unread }: LoadedWorld, namespace: string | undefined): Graph => {
  const reach = new Reach(world);
  const all = workloadsOf(reach);
  const shown = all.filter((one) => namespace === undefined || one.namespace === namespace).length;
  if (shown === 0) {
    const found = new Set(all.map((one) => one.namespace)).size;
    throw new InputError([
      namespace === undefined
        ? 'palisade: no workload found: give files of workloads with -f'
        : `palisade: namespace ${namespace} has no workload: name one of the ${plural(found, 'namespace')} that ${found === 1 ? 'has' : 'have'} some, or give files of workloads with -f`,
    ]);
  }
  const tooMuch = (size: string, most: number): UsageError =>
    new UsageError(`the picture has ${size}, and at most ${most} are drawn: ${cureFor(namespace)}`);
  if (shown > MOST_WORKLOADS) throw tooMuch(plural(shown, 'workload'), MOST_WORKLOADS);
  const graph = buildGraph(reach, namespace, (of) => isUnread(unread, NETWORK_POLICIES.kind, of));
  if (graph.edges.length > MOST_EDGES) throw tooMuch(plural(graph.edges.length, 'line'), MOST_EDGES);
  return graph;
};

/** What the picture leaves out: pods that nobody here may see. */
const notesOf = ({ world, notes }: LoadedWorld): string[] => {
  const unseen = world.namespaces.filter(({ podsUnknown }) => podsUnknown).map(({ name }) => name);
  return [...notes, ...unseen.map((name) => `the pods of namespace ${name} are unknown: the picture has none of them`)];
};

/** @throws InputError, UsageError */
export const drawGraph = async (flags: GraphFlags, terminal: Terminal): Promise<void> => {
  const loaded = await loadWorld(flags, terminal);
  const graph = graphOf(loaded, flags.namespace);
  const notes = notesOf(loaded);
  for (const note of notes) writeLine(terminal.stderr, note);
  terminal.stdout.write(FORMATS[flags.output](graph, notes));
};
