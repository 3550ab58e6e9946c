import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { Selector } from '../../../api/policy.ts';
import { listed } from '../../../text/listed.ts';
import { printable } from '../../../text/printable.ts';

/** One requirement of a label selector. `matchLabels: {a: b}` is the requirement `a In [b]`. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Sorted, without duplicates; empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/**
 * A set of pods: those that meet every requirement. Per key one requirement, or Exists and NotIn, so equal sets look equal.
 * Sorted. The requirements of a key that contradict each other stay as they are: no pod meets them.
 */
export type PodSet = readonly Requirement[];

const identity = (r: Requirement): string => JSON.stringify([r.key, r.operator, r.values]);

const valuesOf = (requirements: readonly Requirement[]): string[] => [
  ...new Set(requirements.flatMap(({ values }) => values)),
];

/** The requirements of one key, as few as possible; undefined when no value meets them all, nor the lack of one. */
const merge = (key: string, requirements: readonly Requirement[]): Requirement[] | undefined => {
  if (requirements.length === 1) return [...requirements];
  const of = (operator: Requirement['operator']): Requirement[] => requirements.filter((r) => r.operator === operator);
  const [first, ...others] = of('In');
  const absent = of('DoesNotExist').length > 0;
  const excluded = new Set(valuesOf(of('NotIn')));
  if (first !== undefined) {
    const values = first.values.filter((v) => !excluded.has(v) && others.every((o) => o.values.includes(v)));
    return absent || values.length === 0 ? undefined : [{ key, operator: 'In', values }];
  }
  const exists = of('Exists').length > 0;
  if (absent) return exists ? undefined : [{ key, operator: 'DoesNotExist', values: [] }];
  return [
    ...(exists ? [{ key, operator: 'Exists' as const, values: [] }] : []),
    ...(excluded.size > 0 ? [{ key, operator: 'NotIn' as const, values: [...excluded].sort() }] : []),
  ];
};

const byKey = (requirements: readonly Requirement[]): [key: string, of: Requirement[]][] => [
  ...Map.groupBy(requirements, ({ key }) => key),
];

const distinct = (requirements: readonly Requirement[]): Requirement[] => {
  const unique = new Map(requirements.map((r) => [identity(r), r]));
  return [...unique.keys()].sort().map((id) => unique.get(id)!);
};

const normalize = (requirements: readonly Requirement[]): PodSet =>
  byKey(requirements)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, of]) => merge(key, of) ?? distinct(of));

export const podSet = (selector: Selector | undefined): PodSet =>
  normalize([
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
      key,
      operator: 'In' as const,
      values: [value],
    })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: [...new Set(values)].sort(),
    })),
  ]);

/** Equal for equal sets. */
export const podSetKey = (set: PodSet): string => set.map(identity).join(' ');

export const intersect = (...sets: readonly PodSet[]): PodSet => normalize(sets.flat());

/** The requirements that no pod can meet together; empty when some pod can be in the set. */
export const contradiction = (set: PodSet): Requirement[] => {
  // Sorted, so the requirements of a key follow one another.
  const several = set.filter(({ key }, i) => key === set[i - 1]?.key || key === set[i + 1]?.key);
  return byKey(several).flatMap(([key, of]) => (merge(key, of) === undefined ? of : []));
};

/** No pod can be in it. */
export const isEmpty = (set: PodSet): boolean => contradiction(set).length > 0;

/** More than the values that all selectors of a policy can name. */
const MANY = 2 ** 20;

const strictness = ({ operator, values }: Requirement): number => {
  if (operator === 'In') return 2 * MANY - values.length;
  if (operator === 'DoesNotExist') return MANY;
  return operator === 'Exists' ? 1 : values.length;
};

/** Greater for a set than for every set that includes it. */
export const narrowness = (set: PodSet): number => set.reduce((sum, r) => sum + strictness(r), 0);

/** The selector as the API server stores it. */
export const toSelector = (set: PodSet): LabelSelector => {
  const labels = new Map<string, string>();
  const matchExpressions: { key: string; operator: string; values?: string[] }[] = [];
  for (const { key, operator, values } of set) {
    const [only] = values;
    if (operator === 'In' && values.length === 1 && only !== undefined && !labels.has(key)) labels.set(key, only);
    else matchExpressions.push({ key, operator, ...(values.length > 0 && { values: [...values] }) });
  }
  return {
    ...(labels.size > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
};

/** A selector in its one canonical form. */
export const canonical = (selector: Selector): LabelSelector => toSelector(podSet(selector));

/** A list of values can have kilobytes. */
const MAX_EXPRESSION = 100;

const expression = ({ key, operator, values }: Requirement): string => {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
};

/** Requirements in the words of a query, for a message. */
export const describeRequirements = (requirements: readonly Requirement[]): string =>
  listed(requirements.map((r) => printable(expression(r), MAX_EXPRESSION)));
