import { NAMESPACES, PODS } from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type NamespaceLabels, type OwnedLabel, toCachedNamespace } from '../../policy/namespace.ts';
import { claimsOf, holdsLabels } from '../../policy/sections/podsecurity/claims.ts';
import { type Claim, candidates, decideLabels, ownedLabels } from '../../policy/sections/podsecurity/decide.ts';
import { levelLabel, standardIn } from '../../policy/sections/podsecurity/labels.ts';
import { describeStandard, type Standard } from '../../policy/sections/podsecurity/level.ts';
import { isClean } from '../../policy/sections/podsecurity/violations.ts';
import { isUnread } from '../world/from-cluster.ts';
import { isOfKind, type KubernetesObject } from '../world/kubernetes-object.ts';
import { templateOf } from '../world/workloads.ts';
import { type Judgment, judge } from './result.ts';
import type { LevelExpectation } from './schema.ts';
import { checkNamespace, namespaceObject, policiesIn, type TestedWorld } from './tested-world.ts';

const VERBS = { enforce: 'enforces', audit: 'audits', warn: 'warns of violations of' } as const;

export const levelName = ({ level, mode, version }: LevelExpectation, namespace: string): string =>
  `namespace ${namespace} ${VERBS[mode]} ${version === undefined ? level : describeStandard({ level, version })}`;

/** The labels that a namespace has before policies of files change them; those of files are of another client. */
const labelsBefore = ({ loaded: { cluster, manifests } }: TestedWorld, namespace: string): NamespaceLabels => {
  const live = namespaceObject(cluster?.objects ?? [], namespace);
  const file = manifests.find(
    ({ object }) => isOfKind(object, NAMESPACES) && object.metadata.name === namespace,
  )?.object;
  const read = (object: KubernetesObject | undefined): NamespaceLabels =>
    object === undefined ? new Map() : toCachedNamespace(object as unknown as KubeObject).labels;
  const others = [...read(file)].map(([key, { value }]): [string, OwnedLabel] => [
    key,
    { value, managers: ['kubectl'] },
  ]);
  return new Map([...read(live), ...others]);
};

/** The labels once policies have theirs: those of other clients stay. */
const labelsAfter = (before: NamespaceLabels, wanted: Readonly<Record<string, string>>): NamespaceLabels => {
  const ours = ownedLabels(before);
  const managers: string[] = [];
  return new Map([
    ...[...before].filter(([key, { managers: of }]) => !(key in ours) || of.length > 1),
    ...Object.entries(wanted).map(([key, value]): [string, OwnedLabel] => [key, { value, managers }]),
  ]);
};

export const violationsKey = (namespace: string, standard: Standard): string =>
  `${namespace} ${describeStandard(standard)}`;

/** A level that waits for pods that violate it, if there are any. */
export interface LevelQuestion {
  readonly namespace: string;
  readonly claim: Claim;
}

const claimsIn = (world: TestedWorld, namespace: string): Claim[] =>
  policiesIn(world, namespace).flatMap(({ policy }) => claimsOf(policy));

/** Whether files change what policies make of the labels; without, the labels of the cluster are the answer. */
const isChanged = ({ loaded: { manifests, policies, cluster } }: TestedWorld, namespace: string): boolean =>
  cluster === undefined ||
  policies.some(({ policy, manifest }) => manifest !== undefined && policy.metadata.namespace === namespace) ||
  namespaceObject(
    manifests.map(({ object }) => object),
    namespace,
  ) !== undefined;

/** What only the API server knows. */
export const levelQuestions = (world: TestedWorld, namespace: string): LevelQuestion[] =>
  world.loaded.cluster === undefined || !isChanged(world, namespace)
    ? []
    : candidates(claimsIn(world, namespace), labelsBefore(world, namespace))
        .filter(({ ask }) => ask)
        .map(({ claim }) => ({ namespace, claim }));

const WAITS = 'with podSecurity.onViolation Wait, a level is enforced only once no pod violates it';

/** Why a claim does not count: the reason, or undefined when no pod violates it. */
const obstacle = (world: TestedWorld, namespace: string, claim: Claim): { known: boolean; why: string } | undefined => {
  if (world.loaded.cluster === undefined) {
    const inside = world.loaded.objects.filter(({ metadata }) => metadata.namespace === namespace);
    if (!inside.some((object) => isOfKind(object, PODS) || templateOf(object) !== undefined)) return undefined;
    return {
      known: false,
      why: `${WAITS}, which only an API server can tell: pass --cluster, or set onViolation: Enforce`,
    };
  }
  const checked = world.violations.get(violationsKey(namespace, claim));
  if (checked === undefined) return { known: false, why: `${WAITS}, and the API server was not asked` };
  if (!('pods' in checked)) return { known: false, why: `${WAITS}, and that is unknown: ${checked.unknown}` };
  if (isClean(checked)) return undefined;
  const incomplete = checked.incomplete ?? checked.exempt ?? checked.replaced ?? checked.unknown?.join('; ');
  const why = [...checked.groups, ...(incomplete === undefined ? [] : [incomplete])].join('; ');
  return { known: checked.pods > 0, why: `${WAITS}; existing pods do: ${why}` };
};

interface Accepted {
  readonly claim?: Claim;
  readonly reasons: readonly string[];
  /** Of a claim that nobody can judge. */
  readonly isUnknown?: true;
}

/** The level that may be enforced, as the operator decides. */
const accept = (world: TestedWorld, namespace: string, labels: NamespaceLabels): Accepted => {
  const reasons: string[] = [];
  for (const { claim, ask } of candidates(claimsIn(world, namespace), labels)) {
    const problem = ask ? obstacle(world, namespace, claim) : undefined;
    if (problem === undefined) return { claim, reasons };
    reasons.push(problem.why);
    if (!problem.known) return { reasons, isUnknown: true };
  }
  return { reasons };
};

/** Whether the labels of the namespace have the level. @throws FieldError */
export const judgeLevel = (expectation: LevelExpectation, testNamespace: string, world: TestedWorld): Judgment => {
  const { level, mode, version, namespace: own } = expectation;
  const namespace = own ?? testNamespace;
  checkNamespace(world, own, namespace);
  const { cluster, unread } = world.loaded;
  if (
    cluster !== undefined &&
    namespaceObject(cluster.objects, namespace) === undefined &&
    isUnread(unread, NAMESPACES.kind)
  )
    return judge(true, undefined, [
      `you may not list Namespaces, so the labels of ${namespace} are unknown: ask for ClusterRole view in a ClusterRoleBinding`,
    ]);
  const before = labelsBefore(world, namespace);
  const isNew = isChanged(world, namespace);
  const { claim, reasons, isUnknown = false } = isNew ? accept(world, namespace, before) : { reasons: [] };
  if (isUnknown && mode === 'enforce') return judge(true, undefined, reasons);
  const hold = policiesIn(world, namespace).some(({ policy }) => holdsLabels(policy));
  const labels = isNew
    ? labelsAfter(before, decideLabels(claimsIn(world, namespace), before, claim, hold).labels)
    : before;
  const standard = standardIn(labels, mode);
  const label = levelLabel(mode);
  if (standard === undefined) {
    const none = `namespace ${namespace} has no label ${label}`;
    // The API server's own default is in its configuration.
    if (level === 'privileged')
      return judge(true, undefined, [...reasons, `${none}, so the default of the API server counts, which is unknown`]);
    return judge(true, false, [...reasons, none]);
  }
  const is = standard.level === level && (version === undefined || standard.version === version);
  return judge(true, is, [`label ${label} of namespace ${namespace} is ${describeStandard(standard)}`, ...reasons]);
};
