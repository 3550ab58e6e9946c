import type { Selector } from '../../api/policy.ts';
import type { Labels } from '../../reach/world.ts';
import { compareText } from '../../text/compare-text.ts';
import type { Workload } from './workloads.ts';

/** By which people tell workloads apart, best first. */
const USUAL = [
  ...['app.kubernetes.io/name', 'app.kubernetes.io/instance', 'app.kubernetes.io/component'],
  ...['app', 'k8s-app', 'name', 'component', 'tier', 'role', 'release'],
];

const rank = (key: string): number => (USUAL.includes(key) ? USUAL.indexOf(key) : USUAL.length);
const byUse = (a: string, b: string): number => rank(a) - rank(b) || compareText(a, b);

/** Labels that pods must have, and keys that they must not have. */
interface Draft {
  readonly has: Record<string, string>;
  readonly lacks: Set<string>;
}

const matches = ({ has, lacks }: Draft, labels: Labels): boolean =>
  Object.entries(has).every(([key, value]) => labels[key] === value) &&
  [...lacks].every((key) => labels[key] === undefined);

const usual = (labels: Labels): Record<string, string> => {
  const kept = Object.keys(labels).filter((key) => USUAL.includes(key));
  return Object.fromEntries((kept.length > 0 ? kept : Object.keys(labels)).map((key) => [key, labels[key]!]));
};

/** Makes a selector miss these labels. @returns false when nothing tells them apart */
const exclude = (draft: Draft, workload: Workload, other: Labels): boolean => {
  const [differing] = Object.keys(workload.labels)
    .filter((key) => other[key] !== workload.labels[key])
    .sort(byUse);
  if (differing !== undefined) {
    draft.has[differing] = workload.labels[differing]!;
    return true;
  }
  const [additional] = Object.keys(other)
    .filter((key) => workload.pods.every(({ labels }) => labels[key] === undefined))
    .sort(byUse);
  if (additional !== undefined) draft.lacks.add(additional);
  return additional !== undefined;
};

const isDisjoint = (a: Draft, b: Draft): boolean =>
  Object.entries(a.has).some(([key, value]) => (b.has[key] ?? value) !== value || b.lacks.has(key)) ||
  [...a.lacks].some((key) => b.has[key] !== undefined);

/** So that no pod can match both: each pair of rules that some pod could match needs a NetworkPolicy of its own. */
const separate = (drafts: readonly (readonly [Workload, Draft])[]): void => {
  for (const [n, [one, a]] of drafts.entries())
    for (const [other, b] of drafts.slice(n + 1)) {
      if (isDisjoint(a, b)) continue;
      const keys = [...new Set([...Object.keys(one.labels), ...Object.keys(other.labels)])].sort(byUse);
      const key = keys.find((k) => one.labels[k] !== other.labels[k]);
      if (key === undefined) continue;
      for (const [draft, { labels }] of [
        [a, one],
        [b, other],
      ] as const)
        if (labels[key] === undefined) draft.lacks.add(key);
        else draft.has[key] = labels[key];
    }
};

const toSelector = ({ has, lacks }: Draft): Selector => {
  const labels = Object.entries(has).sort(([a], [b]) => byUse(a, b));
  const absent = [...lacks].sort(byUse);
  return {
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(absent.length > 0 && { matchExpressions: absent.map((key) => ({ key, operator: 'DoesNotExist' as const })) }),
  };
};

const MOST_VALUES = 32;

/** One selector for some workloads that selects no pod of the others, by the values of one label. */
export const sharedSelector = (some: readonly Workload[], others: readonly Workload[]): Selector | undefined => {
  const foreign = others.flatMap(({ pods }) => pods.map(({ labels }) => labels));
  const keys = Object.keys(some[0]?.labels ?? {}).sort(byUse);
  for (const key of keys) {
    const values = [...new Set(some.map(({ labels }) => labels[key]))].sort();
    const isOwn = values.every((value) => value !== undefined && !foreign.some((labels) => labels[key] === value));
    if (isOwn && values.length <= MOST_VALUES)
      return values.length === 1
        ? { matchLabels: { [key]: values[0]! } }
        : { matchExpressions: [{ key, operator: 'In', values: values as string[] }] };
  }
  return undefined;
};

export interface Selected {
  readonly selector: Selector;
  /** Workloads that it selects too, since nothing tells their pods apart. */
  readonly twins: readonly Workload[];
}

/**
 * A selector for each workload of one namespace that selects its pods and no other ones.
 * @param disjoint no pod that may come can match two of them
 */
const ofNamespace = (workloads: readonly Workload[], disjoint: boolean): [Workload, Selected][] => {
  const twins = new Map<Workload, Set<Workload>>();
  const drafts = workloads.map((workload): readonly [Workload, Draft] => {
    const draft = { has: { ...(workload.selector ?? usual(workload.labels)) }, lacks: new Set<string>() };
    twins.set(workload, new Set());
    for (const other of workloads)
      for (const { labels } of other === workload ? [] : other.pods)
        if (matches(draft, labels) && !exclude(draft, workload, labels)) twins.get(workload)?.add(other);
    return [workload, draft];
  });
  if (disjoint) separate(drafts);
  return drafts.map(([workload, draft]) => [
    workload,
    { selector: toSelector(draft), twins: [...(twins.get(workload) ?? [])] },
  ]);
};

/** Of the workloads of every namespace. */
export const selectorsOf = (workloads: readonly Workload[], disjoint = false): ReadonlyMap<Workload, Selected> =>
  new Map(
    [...Map.groupBy(workloads, ({ namespace }) => namespace).values()].flatMap((of) => ofNamespace(of, disjoint)),
  );
