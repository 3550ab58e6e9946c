import { isDeepStrictEqual } from 'node:util';
import type { AdmissionBindingSpec, AdmissionPolicySpec, MatchResources, NamedExpression } from './shipped.ts';

/** A list of names as the first literal of an expression, as in `['kube-*', 'palisade-system'].exists(…)`. */
const LIST = /\['[^'\]]*'(?:, ?'[^'\]]*')*\]/;

/** What docs/SECURITY.md lets a platform team patch: the namespaces of a list, and the cluster's default level. */
const PATCHABLE: Readonly<Record<string, (expression: string) => string>> = {
  clusterDefault: (expression) => (expression === "'restricted'" ? "'baseline'" : expression),
  reserved: (expression) => expression.replace(LIST, '[]'),
  'not-reserved': (expression) => expression.replace(LIST, '[]'),
};

/** The namespaces that a policy excludes, or whose objects it protects: those of its list. */
export const reservedIn = ({ matchConditions = [], variables = [] }: AdmissionPolicySpec): string[] => {
  const named = [...matchConditions, ...variables].find(({ name }) => name === 'not-reserved' || name === 'reserved');
  const [list = ''] = LIST.exec(named?.expression ?? '') ?? [];
  return [...list.matchAll(/'([^']*)'/g)].map(([, namespace = '']) => namespace);
};

const normal = ({ name, expression }: NamedExpression): NamedExpression => ({
  name,
  expression: Object.hasOwn(PATCHABLE, name) ? PATCHABLE[name]!(expression) : expression,
});

const isEmpty = (selector: object | undefined): boolean => selector === undefined || Object.keys(selector).length === 0;

const sameSelector = (a: object | undefined, b: object | undefined): boolean =>
  (isEmpty(a) && isEmpty(b)) || isDeepStrictEqual(a, b);

const rulesOf = ({ resourceRules = [] }: MatchResources): object[] =>
  resourceRules.map((rule) => ({ scope: '*', ...rule }));

/** Whether everything that the shipped part matches is matched. Further rules only match more. */
const matchesAll = (installed: MatchResources = {}, shipped: MatchResources = {}): boolean =>
  (installed.excludeResourceRules ?? []).length === 0 &&
  (installed.matchPolicy ?? 'Equivalent') === (shipped.matchPolicy ?? 'Equivalent') &&
  sameSelector(installed.namespaceSelector, shipped.namespaceSelector) &&
  sameSelector(installed.objectSelector, shipped.objectSelector) &&
  rulesOf(shipped).every((rule) => rulesOf(installed).some((other) => isDeepStrictEqual(rule, other)));

const lacksSome = (wanted: readonly NamedExpression[], found: readonly NamedExpression[]): boolean =>
  !wanted.every((w) =>
    found.some((f) => isDeepStrictEqual(normal(w), normal({ name: f.name, expression: f.expression }))),
  );

/**
 * The field of an installed admission policy that can make it weaker than the shipped one. Additions that only refuse more
 * are no difference: validations, and rules of matchConstraints.
 */
export const weakenedField = (installed: AdmissionPolicySpec, shipped: AdmissionPolicySpec): string | undefined => {
  const { matchConditions = [], variables = [], validations = [] } = installed;
  if ((installed.failurePolicy ?? 'Fail') !== (shipped.failurePolicy ?? 'Fail')) return 'failurePolicy';
  if (!isDeepStrictEqual(installed.paramKind, shipped.paramKind)) return 'paramKind';
  if (!matchesAll(installed.matchConstraints, shipped.matchConstraints)) return 'matchConstraints';
  // Another condition would match less.
  if (lacksSome(matchConditions, shipped.matchConditions ?? [])) return 'matchConditions';
  if (lacksSome(shipped.variables ?? [], variables)) return 'variables';
  const hasAll = (shipped.validations ?? []).every((v) => validations.some((i) => i.expression === v.expression));
  if (!hasAll) return 'validations';
  return reservedIn(shipped).length > 0 && !isUsable(reservedIn(installed))
    ? 'the list of reserved namespaces'
    : undefined;
};

/** A list without a name reserves nothing, and `*` everything. */
const isUsable = (reserved: readonly string[]): boolean => reserved.length > 0 && !reserved.includes('*');

const selectsAll = ({
  namespaceSelector,
  objectSelector,
  resourceRules,
  excludeResourceRules,
}: MatchResources): boolean =>
  isEmpty(namespaceSelector) &&
  isEmpty(objectSelector) &&
  (resourceRules ?? []).length === 0 &&
  (excludeResourceRules ?? []).length === 0;

/** Whether the binding applies its policy wherever this shipped one does. Its name does not matter. */
export const bindsLike = (
  { policyName, paramRef, matchResources = {} }: AdmissionBindingSpec,
  shipped: AdmissionBindingSpec,
): boolean =>
  policyName === shipped.policyName &&
  isDeepStrictEqual(paramRef, shipped.paramRef) &&
  (selectsAll(matchResources) ||
    (shipped.matchResources?.resourceRules !== undefined && matchesAll(matchResources, shipped.matchResources)));
