import { Store } from '../../kube/cache/store.ts';
import {
  LOCAL_SUBJECT_ACCESS_REVIEWS,
  SERVICE_ACCOUNTS,
  SUBJECT_ACCESS_REVIEWS,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '../../kube/kinds.ts';
import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import { apiVersion } from '../../kube/rest/resource.ts';
import {
  admissionPolicyState,
  describeInactive,
  IMAGE_ADMISSION_POLICIES,
  toCachedAdmissionBinding,
  toCachedAdmissionPolicy,
} from '../../policy/admission-policies.ts';
import { askViolations, type Checked } from '../world/ask-violations.ts';
import { listWhereAllowed } from '../world/from-cluster.ts';
import { pathOf } from '../world/kubernetes-object.ts';
import type { AccessAnswer, AccessQuestion, Principal } from './access-question.ts';
import {
  changesRights,
  type Facts,
  fileFacts,
  questionsOf,
  RBAC_KINDS,
  renderedPolicies,
  type WorldParts,
} from './facts.ts';
import { levelQuestions, violationsKey } from './levels.ts';
import { Rbac } from './rbac.ts';
import type { LoadedTest } from './read-tests.ts';
import type { ImageAdmission, TestedWorld } from './tested-world.ts';

const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.code === 403;

/** @returns undefined without the right */
const unlessForbidden = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
};

interface ReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

const toAnswer = ({ allowed = false, reason = '', evaluationError }: ReviewStatus): AccessAnswer => {
  if (!allowed && evaluationError !== undefined)
    return { allowed: undefined, reasons: [`the API server could not decide: ${evaluationError}`] };
  const why = reason === '' ? '' : `: ${reason}`;
  return { allowed, reasons: [`the API server ${allowed ? 'allows' : 'denies'} it${why}`] };
};

/** The API server's own answer; undefined when the user may not ask for it. */
const review = async (client: KubeClient, question: AccessQuestion): Promise<AccessAnswer | undefined> => {
  const { principal, verb, group, resource, name, namespace } = question;
  const [base, subresource] = resource.split('/');
  const resourceAttributes = { verb, group, resource: base, subresource, name, namespace };
  const spec = { user: principal.user, groups: principal.groups, resourceAttributes };
  const ask = (kind: typeof SUBJECT_ACCESS_REVIEWS, of?: string) =>
    unlessForbidden(
      client.create<{ status?: ReviewStatus }>(
        kind,
        {
          apiVersion: apiVersion(kind),
          kind: kind.kind,
          ...(of !== undefined && { metadata: { namespace: of } }),
          spec,
        },
        of === undefined ? {} : { namespace: of },
      ),
    );
  // ClusterRole admin has the right to ask about its own namespace.
  const answered =
    (await ask(SUBJECT_ACCESS_REVIEWS)) ??
    (namespace === undefined ? undefined : await ask(LOCAL_SUBJECT_ACCESS_REVIEWS, namespace));
  return answered && toAnswer(answered.status ?? {});
};

const keyOf = (question: AccessQuestion): string => JSON.stringify(question);

/** RBAC of the cluster, with what files change. */
const readRbac = async (client: KubeClient, parts: WorldParts, questions: readonly AccessQuestion[]): Promise<Rbac> => {
  const namespaces = [...new Set(questions.flatMap(({ namespace }) => namespace ?? []))];
  const read = await Promise.all(
    RBAC_KINDS.map((kind) => listWhereAllowed(client, kind, kind.namespaced ? namespaces : [])),
  );
  const files = new Set(parts.loaded.objects.map((object) => `${object.kind} ${pathOf(object)}`));
  const live = read
    .flatMap(({ objects }) => objects)
    .filter((object) => !files.has(`${object.kind} ${pathOf(object)}`));
  const unread = read
    .flatMap((one) => one.unread)
    .filter(({ missing, read: some }) => missing.length > 0 || some.length === 0)
    .map(
      ({ kind, missing }) =>
        `you may not list ${kind}s${missing.length > 0 ? ` of namespace ${missing.join(', ')}` : ''}: ask for the right to list them, or to create subjectaccessreviews`,
    );
  return new Rbac({
    objects: [...parts.loaded.objects, ...live],
    policies: renderedPolicies(parts),
    isCluster: true,
    unread,
  });
};

const askAccess = async (client: KubeClient, parts: WorldParts, questions: readonly AccessQuestion[]) => {
  const reviewed = new Map<string, AccessAnswer>();
  if (!changesRights(parts))
    for (const question of questions) {
      const answer = await review(client, question);
      if (answer !== undefined) reviewed.set(keyOf(question), answer);
    }
  const left = questions.filter((question) => !reviewed.has(keyOf(question)));
  if (left.length === 0) return reviewed;
  const rbac = await readRbac(client, parts, left);
  return new Map([...reviewed, ...left.map((question) => [keyOf(question), rbac.decide(question)] as const)]);
};

/** The ServiceAccounts that are neither in the cluster nor in the files. */
const askSubjects = async (
  client: KubeClient,
  parts: WorldParts,
  questions: readonly AccessQuestion[],
): Promise<ReadonlyMap<string, string>> => {
  const inFiles = fileFacts(parts);
  const missing = new Map<string, string>();
  for (const { principal } of questions) {
    const { account } = principal;
    if (account === undefined || inFiles.subjectProblem(principal) === undefined) continue;
    const { namespace, name } = account;
    try {
      await client.get(SERVICE_ACCOUNTS, name, namespace);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 403)) throw error;
      if (error.code === 404)
        missing.set(
          principal.title,
          `there is no ${principal.title}: kubectl get serviceaccounts -n ${namespace} shows those of the namespace`,
        );
    }
  }
  return missing;
};

const ALL = { owns: () => true };
const POLICY = IMAGE_ADMISSION_POLICIES.Enforce;

/** Whether the admission policy that applies image rules is installed as it is shipped. */
const askImageAdmission = async (client: KubeClient): Promise<ImageAdmission> => {
  const [policies, bindings] = await Promise.all(
    [VALIDATING_ADMISSION_POLICIES, VALIDATING_ADMISSION_POLICY_BINDINGS].map((kind) =>
      unlessForbidden(client.list(kind)),
    ),
  );
  if (policies === undefined || bindings === undefined)
    return {
      inForce: undefined,
      why: `you may not list ${VALIDATING_ADMISSION_POLICIES.plural} and ${VALIDATING_ADMISSION_POLICY_BINDINGS.plural}, so it is unknown whether ${POLICY.name} is in force: ask for that right`,
    };
  const caches = {
    admissionPolicies: new Store<ReturnType<typeof toCachedAdmissionPolicy>>(),
    admissionBindings: new Store<ReturnType<typeof toCachedAdmissionBinding>>(),
  };
  caches.admissionPolicies.replace(policies.items.map(toCachedAdmissionPolicy), { ...ALL, ...policies.metadata });
  caches.admissionBindings.replace(bindings.items.map(toCachedAdmissionBinding), { ...ALL, ...bindings.metadata });
  const state = admissionPolicyState(POLICY, caches);
  const why = describeInactive([POLICY], caches);
  return {
    inForce: state === 'InForce' ? true : state === 'Missing' ? false : undefined,
    ...(why !== undefined && { why }),
  };
};

/** Of the levels that files raise. */
const askLevels = async (
  client: KubeClient,
  tests: readonly LoadedTest[],
  world: TestedWorld,
): Promise<ReadonlyMap<string, Checked>> => {
  const namespaces = tests.flatMap(({ test: { metadata, spec } }) =>
    (spec.podSecurity ?? []).map(({ namespace = metadata.namespace }) => namespace),
  );
  const checked = new Map<string, Checked>();
  for (const { namespace, claim } of [...new Set(namespaces)].flatMap((one) => levelQuestions(world, one)))
    checked.set(violationsKey(namespace, claim), await askViolations(client, namespace, claim));
  return checked;
};

/** What only the API server knows, as far as the tests ask for it. */
export const clusterFacts = async (
  client: KubeClient,
  tests: readonly LoadedTest[],
  parts: WorldParts,
): Promise<Facts> => {
  const questions = questionsOf(tests);
  const answers = await askAccess(client, parts, questions);
  const missing = await askSubjects(client, parts, questions);
  const isAboutImages = tests.some(({ test }) => test.spec.images !== undefined);
  const facts = {
    access: (question: AccessQuestion) => answers.get(keyOf(question))!,
    subjectProblem: ({ title }: Principal) => missing.get(title),
    imageAdmission: isAboutImages ? await askImageAdmission(client) : { inForce: undefined },
    violations: new Map<string, Checked>(),
  };
  return { ...facts, violations: await askLevels(client, tests, { ...parts, ...facts }) };
};
