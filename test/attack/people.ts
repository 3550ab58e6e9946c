import { accountConfig, OPERATOR_ACCOUNT } from '../../hack/install.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { loadKubeConfig, PooledKubeConfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KINDS } from '../harness/install.ts';
import type { Palisade } from '../harness/palisade.ts';
import { until } from '../harness/until.ts';

/** A client as a ServiceAccount, with nothing but its token. */
const clientOf = async ({ admin, kubeconfig }: Palisade, account: { namespace: string; name: string }) => {
  const config = await accountConfig(admin, loadKubeConfig(kubeconfig), account, new PooledKubeConfig());
  return new KubeClient(config, { userAgent: `palisade-attack/${account.name}` });
};

/** Somebody whom the API server knows: a ServiceAccount of `home`, bound to a ClusterRole in `where`. */
export const person = async (
  palisade: Palisade,
  { name, home, where, role }: { name: string; home: string; where: string; role: string },
): Promise<KubeClient> => {
  const { admin } = palisade;
  await admin.create(
    KINDS.ServiceAccount,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    { namespace: home },
  );
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${home}-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
  };
  await admin.create(KINDS.RoleBinding, binding, { namespace: where });
  return await clientOf(palisade, { namespace: home, name });
};

/** The operator's own account, its token stolen. */
export const thief = (palisade: Palisade): Promise<KubeClient> => clientOf(palisade, OPERATOR_ACCOUNT);

/** Aggregation is a controller: the rights of view, edit and admin come a moment after they were applied. */
export const untilAggregated = async ({ admin }: Palisade): Promise<void> => {
  const rulesOf = async (name: string) =>
    (await admin.get<KubeObject & { rules?: { resources?: string[] }[] }>(KINDS.ClusterRole, name)).rules ?? [];
  await until('admin holds what config/rbac/people.yaml gives it', async () =>
    (await rulesOf('admin')).some((r) => r.resources?.includes('accessprofiles')),
  );
};
