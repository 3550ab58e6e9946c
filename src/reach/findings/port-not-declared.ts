import { listed } from '../../text/listed.ts';
import { portText } from '../ports.ts';
import { selectedPods, targetPort } from '../service.ts';
import type { ReachPod, ReachService } from '../world.ts';
import { destinationsOf, protocolOf } from './destinations.ts';
import type { Finding } from './finding.ts';
import type { Rule } from './rules.ts';
import type { Scene } from './scene.ts';

interface Mapping {
  readonly service: ReachService;
  readonly target: number;
}

/** The Services that map a port to another one of some of the pods. */
const mappings = (scene: Scene, pods: readonly ReachPod[], port: number, protocol: string): Mapping[] => {
  const namespaces = new Set(pods.map(({ namespace }) => namespace));
  const services = scene.servicesIn(namespaces).filter(({ clusterIPs }) => clusterIPs?.length !== 0);
  return services.flatMap((service) => {
    const of = service.ports.find((one) => one.port === port && one.protocol === protocol);
    if (of === undefined) return [];
    const targets = selectedPods(service, pods).map((pod) => targetPort(of, pod));
    const target = targets.find((number) => number !== undefined && number !== port);
    return target === undefined ? [] : [{ service, target }];
  });
};

const named = ({ service, target }: Mapping, port: number): string =>
  `Service ${service.namespace}/${service.name} maps ${port} to ${target}`;

/** The port of a Service in place of that of its pods. */
export const portNotDeclared = (scene: Scene): Finding[] =>
  scene.rules.flatMap((rule: Rule) => {
    const pods = destinationsOf(scene, rule);
    return (rule.ports ?? []).flatMap((one): Finding[] => {
      const { port, endPort } = one;
      if (typeof port !== 'number' || endPort !== undefined || pods.length === 0) return [];
      const protocol = protocolOf(one);
      if (pods.some(({ ports }) => ports.some((p) => p.port === port && p.protocol === protocol))) return [];
      const found = mappings(scene, pods, port, protocol);
      if (found.length === 0) return [];
      const targets = [...new Set(found.map(({ target }) => `${target}`))];
      const maps = listed(found.slice(0, 3).map((mapping) => named(mapping, port)));
      const message = `none of its pods declares port ${portText({ port, protocol })}, and NetworkPolicies match the port of the pod; ${maps}: write ${listed(targets)}`;
      return [{ reason: 'PortNotDeclared', rule: rule.name, message }];
    });
  });
