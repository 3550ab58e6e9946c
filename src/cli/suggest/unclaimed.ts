import { SERVICES } from '../../kube/kinds.ts';
import { portText } from '../../reach/ports.ts';
import { behind } from './destinations.ts';
import type { Connection, Gap } from './evidence/evidence.ts';
import type { Scene } from './scene.ts';

/** Services whose clients are outside the cluster have a gap of their own. */
const exposed = (scene: Scene): ReadonlySet<string> =>
  new Set(
    scene
      .objectsOf<{ metadata: { name: string; namespace: string }; spec?: { type?: string } }>(SERVICES)
      .filter(
        ({ metadata, spec }) =>
          metadata.namespace === scene.namespace && ['LoadBalancer', 'NodePort'].includes(spec?.type ?? ''),
      )
      .map(({ metadata }) => metadata.name),
  );

/** Ports of Services that nothing shows a client of. */
export const unclaimed = (scene: Scene, connections: readonly Connection[]): Gap[] => {
  const claimed = new Set(
    connections.flatMap(({ to, ports }) =>
      to.type === 'Workload'
        ? ports.map((port) => JSON.stringify([to.workload.kind, to.workload.name, to.workload.namespace, port]))
        : [],
    ),
  );
  const outside = exposed(scene);
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
