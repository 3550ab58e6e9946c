import type { Resource } from '../src/kube/rest/resource.ts';

const namespaced = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const global = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

/** The kinds that tests and the demo handle themselves, by kind. */
export const KINDS = {
  Namespace: global('', 'namespaces', 'Namespace'),
  ServiceAccount: namespaced('', 'serviceaccounts', 'ServiceAccount'),
  Pod: namespaced('', 'pods', 'Pod'),
  Service: namespaced('', 'services', 'Service'),
  ConfigMap: namespaced('', 'configmaps', 'ConfigMap'),
  ResourceQuota: namespaced('', 'resourcequotas', 'ResourceQuota'),
  PodDisruptionBudget: namespaced('policy', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  EndpointSlice: namespaced('discovery.k8s.io', 'endpointslices', 'EndpointSlice'),
  Event: namespaced('events.k8s.io', 'events', 'Event'),
  Deployment: namespaced('apps', 'deployments', 'Deployment'),
  StatefulSet: namespaced('apps', 'statefulsets', 'StatefulSet'),
  DaemonSet: namespaced('apps', 'daemonsets', 'DaemonSet'),
  Job: namespaced('batch', 'jobs', 'Job'),
  CronJob: namespaced('batch', 'cronjobs', 'CronJob'),
  NetworkPolicy: namespaced('networking.k8s.io', 'networkpolicies', 'NetworkPolicy'),
  Role: namespaced('rbac.authorization.k8s.io', 'roles', 'Role'),
  RoleBinding: namespaced('rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding'),
  ClusterRole: global('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole'),
  ClusterRoleBinding: global('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding'),
  CustomResourceDefinition: global('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition'),
  ValidatingAdmissionPolicy: global(
    'admissionregistration.k8s.io',
    'validatingadmissionpolicies',
    'ValidatingAdmissionPolicy',
  ),
  ValidatingAdmissionPolicyBinding: global(
    'admissionregistration.k8s.io',
    'validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicyBinding',
  ),
  MutatingAdmissionPolicy: global(
    'admissionregistration.k8s.io',
    'mutatingadmissionpolicies',
    'MutatingAdmissionPolicy',
  ),
  MutatingAdmissionPolicyBinding: global(
    'admissionregistration.k8s.io',
    'mutatingadmissionpolicybindings',
    'MutatingAdmissionPolicyBinding',
  ),
} as const satisfies Record<string, Resource>;
