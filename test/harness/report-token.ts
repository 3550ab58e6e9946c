import type { KubeClient } from '../../src/kube/rest/client.ts';
import { KINDS } from './install.ts';

/** The token of a new account that may read the reports of the namespace. */
export const reportToken = async (admin: KubeClient, namespace: string): Promise<string> => {
  const metadata = { name: 'reader', namespace };
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: ['security.palisade.dev'], resources: ['imagescans/report'], verbs: ['get'] }];
  const binding = {
    roleRef: { apiGroup, kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  };
  await admin.create(KINDS.ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { namespace });
  await admin.create(KINDS.Role, { apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules }, { namespace });
  const body = { apiVersion: `${apiGroup}/v1`, kind: 'RoleBinding', metadata, ...binding };
  await admin.create(KINDS.RoleBinding, body, { namespace });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const options = { ...metadata, subresource: 'token' };
  return (await admin.create<{ status: { token: string } }>(KINDS.ServiceAccount, request, options)).status.token;
};
