import * as kinds from '../src/kube/kinds.ts';
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
  Namespace: kinds.NAMESPACES,
  ServiceAccount: namespaced('', 'serviceaccounts', 'ServiceAccount'),
  Pod: kinds.PODS,
  Service: kinds.SERVICES,
  ConfigMap: namespaced('', 'configmaps', 'ConfigMap'),
  ResourceQuota: namespaced('', 'resourcequotas', 'ResourceQuota'),
  PodDisruptionBudget: namespaced('policy', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  EndpointSlice: kinds.ENDPOINT_SLICES,
  Event: kinds.EVENTS,
  Deployment: namespaced('apps', 'deployments', 'Deployment'),
  StatefulSet: namespaced('apps', 'statefulsets', 'StatefulSet'),
  DaemonSet: namespaced('apps', 'daemonsets', 'DaemonSet'),
  Job: kinds.JOBS,
  CronJob: namespaced('batch', 'cronjobs', 'CronJob'),
  NetworkPolicy: kinds.NETWORK_POLICIES,
  Role: kinds.ROLES,
  RoleBinding: kinds.ROLE_BINDINGS,
  ClusterRole: global('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole'),
  ClusterRoleBinding: global('rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding'),
  CustomResourceDefinition: kinds.CUSTOM_RESOURCE_DEFINITIONS,
  ValidatingAdmissionPolicy: kinds.VALIDATING_ADMISSION_POLICIES,
  ValidatingAdmissionPolicyBinding: kinds.VALIDATING_ADMISSION_POLICY_BINDINGS,
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
