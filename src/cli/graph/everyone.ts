import type { Link } from './links.ts';
import type { Workload } from './workloads.ts';

/** Of fewer workloads, each has its own edges. */
const FEWEST = 3;

/** Every workload of a namespace. Keys of workloads are lists. */
export const everyoneOf = (namespace: string): string => JSON.stringify({ everyone: namespace });

type End = 'from' | 'to';

/** Links of equal port from or to every workload of a namespace, but for the other end itself, become one. */
const merge = (links: readonly Link[], end: End, members: ReadonlyMap<string, readonly Workload[]>): Link[] => {
  const other = end === 'from' ? 'to' : 'from';
  const namespaceOf = new Map(
    [...members].flatMap(([namespace, all]) => all.map(({ key }) => [key, namespace] as const)),
  );
  const groups = Map.groupBy(links, (link) => {
    const namespace = namespaceOf.get(link[end]);
    return JSON.stringify([namespace ?? [link[end]], link[other], link.port, link.certain]);
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const namespace = namespaceOf.get(first![end]);
    if (namespace === undefined) return group;
    const all = members.get(namespace)!;
    const needed = all.filter(({ key }) => key !== first![other]).length;
    const found = new Set(group.map((link) => link[end])).size;
    return all.length < FEWEST || found < needed ? group : [{ ...first!, [end]: everyoneOf(namespace) }];
  });
};

/** As few links as say the same, so that a rule for a whole namespace is one line. */
export const mergeEveryone = (links: readonly Link[], workloads: readonly Workload[]): Link[] => {
  const members = Map.groupBy(workloads, ({ namespace }) => namespace);
  return merge(merge(links, 'from', members), 'to', members);
};
