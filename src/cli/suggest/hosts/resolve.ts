import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { ReachService } from '../../../reach/world.ts';
import type { Scene } from '../scene.ts';

/** What the name of a host stands for in a namespace. */
export type Resolved =
  | { readonly type: 'Service'; readonly service: ReachService }
  | { readonly type: 'Address'; readonly address: string }
  /** A name of the cluster that no Service of the world has. */
  | { readonly type: 'Missing'; readonly namespace: string; readonly name: string }
  /** A name outside the cluster, or none at all. */
  | { readonly type: 'Outside'; readonly host: string; readonly through?: ReachService }
  | { readonly type: 'Itself' };

const LOCAL = new Set(['localhost', 'localhost.localdomain', 'host.docker.internal']);
const LONGEST_CHAIN = 5;

const isSpecial = (address: string): boolean =>
  ['loopback', 'unspecified', 'multicast', 'broadcast'].includes(ipaddr.process(address).range());

const byAddress = (scene: Scene, address: string): Resolved => {
  if (isSpecial(address)) return { type: 'Itself' };
  const service = scene.world.services.find(({ clusterIPs = [] }) => clusterIPs.includes(address));
  return service === undefined ? { type: 'Address', address } : { type: 'Service', service };
};

/** The Service of POD.SERVICE, which the DNS of the cluster has for headless ones. */
const ofPod = (scene: Scene, namespace: string, pod: string, name: string): ReachService | undefined => {
  const service = scene.service(namespace, name);
  const isPod = scene.workloads.some(
    (one) => one.namespace === namespace && (pod === one.name || pod.startsWith(`${one.name}-`)),
  );
  return service?.clusterIPs?.length === 0 && isPod ? service : undefined;
};

const inCluster = (scene: Scene, namespace: string, labels: readonly string[]): Resolved | undefined => {
  const at = labels.indexOf('svc', 2);
  const [first = '', second = '', third = ''] = labels;
  if (at >= 2) {
    const [name, of] = [labels[at - 2]!, labels[at - 1]!];
    const service = scene.service(of, name);
    return service ? { type: 'Service', service } : { type: 'Missing', namespace: of, name };
  }
  const service =
    labels.length === 1
      ? scene.service(namespace, first)
      : labels.length === 2
        ? // The search path of DNS tries the own namespace first.
          (ofPod(scene, namespace, first, second) ?? scene.service(second, first))
        : labels.length === 3
          ? ofPod(scene, third, first, second)
          : undefined;
  return service && { type: 'Service', service };
};

/** The Service behind another one of type ExternalName, or the name outside. */
const follow = (scene: Scene, found: Resolved, rest = LONGEST_CHAIN): Resolved => {
  if (found.type !== 'Service' || found.service.externalName === undefined) return found;
  const host = found.service.externalName.toLowerCase().replace(/\.$/, '');
  const next = rest > 0 && host.split('.').includes('svc') ? inCluster(scene, '', host.split('.')) : undefined;
  if (next === undefined || next.type === 'Missing') return { type: 'Outside', host, through: found.service };
  return follow(scene, next, rest - 1);
};

/** As the DNS of the cluster answers a pod of the namespace. */
export const resolveHost = (scene: Scene, namespace: string, host: string): Resolved => {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (LOCAL.has(name)) return { type: 'Itself' };
  if (isIP(name) !== 0) return byAddress(scene, name);
  return follow(scene, inCluster(scene, namespace, name.split('.')) ?? { type: 'Outside', host: name });
};
