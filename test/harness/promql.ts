import { parser } from '@prometheus-io/lezer-promql';
import { servedMetrics } from '../../hack/reference/served-metrics.ts';

export interface Selector {
  readonly name: string;
  /** That it looks at. */
  readonly labels: readonly string[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels that its results are grouped by. */
  readonly groupedBy: readonly string[];
}

/** The selectors of an expression. @throws Error for invalid PromQL */
export const parsePromql = (expr: string): Expression => {
  const selectors: { name: string; labels: string[] }[] = [];
  const groupedBy: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      const parent = node.parent?.type.name ?? '';
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      if (type.name === 'VectorSelector') selectors.push({ name: '', labels: [] });
      if (type.name === 'Identifier' && parent === 'VectorSelector') selectors.at(-1)!.name = expr.slice(from, to);
      if (type.name === 'LabelName' && parent.endsWith('LabelMatcher'))
        selectors.at(-1)!.labels.push(expr.slice(from, to));
      if (type.name === 'LabelName' && parent === 'GroupingLabels') groupedBy.push(expr.slice(from, to));
    },
  });
  return { selectors, groupedBy };
};

/** Every series that the operator serves, with its labels; `up` is Prometheus' own. */
export const servedSeries = (): ReadonlyMap<string, readonly string[]> => {
  const series = new Map<string, readonly string[]>([['up', []]]);
  for (const { type, name, labelNames } of servedMetrics()) {
    if (type !== 'histogram') series.set(name, labelNames);
    else {
      series.set(`${name}_bucket`, [...labelNames, 'le']);
      for (const suffix of ['_sum', '_count']) series.set(name + suffix, labelNames);
    }
  }
  return series;
};
