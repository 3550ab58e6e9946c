import type { Port } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';

const describePort = ({ port, endPort, protocol = 'TCP' }: Port): string => {
  if (port === undefined) return `every ${protocol} port`;
  if (typeof port === 'string') return `${protocol} port ${port}`;
  return `${protocol} ${port}${endPort === undefined || endPort === port ? '' : `-${endPort}`}`;
};

/** The ports of a rule, in words. */
export const describePorts = (ports: readonly Port[] | undefined): string =>
  ports === undefined || ports.length === 0 ? 'every port' : listed(ports.map(describePort));
