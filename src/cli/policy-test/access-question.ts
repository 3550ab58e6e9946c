import { nearest } from '../../reach/findings/nearest.ts';
import { KUBERNETES_RESOURCES, KUBERNETES_VERBS } from './kubernetes-resources.ts';
import { FieldError } from './result.ts';
import type { RightExpectation } from './schema.ts';

/** Whom authorization decides about: of a group, any member of it. */
export interface Principal {
  /** `ServiceAccount shop/deploy-bot` */
  readonly title: string;
  /** Of a ServiceAccount. */
  readonly account?: { readonly namespace: string; readonly name: string };
  readonly user?: string;
  readonly groups: readonly string[];
}

/** As a SubjectAccessReview asks it. */
export interface AccessQuestion {
  readonly principal: Principal;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: pods/log. */
  readonly resource: string;
  readonly name?: string;
  /** Absent: the resource is cluster-scoped. */
  readonly namespace?: string;
}

export interface AccessAnswer {
  /** undefined: it is unknown. */
  readonly allowed: boolean | undefined;
  readonly reasons: readonly string[];
}

const SERVICE_ACCOUNT = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/;

const groupsOfUser = (user: string): string[] => {
  if (user === 'system:anonymous') return ['system:unauthenticated'];
  const { namespace } = SERVICE_ACCOUNT.exec(user)?.groups ?? {};
  return [
    ...(namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]),
    'system:authenticated',
  ];
};

const groupsOfMember = (group: string): string[] => {
  if (group === 'system:unauthenticated') return [group];
  const all = group.startsWith('system:serviceaccounts:') ? ['system:serviceaccounts'] : [];
  return [...new Set([group, ...all, 'system:authenticated'])];
};

export const principalOf = (
  { kind, name, namespace: own }: RightExpectation['subject'],
  testNamespace: string,
): Principal => {
  if (kind !== 'ServiceAccount' && own !== undefined)
    throw new FieldError('subject.namespace', `a ${kind} has no namespace: omit it`);
  if (kind === 'Group') return { title: `Group ${name}`, groups: groupsOfMember(name) };
  if (kind === 'User') return { title: `User ${name}`, user: name, groups: groupsOfUser(name) };
  const namespace = own ?? testNamespace;
  const user = `system:serviceaccount:${namespace}:${name}`;
  return { title: `${kind} ${namespace}/${name}`, account: { namespace, name }, user, groups: groupsOfUser(user) };
};

const GROUPS: readonly string[] = [...new Set(KUBERNETES_RESOURCES.map(({ group }) => group))];

const didYouMean = (text: string, names: readonly string[]): string => {
  const near = nearest(text, names);
  return near === undefined ? '' : `: did you mean ${near}?`;
};

/** Of a group that Kubernetes does not have, nothing more is known. @throws FieldError */
const resourceOf = ({
  resource,
  apiGroup,
}: RightExpectation): { group: string; namespaced: boolean; isCustom: boolean } => {
  const [base = '', ...rest] = resource.split('/');
  if (rest.length > 1 || rest.includes('') || base === '' || resource.includes('*'))
    throw new FieldError(
      'resource',
      `"${resource}" is no resource: write its plural name, as in pods, or with a subresource, as in pods/log`,
    );
  if (base.includes('.')) {
    const [name, ...group] = base.split('.');
    throw new FieldError(
      'resource',
      `"${resource}" has an API group: write resource: ${name}, apiGroup: ${group.join('.')}`,
    );
  }
  const isCustom = apiGroup?.includes('.') === true && !GROUPS.includes(apiGroup);
  if (isCustom && !/\.k8s\.io$/.test(apiGroup)) return { group: apiGroup, namespaced: true, isCustom };
  const candidates = KUBERNETES_RESOURCES.filter(({ group }) => apiGroup === undefined || group === apiGroup);
  const found = candidates.find((one) => one.resource === base);
  if (found !== undefined) return { ...found, isCustom: false };
  if (isCustom) return { group: apiGroup, namespaced: true, isCustom };
  if (apiGroup !== undefined && candidates.length === 0)
    throw new FieldError(
      'apiGroup',
      `Kubernetes has no API group "${apiGroup}"${didYouMean(apiGroup, GROUPS) || ': write that of a custom resource with its domain, as in cert-manager.io'}`,
    );
  const names = candidates.map((one) => one.resource);
  const cure = didYouMean(base, names) || ': of a custom resource, write apiGroup too, as in apiGroup: cert-manager.io';
  const where = apiGroup === undefined ? 'Kubernetes' : `API group "${apiGroup}"`;
  throw new FieldError('resource', `${where} has no resource "${base}"${cure}`);
};

/** @throws FieldError for what names nothing, which could never be allowed */
export const questionOf = (expectation: RightExpectation, testNamespace: string): AccessQuestion => {
  const { subject, verb, resource, resourceName, namespace } = expectation;
  const principal = principalOf(subject, testNamespace);
  const { group, namespaced, isCustom } = resourceOf(expectation);
  if (!isCustom && !KUBERNETES_VERBS.includes(verb))
    throw new FieldError(
      'verb',
      `Kubernetes has no verb "${verb}"${didYouMean(verb, KUBERNETES_VERBS) || `: write one of ${KUBERNETES_VERBS.join(', ')}`}`,
    );
  if (!namespaced && namespace !== undefined)
    throw new FieldError('namespace', `${resource} is cluster-scoped: omit namespace`);
  // The API server asks for a Namespace in itself.
  const place = namespaced
    ? (namespace ?? testNamespace)
    : group === '' && resource === 'namespaces'
      ? resourceName
      : undefined;
  return {
    ...{ principal, verb, group, resource },
    ...(resourceName !== undefined && { name: resourceName }),
    ...(place !== undefined && { namespace: place }),
  };
};

export const rightName = (expectation: RightExpectation, testNamespace: string): string => {
  const { principal, verb, group, resource, name, namespace } = questionOf(expectation, testNamespace);
  const what = [
    resource,
    ...(group === '' ? [] : [`of API group ${group}`]),
    ...(name === undefined ? [] : [`named ${name}`]),
    namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`,
  ];
  return `${principal.title} ${expectation.allowed ? 'can' : 'cannot'} ${verb} ${what.join(' ')}`;
};
