import { accountConfig, OPERATOR_ACCOUNT } from '../../hack/install.ts';
import { createPerson, type Person } from '../../hack/person.ts';
import { GROUP } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { loadKubeConfig, PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { KINDS } from '../harness/install.ts';
import type { Palisade } from '../harness/palisade.ts';
import { until } from '../harness/until.ts';

/** A client as a ServiceAccount, with nothing but its token. */
const clientOf = async ({ admin, kubeconfig }: Palisade, account: { namespace: string; name: string }) => {
  const config = await accountConfig(admin, loadKubeConfig(kubeconfig), account, new PooledKubeConfig());
  return new KubeClient(config, { userAgent: `palisade-attack/${account.name}` });
};

/** A client as an account that createPerson makes. */
export const person = async (palisade: Palisade, who: Person): Promise<KubeClient> => {
  await createPerson(palisade.admin, who);
  return await clientOf(palisade, { namespace: who.home, name: who.name });
};

/** As `person`, with a ClusterRole of its own that has these rights, and goes with `closed`. */
export const personWith = async (
  palisade: Palisade,
  { name, home, where }: { name: string; home: string; where: string },
  rights: Readonly<Record<string, readonly string[]>>,
  closed: (clean: () => Promise<void>) => void,
): Promise<KubeClient> => {
  const role = `${home}-${name}`;
  const rules = Object.entries(rights).map(([resource, verbs]) => ({
    apiGroups: [GROUP, 'rbac.authorization.k8s.io', ''],
    resources: [resource],
    verbs,
  }));
  const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: role }, rules };
  await palisade.admin.create(KINDS.ClusterRole, body);
  closed(() => palisade.admin.delete(KINDS.ClusterRole, role));
  return await person(palisade, { name, home, where, role });
};

/** The operator's own account, its token stolen. */
export const thief = (palisade: Palisade): Promise<KubeClient> => clientOf(palisade, OPERATOR_ACCOUNT);

/** Aggregation is a controller: the rights of view, edit and admin arrive a moment after they were applied. */
export const untilAggregated = async ({ admin }: Palisade): Promise<void> => {
  const rulesOf = async (name: string) =>
    (await admin.get<KubeObject & { rules?: { resources?: string[] }[] }>(KINDS.ClusterRole, name)).rules ?? [];
  for (const [role, resource] of [
    ['view', 'imagescans/report'],
    ['edit', 'imagescans'],
    ['admin', 'accessprofiles'],
  ] as const) {
    await until(`${role} holds what config/rbac/people.yaml gives it`, async () =>
      (await rulesOf(role)).some((r) => r.resources?.includes(resource)),
    );
  }
};
