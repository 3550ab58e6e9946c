import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES, SERVICE_ACCOUNTS } from '../../kube/kinds.ts';
import { nearest } from '../../reach/findings/nearest.ts';
import { isOfKind, type KubernetesObject, pathOf } from '../world/kubernetes-object.ts';
import { templateOf } from '../world/workloads.ts';
import { type AccessQuestion, type Principal, questionOf } from './access-question.ts';
import { Rbac } from './rbac.ts';
import type { LoadedTest } from './read-tests.ts';
import { FieldError } from './result.ts';
import type { TestedWorld } from './tested-world.ts';

export type WorldParts = Pick<TestedWorld, 'loaded' | 'reach'>;
export type Facts = Omit<TestedWorld, keyof WorldParts>;

export const RBAC_KINDS = [ROLES, ROLE_BINDINGS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS] as const;

/** The questions about rights; those that cannot be asked are reported when the tests run. */
export const questionsOf = (tests: readonly LoadedTest[]): AccessQuestion[] =>
  tests.flatMap(({ test: { metadata, spec } }) =>
    (spec.rights ?? []).flatMap((expectation) => {
      try {
        return [questionOf(expectation, metadata.namespace)];
      } catch (error) {
        if (error instanceof FieldError) return [];
        throw error;
      }
    }),
  );

/** Policies of files that are in force: their Roles and RoleBindings are not there yet. */
export const renderedPolicies = ({ loaded: { policies } }: WorldParts) =>
  policies.flatMap(({ policy, manifest }) => (manifest === undefined || policy.spec.mode === 'Audit' ? [] : [policy]));

/** Whether files change rights, so that the API server does not know the answer yet. */
export const changesRights = ({ loaded: { manifests } }: WorldParts): boolean =>
  manifests.some(({ object }) => [...RBAC_KINDS, CONTAINER_SECURITY_POLICY].some((kind) => isOfKind(object, kind)));

/** The ServiceAccounts of objects: their own, and those that workloads use. Each namespace has `default`. */
const accountsIn = (objects: readonly KubernetesObject[]): string[] =>
  objects.flatMap((object) => {
    if (isOfKind(object, SERVICE_ACCOUNTS)) return [`ServiceAccount ${pathOf(object)}`];
    const spec = (object.kind === 'Pod' ? object.spec : templateOf(object)?.spec) as
      | { serviceAccountName?: string }
      | undefined;
    return spec?.serviceAccountName === undefined
      ? []
      : [`ServiceAccount ${object.metadata.namespace}/${spec.serviceAccountName}`];
  });

/** Why a subject is probably misspelled: without rights, it would meet every expectation of none. */
export const subjectProblem = (
  { title, account }: Principal,
  known: readonly string[],
  place: string,
): string | undefined => {
  // Those of Kubernetes need no binding to exist.
  if (known.includes(title) || /^(User|Group) system:/.test(title)) return undefined;
  if (account?.name === 'default') return undefined;
  const isAccount = account !== undefined;
  const kind = isAccount ? `ServiceAccount ${account.namespace}/` : `${title.split(' ')[0]} `;
  const others = known.filter((one) => one.startsWith(kind));
  const near = nearest(
    title.replace(/^\w+ (.*\/)?/, ''),
    others.map((one) => one.replace(/^\w+ (.*\/)?/, '')),
  );
  if (near === undefined && !isAccount) return undefined;
  const cure = near === undefined ? 'add its manifest, or correct the name' : `did you mean ${near}?`;
  return isAccount ? `${place} no ${title}: ${cure}` : `no binding names ${title}: ${cure}`;
};

/** What files alone say. */
export const fileFacts = (parts: WorldParts): Facts => {
  const { objects } = parts.loaded;
  const rbac = new Rbac({ objects, policies: renderedPolicies(parts), isCluster: false, unread: [] });
  const known = [...accountsIn(objects), ...rbac.subjects()];
  return {
    access: (question) => rbac.decide(question),
    subjectProblem: (principal) => subjectProblem(principal, known, 'the files have'),
    imageAdmission: { inForce: true },
    violations: new Map(),
  };
};
