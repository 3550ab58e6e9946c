import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import { selects } from '../../api/selector.ts';
import type { RuleRef } from '../../reach/compiled-policy.ts';
import { NAMESPACE_NAME_LABEL } from '../../reach/namespaces.ts';
import { sourcesOf } from '../../reach/naming.ts';
import type { Reach } from '../../reach/reach.ts';
import type { World } from '../../reach/world.ts';
import type { Link } from './links.ts';
import { rulePorts } from './port-text.ts';
import { classesOf, type Workload } from './workloads.ts';

/** Peers that are no workload of the world. Keys of workloads are JSON, so these are none. */
export const ANYWHERE = 'anywhere';
export const API_SERVER = 'Kubernetes API server';
export const DNS = 'DNS';
/** Of selectors that select no pod of the world. */
export const OTHER_PODS = 'pods not found';

const blockText = ({ cidr, except = [] }: IPBlock): string =>
  except.length > 0 ? `${cidr} except ${except.join(', ')}` : cidr;

type IsHere = (peer: NetworkPolicyPeer, namespace: string) => boolean;

/** Whether a peer selects a pod of the world, or may: a namespace's labels can be unknown. */
const isHere = ({ namespaces, pods }: World): IsHere => {
  const labels = new Map(namespaces.map(({ name, labels }) => [name, labels]));
  const alive = pods.filter(({ state }) => state !== 'Finished');
  const known = new Map<string, boolean>();
  return (peer, own) => {
    const { podSelector = {}, namespaceSelector } = peer;
    const inNamespace = (name: string): boolean => {
      if (namespaceSelector === undefined) return name === own;
      const found = labels.get(name);
      return found === undefined || selects(namespaceSelector, { ...found, [NAMESPACE_NAME_LABEL]: name });
    };
    const key = JSON.stringify([peer, namespaceSelector ? '' : own]);
    const here = known.get(key) ?? alive.some((pod) => inNamespace(pod.namespace) && selects(podSelector, pod.labels));
    known.set(key, here);
    return here;
  };
};

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[];
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

const ruleOf = ({ policy: { spec }, direction, index }: RuleRef): Rule => {
  if (direction === 'Ingress') return { peers: spec.ingress?.[index]?.from ?? [], ports: spec.ingress?.[index]?.ports };
  return { peers: spec.egress?.[index]?.to ?? [], ports: spec.egress?.[index]?.ports };
};

/** The peers of a rule outside the world. */
const outsideOf = (ref: RuleRef, here: IsHere): string[] => {
  const { peers } = ruleOf(ref);
  if (peers.length === 0) return [ANYWHERE];
  const fields = new Set(sourcesOf(ref).map(({ field }) => field));
  const isOnly = (field: string): boolean => fields.size === 1 && fields.has(field);
  if (isOnly('apiServer')) return [API_SERVER];
  return peers.flatMap((peer) => {
    if (peer.ipBlock) return [isOnly('dns') ? DNS : blockText(peer.ipBlock)];
    if (here(peer, ref.policy.namespace)) return [];
    return [isOnly('dns') ? DNS : OTHER_PODS];
  });
};

/** What rules allow between the workloads and peers outside the world. */
export const linksOutside = (reach: Reach, workloads: readonly Workload[]): Link[] => {
  const here = isHere(reach.world);
  return workloads.flatMap((workload) => {
    const classes = classesOf(workload, reach);
    return (['Ingress', 'Egress'] as const).flatMap((direction) => {
      const counts = new Map<string, Set<number>>();
      for (const of of classes)
        for (const { ref } of reach.isolating(of, direction).flatMap(({ rules }) => rules))
          for (const peer of outsideOf(ref, here))
            for (const port of rulePorts(ruleOf(ref).ports)) {
              const key = JSON.stringify([peer, port]);
              counts.set(key, (counts.get(key) ?? new Set()).add(of.index));
            }
      return [...counts].map(([key, found]): Link => {
        const [peer, port] = JSON.parse(key) as [string, string];
        const [from, to] = direction === 'Ingress' ? [peer, workload.key] : [workload.key, peer];
        return { from, to, port, certain: found.size === classes.length };
      });
    });
  });
};
