import * as kinds from '../src/kube/kinds.ts';
import { clusterScoped, namespaced } from '../src/kube/kinds.ts';
import type { Resource } from '../src/kube/rest/resource.ts';

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
  ClusterRole: kinds.CLUSTER_ROLES,
  ClusterRoleBinding: kinds.CLUSTER_ROLE_BINDINGS,
  CustomResourceDefinition: kinds.CUSTOM_RESOURCE_DEFINITIONS,
  ValidatingAdmissionPolicy: kinds.VALIDATING_ADMISSION_POLICIES,
  ValidatingAdmissionPolicyBinding: kinds.VALIDATING_ADMISSION_POLICY_BINDINGS,
  MutatingAdmissionPolicy: clusterScoped(
    'admissionregistration.k8s.io',
    'mutatingadmissionpolicies',
    'MutatingAdmissionPolicy',
  ),
  MutatingAdmissionPolicyBinding: clusterScoped(
    'admissionregistration.k8s.io',
    'mutatingadmissionpolicybindings',
    'MutatingAdmissionPolicyBinding',
  ),
} as const satisfies Record<string, Resource>;
