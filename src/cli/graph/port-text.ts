import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import { compareText } from '../../text/compare-text.ts';

export const ALL_PORTS = 'all ports';

const withProtocol = (port: string, protocol = 'TCP'): string => (protocol === 'TCP' ? port : `${port}/${protocol}`);

/** The ports of a rule, as `8080`, `http`, `8000-8100`, `all UDP ports`. */
export const rulePorts = (ports: readonly NetworkPolicyPort[] | undefined): string[] =>
  ports?.length
    ? ports.map(({ port, endPort, protocol }) => {
        if (port === undefined || port === null) return `all ${protocol ?? 'TCP'} ports`;
        return withProtocol(endPort ? `${port}-${endPort}` : String(port), protocol);
      })
    : [ALL_PORTS];

/** By number, then by name. */
export const comparePorts = (a: string, b: string): number => {
  const [x, y] = [Number.parseInt(a, 10), Number.parseInt(b, 10)];
  return (Number.isNaN(x) ? 1e6 : x) - (Number.isNaN(y) ? 1e6 : y) || compareText(a, b);
};
