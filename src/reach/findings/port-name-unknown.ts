import { listed } from '../../text/listed.ts';
import type { ReachPod } from '../world.ts';
import { destinationsOf, knowsDestinations, protocolOf } from './destinations.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import type { Scene } from './scene.ts';

const cureOf = (name: string, protocol: string, pods: readonly ReachPod[]): string => {
  const declared = pods.flatMap(({ ports }) => ports);
  const other = declared.find((one) => one.name === name);
  if (other !== undefined) return `the port of that name is ${other.protocol}, so write protocol: ${other.protocol}`;
  const names = declared.filter((one) => one.protocol === protocol).flatMap((one) => one.name ?? []);
  const near = nearest(name, names);
  if (near !== undefined) return `write ${near}`;
  const all = [...new Set(names)].sort();
  return all.length === 0
    ? 'write the number of the port'
    : `its pods have ${listed(all.slice(0, 5))}, so write one of them, or a number`;
};

/** The name of a port that no selected pod has. */
export const portNameUnknown = (scene: Scene): Finding[] =>
  scene.rules.flatMap((rule) => {
    const pods = destinationsOf(scene, rule);
    if (pods.length === 0 || !knowsDestinations(scene, rule)) return [];
    return (rule.ports ?? []).flatMap((one): Finding[] => {
      const { port } = one;
      const protocol = protocolOf(one);
      if (typeof port !== 'string') return [];
      if (pods.some(({ ports }) => ports.some((p) => p.name === port && p.protocol === protocol))) return [];
      const message = `none of its pods has a ${protocol} port named ${port}: ${cureOf(port, protocol, pods)}`;
      return [{ reason: 'PortNameUnknown', rule: rule.name, message }];
    });
  });
