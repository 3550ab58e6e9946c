/** The resources of Kubernetes by API group, and those that only authorization knows (users, groups, uids, signers). */
const NAMESPACED: Readonly<Record<string, string>> = {
  '': 'bindings configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
  apps: 'controllerrevisions daemonsets deployments replicasets statefulsets',
  'authorization.k8s.io': 'localsubjectaccessreviews',
  autoscaling: 'horizontalpodautoscalers',
  batch: 'cronjobs jobs',
  'coordination.k8s.io': 'leases',
  'discovery.k8s.io': 'endpointslices',
  'events.k8s.io': 'events',
  'networking.k8s.io': 'ingresses networkpolicies',
  policy: 'poddisruptionbudgets',
  'rbac.authorization.k8s.io': 'rolebindings roles',
  'resource.k8s.io': 'resourceclaims resourceclaimtemplates',
  'security.palisade.dev': 'containersecuritypolicies imagescans',
  'storage.k8s.io': 'csistoragecapacities',
};

const CLUSTER_SCOPED: Readonly<Record<string, string>> = {
  '': 'componentstatuses groups namespaces nodes persistentvolumes users',
  'admissionregistration.k8s.io':
    'mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations',
  'apiextensions.k8s.io': 'customresourcedefinitions',
  'apiregistration.k8s.io': 'apiservices',
  'authentication.k8s.io': 'selfsubjectreviews tokenreviews uids userextras',
  'authorization.k8s.io': 'selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  'certificates.k8s.io': 'certificatesigningrequests clustertrustbundles signers',
  'flowcontrol.apiserver.k8s.io': 'flowschemas prioritylevelconfigurations',
  'networking.k8s.io': 'ingressclasses ipaddresses servicecidrs',
  'node.k8s.io': 'runtimeclasses',
  'rbac.authorization.k8s.io': 'clusterrolebindings clusterroles',
  'resource.k8s.io': 'deviceclasses resourceslices',
  'scheduling.k8s.io': 'priorityclasses',
  'storage.k8s.io': 'csidrivers csinodes storageclasses volumeattachments volumeattributesclasses',
};

interface KubernetesResource {
  readonly group: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

const rows = (table: Readonly<Record<string, string>>, namespaced: boolean): KubernetesResource[] =>
  Object.entries(table).flatMap(([group, names]) =>
    names.split(' ').map((resource) => ({ group, resource, namespaced })),
  );

/** The core group first: it has the older of two resources with one name. */
export const KUBERNETES_RESOURCES: readonly KubernetesResource[] = [
  ...rows(NAMESPACED, true),
  ...rows(CLUSTER_SCOPED, false),
];

/** What the API server asks authorization for, as of Kubernetes and of Palisade. */
export const KUBERNETES_VERBS: readonly string[] = [
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  ...['bind', 'escalate', 'impersonate', 'use', 'approve', 'sign', 'attest', 'publish'],
];
