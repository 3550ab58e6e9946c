import type { Volume } from 'kubernetes-types/core/v1.js';
import { CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS, SERVICE_ACCOUNTS } from '../../../kube/kinds.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import type { ApiClient, Evidence, Gap } from './evidence.ts';

interface Binding {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

interface Account {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly automountServiceAccountToken?: boolean;
}

const accountOf = ({ spec }: Workload): string => spec.serviceAccountName || spec.serviceAccount || 'default';

/** The bindings that name the account, or all accounts of its namespace; those of every account give no right of its own. */
const bindingOf = (bindings: readonly Binding[], { namespace }: Workload, account: string): Binding | undefined =>
  bindings.find(({ metadata, subjects = [] }) =>
    subjects.some((subject) =>
      subject.kind === 'ServiceAccount'
        ? subject.name === account && (subject.namespace ?? metadata.namespace) === namespace
        : subject.kind === 'Group' && subject.name === `system:serviceaccounts:${namespace}`,
    ),
  );

/** Not that which the API server adds to every pod. */
const hasTokenVolume = ({ spec: { volumes = [] } }: Workload): boolean =>
  volumes.some(
    ({ name, projected }: Volume) =>
      !name.startsWith('kube-api-access-') &&
      projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken && !serviceAccountToken.audience),
  );

/** Workloads that have a token and rights, or that ask for a token; a token that every pod has by default shows nothing. */
export const apiClients = (scene: Scene): Partial<Evidence> => {
  const bindings = scene.objectsOf<Binding>(ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS);
  const accounts = scene.objectsOf<Account>(SERVICE_ACCOUNTS);
  const isPartial = scene.isUnread(ROLE_BINDINGS, scene.namespace) || scene.isUnread(CLUSTER_ROLE_BINDINGS);
  const found: ApiClient[] = [];
  const gaps: Gap[] = [];
  for (const workload of scene.own) {
    const account = accountOf(workload);
    const own = accounts.find(({ metadata }) => metadata.namespace === scene.namespace && metadata.name === account);
    const asked = workload.spec.automountServiceAccountToken;
    const hasToken = hasTokenVolume(workload) || (asked ?? own?.automountServiceAccountToken ?? true);
    if (!hasToken) continue;
    const name = scene.nameOf(workload);
    const binding = bindingOf(bindings, workload, account);
    if (binding !== undefined)
      found.push({
        workload,
        why: `${name}: ${binding.kind} ${binding.metadata.name} grants rights to ServiceAccount ${account}`,
      });
    else if (hasTokenVolume(workload) || asked === true)
      found.push({ workload, why: `${name}: its template mounts a token` });
    else if (isPartial)
      gaps.push({
        direction: 'egress',
        text: `${name} has a token of ServiceAccount ${account}, and you may not list all RoleBindings and ClusterRoleBindings, so it is unknown whether it uses the API server: if it does, set allow.apiServer: true`,
      });
  }
  return { apiClients: found, gaps };
};
