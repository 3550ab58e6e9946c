import type { PodSelector } from '../../../api/imagescan.ts';

type Labels = Readonly<Record<string, string>>;
type Expression = NonNullable<PodSelector['matchExpressions']>[number];

/** A key may be `constructor`, which every object inherits. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** As the API server decides: NotIn also holds where the label is missing. */
const holds = ({ key, operator, values = [] }: Expression, labels: Labels): boolean => {
  const value = labelOf(labels, key);
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  return operator === 'In' ? value !== undefined && values.includes(value) : !values.includes(value ?? '\0');
};

/** Whether a pod with these labels is selected; no selector, or an empty one, selects every pod. */
export const selects = (
  { matchLabels = {}, matchExpressions = [] }: PodSelector | undefined = {},
  labels: Labels = {},
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
  matchExpressions.every((expression) => holds(expression, labels));
