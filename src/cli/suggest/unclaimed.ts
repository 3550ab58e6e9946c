import { portText } from '../../reach/ports.ts';
import { behind } from './destinations.ts';
import type { Connection, Gap } from './evidence/evidence.ts';
import { exposedIn } from './evidence/exposed-services.ts';
import type { Scene } from './scene.ts';

/** Ports of Services that nothing shows a client of. */
export const unclaimed = (scene: Scene, connections: readonly Connection[]): Gap[] => {
  const claimed = new Set(
    connections.flatMap(({ to, ports }) =>
      to.type === 'Workload'
        ? ports.map((port) => JSON.stringify([to.workload.kind, to.workload.name, to.workload.namespace, port]))
        : [],
    ),
  );
  // They have a gap of their own.
  const outside = new Set(exposedIn(scene).map(({ metadata }) => metadata.name));
  return scene.services
    .filter(({ name }) => !outside.has(name))
    .flatMap((service) =>
      service.ports.flatMap((port): Gap[] => {
        const found = behind(scene, service, { port: port.port, protocol: port.protocol }).destinations.flatMap(
          ({ to, ports }) =>
            to.type === 'Workload' && !to.workload.hostNetwork
              ? ports.map((one) => ({ workload: to.workload, one }))
              : [],
        );
        const isClaimed = found.some(({ workload: { kind, name, namespace }, one }) =>
          claimed.has(JSON.stringify([kind, name, namespace, one])),
        );
        if (found.length === 0 || isClaimed) return [];
        const text = `Service ${service.name} at port ${portText(port)}: no client was found, so nobody may connect: add an ingress rule with ports: [{port: ${found[0]!.one.port}}]`;
        return [{ direction: 'ingress', text }];
      }),
    );
};
