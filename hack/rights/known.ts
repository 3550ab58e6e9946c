import type { Known } from './compare.ts';

const bound = 'asked for when a RoleBinding is written: test/cluster/policy/rights.test.ts';
const published = 'asked for by config/admission/status.yaml: test/attack/policies.test.ts';

export const known: Known = {
  operator: ['palisade', 'palisade-leader-election'],
  others: {
    'palisade-attack/palisade': 'a test that uses the token as a thief would',
  },
  unseen: {
    'publish containersecuritypolicies.security.palisade.dev/status': published,
    'publish imagescans.security.palisade.dev/status': published,
    'bind clusterroles.rbac.authorization.k8s.io palisade-viewer': bound,
    'bind clusterroles.rbac.authorization.k8s.io palisade-deployer': bound,
    'bind clusterroles.rbac.authorization.k8s.io palisade-admin': bound,
    'update containersecuritypolicies.security.palisade.dev/finalizers':
      'asked for by an admission plugin when something is owned: test/cluster/policy/rights.test.ts',
  },
  refused: {
    'shared: get secrets': 'namespaces that have not opted in',
    'shared: create jobs.batch': 'sbom-job: a namespace without config/job-scanner',
    'admission-policies: list validatingadmissionpolicies.admissionregistration.k8s.io':
      'the right is taken away, as by older rights',
    'admission-policies: list validatingadmissionpolicybindings.admissionregistration.k8s.io': 'the same',
    'pull-secrets: get secrets': 'namespaces that have not opted in, and Secrets that the Role does not name',
    'open-reports: patch reports.openreports.io': 'config/openreports is not applied yet',
  },
};
