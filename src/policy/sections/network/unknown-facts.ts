import type { NetworkSection } from '../../../api/policy.ts';
import type { Reason } from '../../status/reasons.ts';
import type { ClusterFacts } from './context.ts';
import { isolated } from './rules.ts';

const isolatesEgress = (network: NetworkSection): boolean => isolated(network).includes('Egress');

/** The section allows traffic to the cluster's DNS. */
export const allowsDns = (network: NetworkSection | undefined): boolean =>
  network !== undefined && isolatesEgress(network) && network.allow?.dns !== false;

/** The section allows traffic to the API server. */
export const allowsApiServer = (network: NetworkSection | undefined): boolean =>
  network !== undefined && isolatesEgress(network) && network.allow?.apiServer === true;

interface UnknownFact {
  readonly reason: Extract<Reason, 'ApiServerUnknown' | 'DnsUnknown'>;
  readonly message: string;
}

/** The facts that the section relies on and that are not known: it is not in force as a whole then. */
export const unknownFacts = (network: NetworkSection, { apiServerKnown, dns }: ClusterFacts): UnknownFact[] => [
  ...(allowsApiServer(network) && !apiServerKnown
    ? [
        {
          reason: 'ApiServerUnknown' as const,
          message:
            'allow.apiServer is not in force: Service default/kubernetes has no ready endpoint; addresses that it had stay allowed for five minutes, and new ones are allowed as soon as they are ready',
        },
      ]
    : []),
  ...(allowsDns(network) && dns.state === 'Unknown'
    ? [
        {
          reason: 'DnsUnknown' as const,
          message: `${dns.message}. If the pods of this policy resolve no names, set allow.dns: false`,
        },
      ]
    : []),
];
