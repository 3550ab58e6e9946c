import type { KubeClient } from '../src/kube/rest/client.ts';
import { KINDS } from './kinds.ts';

export interface Person {
  readonly name: string;
  /** Namespace of the ServiceAccount. */
  readonly home: string;
  /** Namespace in which it has the ClusterRole. */
  readonly where: string;
  readonly role: string;
}

/** Creates a user of the API server: a ServiceAccount of `home`, bound to a ClusterRole in `where`. */
export const createPerson = async (admin: KubeClient, { name, home, where, role }: Person): Promise<void> => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
  await admin.create(KINDS.ServiceAccount, account, { namespace: home });
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${home}-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
  };
  await admin.create(KINDS.RoleBinding, binding, { namespace: where });
};
