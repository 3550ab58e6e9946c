import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1.js';
import type { ContainerPort, ReachPod, ReachPolicy, World } from '../../src/reach/world.ts';

export const HTTP: ContainerPort = { port: 8080, name: 'http', protocol: 'TCP' };

/** A running pod with the label `app`, as in `shop/web`. */
export const pod = (path: string, more: Partial<ReachPod> = {}): ReachPod => {
  const [namespace = '', name = ''] = path.split('/');
  return { namespace, name, labels: { app: name }, ports: [HTTP], state: 'Running', ...more };
};

export const netpol = (path: string, spec: Partial<NetworkPolicySpec>): ReachPolicy => {
  const [namespace = '', name = ''] = path.split('/');
  return { namespace, name, spec: { podSelector: {}, ...spec } };
};

export const world = (more: Partial<World> = {}): World => ({
  namespaces: [
    { name: 'shop', labels: { team: 'shop' } },
    { name: 'data', labels: { team: 'data', tier: 'back' } },
  ],
  ...{ pods: [], services: [], slices: [], policies: [] },
  ...more,
});

export const app = (name: string) => ({ matchLabels: { app: name } });
