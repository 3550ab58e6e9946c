import type { Resource } from './rest/resource.ts';

/** A namespaced resource of version v1. */
export const namespaced = (group: string, plural: string, kind: string): Resource => ({
  group,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

/** A cluster-scoped resource of version v1. */
export const clusterScoped = (group: string, plural: string, kind: string): Resource => ({
  ...namespaced(group, plural, kind),
  namespaced: false,
});

const ADMISSION = 'admissionregistration.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

export const NAMESPACES = clusterScoped('', 'namespaces', 'Namespace');
export const NODES = clusterScoped('', 'nodes', 'Node');
export const PODS = namespaced('', 'pods', 'Pod');
export const SECRETS = namespaced('', 'secrets', 'Secret');
export const SERVICE_ACCOUNTS = namespaced('', 'serviceaccounts', 'ServiceAccount');
export const SERVICES = namespaced('', 'services', 'Service');
export const ENDPOINT_SLICES = namespaced('discovery.k8s.io', 'endpointslices', 'EndpointSlice');
export const EVENTS = namespaced('events.k8s.io', 'events', 'Event');
/** The older API of the same objects, with involvedObject and message. */
export const CORE_EVENTS = namespaced('', 'events', 'Event');
const APPS = 'apps';
export const DEPLOYMENTS = namespaced(APPS, 'deployments', 'Deployment');
export const STATEFUL_SETS = namespaced(APPS, 'statefulsets', 'StatefulSet');
export const REPLICA_SETS = namespaced(APPS, 'replicasets', 'ReplicaSet');
export const DAEMON_SETS = namespaced(APPS, 'daemonsets', 'DaemonSet');
export const CRON_JOBS = namespaced('batch', 'cronjobs', 'CronJob');
export const JOBS = namespaced('batch', 'jobs', 'Job');
export const REPLICATION_CONTROLLERS = namespaced('', 'replicationcontrollers', 'ReplicationController');
/** The kinds that have a pod template. */
export const WORKLOADS = [
  DEPLOYMENTS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CRON_JOBS,
  JOBS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
] as const;
export const LEASES = namespaced('coordination.k8s.io', 'leases', 'Lease');
export const NETWORK_POLICIES = namespaced('networking.k8s.io', 'networkpolicies', 'NetworkPolicy');
export const ROLES = namespaced(RBAC, 'roles', 'Role');
export const ROLE_BINDINGS = namespaced(RBAC, 'rolebindings', 'RoleBinding');
export const CLUSTER_ROLES = clusterScoped(RBAC, 'clusterroles', 'ClusterRole');
export const CLUSTER_ROLE_BINDINGS = clusterScoped(RBAC, 'clusterrolebindings', 'ClusterRoleBinding');
export const SUBJECT_ACCESS_REVIEWS = clusterScoped(AUTHORIZATION, 'subjectaccessreviews', 'SubjectAccessReview');
export const LOCAL_SUBJECT_ACCESS_REVIEWS = namespaced(
  AUTHORIZATION,
  'localsubjectaccessreviews',
  'LocalSubjectAccessReview',
);
export const CUSTOM_RESOURCE_DEFINITIONS = clusterScoped(
  'apiextensions.k8s.io',
  'customresourcedefinitions',
  'CustomResourceDefinition',
);
export const VALIDATING_ADMISSION_POLICIES = clusterScoped(
  ADMISSION,
  'validatingadmissionpolicies',
  'ValidatingAdmissionPolicy',
);
export const VALIDATING_ADMISSION_POLICY_BINDINGS = clusterScoped(
  ADMISSION,
  'validatingadmissionpolicybindings',
  'ValidatingAdmissionPolicyBinding',
);
