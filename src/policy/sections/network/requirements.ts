import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { Selector } from '../../../api/policy.ts';

/** One requirement of a label selector. `matchLabels: {a: b}` is the requirement `a In [b]`. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Sorted, without duplicates; empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/** A set of pods: those that meet every requirement. Sorted and without duplicates, so equal sets look equal. */
export type PodSet = readonly Requirement[];

const identity = (r: Requirement): string => JSON.stringify([r.key, r.operator, r.values]);

const normalize = (requirements: readonly Requirement[]): PodSet => {
  const unique = new Map(requirements.map((r) => [identity(r), r]));
  return [...unique.keys()].sort().map((id) => unique.get(id)!);
};

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

export const intersect = (a: PodSet, b: PodSet): PodSet => normalize([...a, ...b]);

/** Every pod of `inner` is seen to be in `outer`. May say false where labels alone do not show it. */
export const includes = (outer: PodSet, inner: PodSet): boolean => {
  const ids = new Set(inner.map(identity));
  return outer.every((r) => ids.has(identity(r)));
};

const contradict = (a: Requirement, b: Requirement): boolean => {
  if (a.key !== b.key) return false;
  if (a.operator === 'DoesNotExist') return b.operator === 'In' || b.operator === 'Exists';
  if (a.operator !== 'In') return false;
  if (b.operator === 'In') return !a.values.some((v) => b.values.includes(v));
  return b.operator === 'NotIn' && a.values.every((v) => b.values.includes(v));
};

/** No pod can be in it. May say false where labels alone do not show it. */
export const isEmpty = (set: PodSet): boolean => set.some((a) => set.some((b) => contradict(a, b)));

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

const expression = ({ key, operator, values }: Requirement): string => {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
};

/** The selector as a query parameter of a list; empty for all. */
export const labelSelector = (selector: Selector | undefined): string => podSet(selector).map(expression).join(',');
