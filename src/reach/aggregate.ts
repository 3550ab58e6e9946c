import { listed } from '../text/listed.ts';

/** Workloads or namespaces that one sentence names. */
const MOST_NAMED = 5;

/** Workloads by their names, or their namespaces when they are many. Each once. */
export const workloadsText = (workloads: readonly { readonly name: string; readonly namespace: string }[]): string => {
  const names = [...new Set(workloads.map(({ name }) => name))].sort();
  if (names.length <= MOST_NAMED) return listed(names);
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].sort();
  const more = namespaces.length - MOST_NAMED;
  const where = listed(more > 0 ? [...namespaces.slice(0, MOST_NAMED), `${more} more`] : namespaces);
  return `${names.length} workloads of ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${where}`;
};

/** `port 8080`, `ports 53/UDP and 8080`. Each once. */
export const portsText = (ports: readonly string[]): string => {
  const distinct = [...new Set(ports)].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return `${distinct.length === 1 ? 'port' : 'ports'} ${listed(distinct)}`;
};
