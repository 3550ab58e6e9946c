import type { PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1.js';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy, Selector } from '../../api/policy.ts';
import { selectorOf } from '../../api/selector.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from '../../kube/kinds.ts';
import { controllingPolicy } from '../../policy/children/owner.ts';
import { PROFILE_ROLES } from '../../policy/sections/access/profiles.generated.ts';
import { renderAccess } from '../../policy/sections/access/render.ts';
import { listed } from '../../text/listed.ts';
import { covers, type Right, rightsOf } from '../rights/right.ts';
import { isOfKind, type KubernetesObject, pathOf } from '../world/kubernetes-object.ts';
import type { AccessAnswer, AccessQuestion, Principal } from './access-question.ts';

interface Binding {
  /** `RoleBinding shop/ops` */
  readonly title: string;
  /** Absent: it holds in every namespace, and for cluster-scoped resources. */
  readonly namespace?: string;
  readonly roleRef: Pick<RoleRef, 'kind' | 'name'>;
  readonly subjects: readonly Subject[];
}

interface ClusterRole {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly PolicyRule[];
  readonly aggregates?: readonly Selector[];
}

export interface RbacParts {
  readonly objects: readonly KubernetesObject[];
  /** In force, and not in the cluster yet: their Roles and RoleBindings are rendered. */
  readonly policies: readonly ContainerSecurityPolicy[];
  /** Whether the objects are all that there is; files have no roles that the API server creates itself. */
  readonly isCluster: boolean;
  /** Why a no is unknown: what the user may not list. */
  readonly unread: readonly string[];
}

const EVERYTHING: PolicyRule = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };

/** What every API server has, and cannot be without. */
const BUILT_IN: readonly ClusterRole[] = [
  { name: 'cluster-admin', labels: {}, rules: [EVERYTHING] },
  {
    ...{ name: 'system:basic-user', labels: {} },
    rules: [
      {
        apiGroups: ['authorization.k8s.io'],
        resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        verbs: ['create'],
      },
      { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
    ],
  },
];
const group = (name: string): Subject => ({ kind: 'Group', name });
const BUILT_IN_BINDINGS: readonly Binding[] = [
  {
    title: 'ClusterRoleBinding cluster-admin',
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [group('system:masters')],
  },
  {
    title: 'ClusterRoleBinding system:basic-user',
    roleRef: { kind: 'ClusterRole', name: 'system:basic-user' },
    subjects: [group('system:authenticated')],
  },
];

/** Subjects to which the API server itself, or a cluster's installer, binds roles that files do not have. */
const isOfSystem = ({ user = '', groups: [first = ''] }: Principal): boolean =>
  /^system:serviceaccount:kube-/.test(user) ||
  (user.startsWith('system:') && !/^system:(serviceaccount:|anonymous$)/.test(user)) ||
  (user === '' && /^system:(?!(un)?authenticated$|serviceaccounts|masters$)/.test(first));

const isSubject = (
  { kind, name, namespace }: Subject,
  of: string | undefined,
  { user, groups }: Principal,
): boolean => {
  if (kind === 'Group') return groups.includes(name);
  if (user === undefined) return false;
  return user === (kind === 'User' ? name : `system:serviceaccount:${namespace ?? of}:${name}`);
};

type Raw = KubernetesObject & {
  readonly rules?: readonly PolicyRule[];
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly Selector[] };
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
};

const toBinding = (object: KubernetesObject): Binding => {
  const { kind, metadata, roleRef, subjects = [] } = object as Raw;
  const { namespace } = metadata;
  return { title: `${kind} ${pathOf(object)}`, ...(namespace !== undefined && { namespace }), roleRef, subjects };
};

const toClusterRole = ({ metadata: { name, labels = {} }, rules = [], aggregationRule }: Raw): ClusterRole => ({
  ...{ name, labels, rules },
  ...(aggregationRule && { aggregates: aggregationRule.clusterRoleSelectors ?? [] }),
});

/** Rights as RBAC decides them, from Roles, ClusterRoles and their bindings. */
export class Rbac {
  readonly #bindings: readonly Binding[];
  readonly #roles: ReadonlyMap<string, readonly PolicyRule[]>;
  readonly #clusterRoles: ReadonlyMap<string, ClusterRole>;
  readonly #parts: RbacParts;

  constructor(parts: RbacParts) {
    this.#parts = parts;
    const rendered = parts.policies.flatMap(({ metadata, spec }) =>
      spec.access === undefined
        ? []
        : [
            {
              ...renderAccess(metadata, spec.access),
              of: `${CONTAINER_SECURITY_POLICY.kind} ${metadata.namespace}/${metadata.name}`,
            },
          ],
    );
    const names = new Set(parts.policies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
    // What the policies generated before they changed.
    const isFormer = (object: KubernetesObject): boolean =>
      names.has(`${object.metadata.namespace}/${controllingPolicy(object as never)?.name}`);
    const objects = parts.objects.filter((object) => !isFormer(object)) as Raw[];
    const of = (kind: { kind: string; group: string }): Raw[] => objects.filter((object) => isOfKind(object, kind));
    this.#bindings = [
      ...[...of(ROLE_BINDINGS), ...of(CLUSTER_ROLE_BINDINGS)].map(toBinding),
      ...rendered.flatMap(({ bindings, of: policy }) =>
        bindings.map((one) => {
          const binding = toBinding(one as unknown as KubernetesObject);
          return { ...binding, title: `${binding.title} of ${policy}` };
        }),
      ),
      ...(parts.isCluster ? [] : BUILT_IN_BINDINGS),
    ];
    this.#roles = new Map([
      ...of(ROLES).map((role) => [pathOf(role), role.rules ?? []] as const),
      ...rendered.flatMap(({ roles }) =>
        roles.map(({ metadata, rules }) => [`${metadata.namespace}/${metadata.name}`, rules] as const),
      ),
    ]);
    const known = parts.isCluster ? [] : [...BUILT_IN, ...PROFILE_ROLES.map((role) => ({ ...role, labels: {} }))];
    this.#clusterRoles = new Map([...known, ...of(CLUSTER_ROLES).map(toClusterRole)].map((role) => [role.name, role]));
  }

  /** The subjects that bindings name, as in `ServiceAccount shop/deploy-bot`. */
  subjects(): string[] {
    const all = this.#bindings.flatMap(({ subjects, namespace: of }) =>
      subjects.map(({ kind, name, namespace = of }) =>
        kind === 'ServiceAccount' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`,
      ),
    );
    return [...new Set(all)];
  }

  decide({ principal, verb, group: of, resource, name, namespace }: AccessQuestion): AccessAnswer {
    const asked: Right = { verb, group: of, resource, ...(name !== undefined && { name }) };
    const bound = this.#bindings.filter(
      (one) =>
        (one.namespace === undefined || one.namespace === namespace) &&
        one.subjects.some((subject) => isSubject(subject, one.namespace, principal)),
    );
    const granting = bound.find((one) =>
      this.#rulesOf(one)?.some((rule) => rightsOf(rule).some((has) => covers(has, asked))),
    );
    if (granting !== undefined) return { allowed: true, reasons: [`${named(granting)} allows it`] };
    const { isCluster, unread } = this.#parts;
    const unknown = [
      ...bound.filter((one) => this.#rulesOf(one) === undefined).map((one) => this.#absent(one)),
      ...unread,
      ...(!isCluster && isOfSystem(principal)
        ? [`${principal.title} has rights of the cluster that files do not show: pass --cluster`]
        : []),
    ];
    if (unknown.length > 0) return { allowed: undefined, reasons: [...new Set(unknown)] };
    const place = namespace === undefined ? 'for the cluster' : `in namespace ${namespace}`;
    const own = bound.filter((one) => !BUILT_IN_BINDINGS.includes(one));
    const why =
      own.length === 0
        ? `no RoleBinding and no ClusterRoleBinding names ${principal.title} ${place}`
        : `${listed(own.map(named))} ${own.length === 1 ? 'does' : 'do'} not allow it`;
    return { allowed: false, reasons: [why] };
  }

  #absent({ title, roleRef: { kind, name }, namespace }: Binding): string {
    const path = kind === 'Role' ? `${namespace}/${name}` : name;
    return `${title} binds ${kind} ${path}, which the files do not have: add it to --filename, or pass --cluster`;
  }

  /** Undefined: they are unknown. In a cluster, a binding to a role that does not exist grants nothing. */
  #rulesOf({ roleRef: { kind, name }, namespace }: Binding): readonly PolicyRule[] | undefined {
    const none = this.#parts.isCluster ? [] : undefined;
    if (kind === 'Role') return this.#roles.get(`${namespace}/${name}`) ?? none;
    const role = this.#clusterRoles.get(name);
    return role === undefined ? none : this.#aggregated(role, new Set());
  }

  /** The controller replaces the rules of such a role by those of the roles that it selects. */
  #aggregated(role: ClusterRole, seen: Set<ClusterRole>): readonly PolicyRule[] {
    if (seen.has(role)) return [];
    seen.add(role);
    if (role.aggregates === undefined) return role.rules;
    const selects = role.aggregates.map((selector) => selectorOf(selector));
    return [...this.#clusterRoles.values()]
      .filter((other) => other !== role && selects.some((matches) => matches(other.labels)))
      .flatMap((other) => this.#aggregated(other, seen));
  }
}

const named = ({ title, roleRef: { kind, name } }: Binding): string => `${title} to ${kind} ${name}`;
