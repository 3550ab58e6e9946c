import type { Reach } from '../../reach/reach.ts';
import { compareText } from '../../text/compare-text.ts';
import { everyoneOf, mergeEveryone } from './everyone.ts';
import type { Graph, GraphEdge, GraphNode } from './graph.ts';
import { type Link, linksBetween } from './links.ts';
import { linksOutside } from './outside.ts';
import { comparePorts } from './port-text.ts';
import { classesOf, type Workload, workloadsOf } from './workloads.ts';

type Keyed = Omit<GraphNode, 'id'> & { readonly key: string };

/** No policy isolates them, so that everything whose own policies allow it reaches them. */
const OPEN = 'open to all';

/** Nobody may read them, so that what is drawn of the namespace may be denied. */
const UNREAD = 'policies unknown';

const workloadNode = (workload: Workload, reach: Reach, isUnread: boolean): Keyed => {
  const classes = classesOf(workload, reach);
  const isFree = (direction: 'Ingress' | 'Egress'): boolean =>
    classes.some((of) => reach.isolating(of, direction).length === 0);
  const open = !isUnread && isFree('Ingress');
  const marks = [
    ...(isUnread ? [UNREAD] : []),
    ...(classes.some(({ hostNetwork }) => hostNetwork) ? ['host network'] : []),
    ...(open ? [OPEN] : []),
    ...(!isUnread && isFree('Egress') ? ['may call all'] : []),
  ];
  return {
    ...{ key: workload.key, kind: 'Workload', label: workload.name, namespace: workload.namespace },
    ...{ detail: [workload.kind, ...marks].join(' · '), open },
  };
};

const everyoneNode = (namespace: string): Keyed => ({
  ...{ key: everyoneOf(namespace), kind: 'Everyone', label: `all of ${namespace}`, namespace },
  ...{ detail: 'every workload of the namespace', open: false },
});

const outsideNode = (key: string): Keyed => ({ key, kind: 'Outside', label: key, detail: '', open: false });

/** Links of equal ends become one edge. */
const edgesOf = (links: readonly Link[], ids: ReadonlyMap<string, string>): GraphEdge[] =>
  [...Map.groupBy(links, ({ from, to, certain }) => JSON.stringify([from, to, !certain]))]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, same]) => ({
      ...{ from: ids.get(same[0]!.from)!, to: ids.get(same[0]!.to)!, certain: same[0]!.certain },
      ports: [...new Set(same.map(({ port }) => port))].sort(comparePorts),
    }));

/**
 * Who may connect to whom. Equal worlds give equal graphs, in any order.
 * @param namespace the picture shows its workloads, and their peers; absent: all
 * @param isUnread whether nobody may read the NetworkPolicies of a namespace
 */
export const buildGraph = (
  reach: Reach,
  namespace?: string,
  isUnread: (namespace: string) => boolean = () => false,
): Graph => {
  const workloads = workloadsOf(reach);
  const isShown = (one: Workload): boolean => namespace === undefined || one.namespace === namespace;
  const shown = workloads.filter(isShown);
  const unread = new Set(workloads.filter((one) => isUnread(one.namespace)).map(({ key }) => key));
  const found = [
    ...linksBetween(reach, workloads, (from, to) => isShown(from) || isShown(to)),
    ...linksOutside(reach, shown),
  ];
  const links = mergeEveryone(
    found.map((link) => ({ ...link, certain: link.certain && !unread.has(link.from) && !unread.has(link.to) })),
    workloads,
  );
  const ends = new Set(links.flatMap(({ from, to }) => [from, to]));
  const inside = workloads.filter((one) => isShown(one) || ends.has(one.key));
  const everyone = [...new Set(workloads.map((one) => one.namespace))].map(everyoneNode);
  const known = new Set([...workloads, ...everyone].map(({ key }) => key));
  const nodes = [
    ...[
      ...inside.map((one) => workloadNode(one, reach, unread.has(one.key))),
      ...everyone.filter(({ key }) => ends.has(key)),
    ].sort((a, b) => compareText(a.namespace!, b.namespace!) || compareText(a.key, b.key)),
    ...[...ends.values().filter((key) => !known.has(key))].sort(compareText).map(outsideNode),
  ];
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  return {
    nodes: nodes.map(({ key, ...node }) => ({ ...node, id: ids.get(key)! })),
    edges: edgesOf(links, ids),
    namespaces: [...new Set(nodes.flatMap((node) => node.namespace ?? []))],
  };
};
