import { listed } from '../text/listed.ts';

/** Workloads or namespaces that one sentence names. */
const MOST_NAMED = 5;

/** Workloads by their names, or their namespaces when they are many. @param names each once, as the namespaces */
export const clientsText = (
  count: number,
  names: () => Iterable<string>,
  namespaces: () => Iterable<string>,
): string => {
  if (count <= MOST_NAMED) return listed([...names()].sort());
  const all = [...namespaces()].sort();
  const more = all.length - MOST_NAMED;
  const where = listed(more > 0 ? [...all.slice(0, MOST_NAMED), `${more} more`] : all);
  return `${count} workloads of ${all.length === 1 ? 'namespace' : 'namespaces'} ${where}`;
};

/** The same of workloads that may be there several times. */
export const workloadsText = (workloads: readonly { readonly name: string; readonly namespace: string }[]): string => {
  const names = new Set(workloads.map(({ name }) => name));
  return clientsText(
    names.size,
    () => names,
    () => new Set(workloads.map(({ namespace }) => namespace)),
  );
};

/** `port 8080`, `ports 53/UDP and 8080`. Each once. */
export const portsText = (ports: readonly string[]): string => {
  const distinct = [...new Set(ports)].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return `${distinct.length === 1 ? 'port' : 'ports'} ${listed(distinct)}`;
};
