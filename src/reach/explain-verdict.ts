import { listed } from '../text/listed.ts';
import { DOUBTS } from './doubts.ts';
import { endpointName, policyNames, ruleNames } from './naming.ts';
import { type Answer, type End, type Endpoint, type Exemption, isPod, type Verdict } from './verdict.ts';

/** A verdict in sentences. */
export interface ExplainedVerdict {
  readonly summary: string;
  readonly egress: string;
  readonly ingress: string;
}

const VERBS: Readonly<Record<Answer, string>> = {
  Yes: 'can connect to',
  No: 'cannot connect to',
  Unknown: 'may or may not be able to connect to',
};

const EXEMPTIONS: Readonly<Record<Exemption, string>> = {
  Itself: 'a pod always reaches itself',
  HostNetwork: 'the pod is on the host network, where most network plug-ins apply no NetworkPolicy',
  OwnNode: 'a node always reaches its own pods, and the source is the node, or on its host network',
  Outside: 'it is no pod, so no NetworkPolicy applies to it',
};

const isolated = ({ isolatedBy }: End, name: string): string => {
  const policies = policyNames(isolatedBy);
  return `${listed(policies)} ${policies.length === 1 ? 'isolates' : 'isolate'} ${name}`;
};

const uncertain = (end: End, name: string): string => {
  const { mayAllow, doubt } = end;
  if (doubt !== undefined)
    return `${isolated(end, name)}, and no rule surely allows the connection; but ${DOUBTS[doubt]}`;
  const [first] = mayAllow;
  const more = mayAllow.length > 1 ? ` (and ${mayAllow.length - 1} more)` : '';
  return `${isolated(end, name)}; ${ruleNames(mayAllow.slice(0, 1)).join()}${more} may allow the connection: ${DOUBTS[first!.doubt]}`;
};

/** One end: the state, with the rules or the policies that make it so. */
const endInWords = (end: End, endpoint: Endpoint, direction: 'egress' | 'ingress'): string => {
  const name = endpointName(endpoint);
  switch (end.state) {
    case 'NotGoverned':
      return `not governed for ${name}: ${EXEMPTIONS[end.exemption!]}`;
    case 'NotIsolated':
      return `open, because no NetworkPolicy isolates ${name} for ${direction}`;
    case 'Allowed':
      return `allowed by ${listed(ruleNames(end.allowedBy))}`;
    case 'Denied':
      return `denied: ${isolated(end, name)}, and no rule allows the connection`;
    case 'Unknown':
      return `unknown: ${uncertain(end, name)}`;
    case 'Finished':
      return `no traffic: ${name} has finished`;
  }
};

/** `Pod shop/web-1 cannot connect to Pod shop/db-0 at port 5432/TCP`, and the reason at both ends. */
export const explainVerdict = ({ from, to, traffic, allowed, egress, ingress }: Verdict): ExplainedVerdict => {
  const itself = from === to && isPod(from) && from.state === 'Running' ? 'itself' : endpointName(to);
  return {
    summary: `${endpointName(from)} ${VERBS[allowed]} ${itself} at port ${traffic.port}/${traffic.protocol}`,
    egress: `Egress: ${endInWords(egress, from, 'egress')}`,
    ingress: `Ingress: ${endInWords(ingress, to, 'ingress')}`,
  };
};
