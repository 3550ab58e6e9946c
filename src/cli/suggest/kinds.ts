import {
  CLUSTER_ROLE_BINDINGS,
  CUSTOM_RESOURCE_DEFINITIONS,
  clusterScoped,
  namespaced,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
} from '../../kube/kinds.ts';
import type { Resource } from '../../kube/rest/resource.ts';

const ADMISSION = 'admissionregistration.k8s.io';
const GATEWAY = 'gateway.networking.k8s.io';
const MONITORING = 'monitoring.coreos.com';

export const CONFIG_MAPS = namespaced('', 'configmaps', 'ConfigMap');
export const INGRESSES = namespaced('networking.k8s.io', 'ingresses', 'Ingress');
export const INGRESS_CLASSES = clusterScoped('networking.k8s.io', 'ingressclasses', 'IngressClass');
export const GATEWAYS = namespaced(GATEWAY, 'gateways', 'Gateway');
/** The kinds of routes of the Gateway API. */
export const ROUTES: readonly Resource[] = [
  namespaced(GATEWAY, 'httproutes', 'HTTPRoute'),
  namespaced(GATEWAY, 'grpcroutes', 'GRPCRoute'),
  { ...namespaced(GATEWAY, 'tcproutes', 'TCPRoute'), version: 'v1alpha2' },
  { ...namespaced(GATEWAY, 'tlsroutes', 'TLSRoute'), version: 'v1alpha2' },
  { ...namespaced(GATEWAY, 'udproutes', 'UDPRoute'), version: 'v1alpha2' },
];
export const PROMETHEUSES = namespaced(MONITORING, 'prometheuses', 'Prometheus');
export const ALERTMANAGERS = namespaced(MONITORING, 'alertmanagers', 'Alertmanager');
export const SERVICE_MONITORS = namespaced(MONITORING, 'servicemonitors', 'ServiceMonitor');
export const POD_MONITORS = namespaced(MONITORING, 'podmonitors', 'PodMonitor');
export const VALIDATING_WEBHOOKS = clusterScoped(
  ADMISSION,
  'validatingwebhookconfigurations',
  'ValidatingWebhookConfiguration',
);
export const MUTATING_WEBHOOKS = clusterScoped(
  ADMISSION,
  'mutatingwebhookconfigurations',
  'MutatingWebhookConfiguration',
);
export const API_SERVICES = clusterScoped('apiregistration.k8s.io', 'apiservices', 'APIService');

/** What a suggestion reads besides the objects of a world. Secrets are not among them. */
export const EVIDENCE_KINDS: readonly Resource[] = [
  ...[CONFIG_MAPS, INGRESSES, INGRESS_CLASSES, GATEWAYS, ...ROUTES],
  ...[PROMETHEUSES, ALERTMANAGERS, SERVICE_MONITORS, POD_MONITORS],
  ...[SERVICE_ACCOUNTS, ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS],
  ...[VALIDATING_WEBHOOKS, MUTATING_WEBHOOKS, API_SERVICES, CUSTOM_RESOURCE_DEFINITIONS],
];
