import { portText } from '../ports.ts';
import { isHeadless, selectedPods, targetPort } from '../service.ts';
import { isLive, type ReachService, type ServicePort } from '../world.ts';
import { hasCallers } from './callers.ts';
import type { Finding } from './finding.ts';
import type { Scene } from './scene.ts';

const ofPort = (scene: Scene, service: ReachService, port: ServicePort): Finding[] => {
  const isolated = new Set(scene.isolated.filter(isLive));
  const pods = selectedPods(service, scene.podsIn(service.namespace));
  const targets = pods.flatMap((pod) => {
    const number = targetPort(port, pod);
    return number === undefined ? [] : [{ pod, traffic: { port: number, protocol: port.protocol } }];
  });
  if (!targets.some(({ pod }) => isolated.has(pod))) return [];
  // A headless Service is how the members of a cluster find each other.
  const replicas = isHeadless(service) ? 'Always' : 'WhereSelected';
  if (targets.some(({ pod, traffic }) => hasCallers(scene.reach, pod, traffic, { replicas }))) return [];
  const target = portText(targets[0]!.traffic);
  const own = portText(port);
  const maps = target === own ? `port ${own}` : `port ${own}, which is port ${target} of its pods`;
  const message = `Service ${service.namespace}/${service.name} has no clients at ${maps}: nobody may connect to it; add an ingress rule with ports: [{port: ${targets[0]!.traffic.port}}]`;
  return [{ reason: 'ServiceUnreachable', message }];
};

/** Services of the namespace whose pods nobody may reach. */
export const serviceUnreachable = (scene: Scene): Finding[] => {
  const isIsolating = scene.policy.network.isolate?.includes('Ingress') ?? true;
  if (!isIsolating) return [];
  const services = scene.servicesIn(new Set([scene.policy.namespace]));
  return services.flatMap((service) => service.ports.flatMap((port) => ofPort(scene, service, port)));
};
