import type { LabelSelector, LabelSelectorRequirement } from 'kubernetes-types/meta/v1.js';

type Labels = Readonly<Record<string, string>>;
type Expression = Pick<LabelSelectorRequirement, 'key' | 'operator' | 'values'>;
type Test = (labels: Labels) => boolean;

/** A key may be `constructor`, which every object inherits. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

/** As the API server decides: NotIn also holds where the label is missing. It refuses other operators. */
const holds = ({ key, operator, values = [] }: Expression): Test => {
  if (operator === 'Exists') return (labels) => labelOf(labels, key) !== undefined;
  if (operator === 'DoesNotExist') return (labels) => labelOf(labels, key) === undefined;
  const among = (labels: Labels): boolean | undefined => {
    const value = labelOf(labels, key);
    return value === undefined ? undefined : values.includes(value);
  };
  return operator === 'In' ? (labels) => among(labels) === true : (labels) => among(labels) !== true;
};

/** The selector as a function, for many sets of labels; no selector, or an empty one, selects everything. */
export const selectorOf = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): Test => {
  const tests = [
    ...Object.entries(matchLabels).map(
      ([key, value]): Test =>
        (labels) =>
          labelOf(labels, key) === value,
    ),
    ...matchExpressions.map(holds),
  ];
  return (labels) => tests.every((test) => test(labels));
};

/** Whether something with these labels is selected; no selector, or an empty one, selects everything. */
export const selects = (selector: LabelSelector | undefined, labels: Labels = {}): boolean =>
  selectorOf(selector)(labels);
