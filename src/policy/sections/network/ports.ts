import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import type { Port } from '../../../api/policy.ts';

/** With the protocol that the API server would fill in, so that a comparison with what it stores finds no difference. */
export const renderPort = ({ port, endPort, protocol }: Port): NetworkPolicyPort => ({
  protocol: protocol ?? 'TCP',
  ...(port !== undefined && { port }),
  ...(endPort !== undefined && { endPort }),
});
