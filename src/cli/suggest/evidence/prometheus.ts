import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';

const IMAGE = /(?:^|\/)prometheus(?:[:@]|$)/;

/** A Prometheus of the Prometheus operator follows ServiceMonitors; any other one usually follows annotations. */
export const isOperated = ({ kind, pods }: Workload): boolean =>
  kind === 'Prometheus' || pods.some(({ labels }) => labels['operator.prometheus.io/name'] !== undefined);

const isServer = ({ labels, spec: { containers = [] } }: Workload): boolean => {
  const name = labels['app.kubernetes.io/name'] ?? labels.app;
  const component = labels['app.kubernetes.io/component'] ?? labels.component ?? 'server';
  return containers.some(({ image = '' }) => IMAGE.test(image)) || (name === 'prometheus' && component === 'server');
};

/** The Prometheus servers of the world. */
export const prometheusServers = ({ workloads }: Scene): Workload[] =>
  workloads.filter((workload) => isOperated(workload) || isServer(workload));
