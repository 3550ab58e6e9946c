import { parser } from '@prometheus-io/lezer-promql';
import { servedMetrics } from '../../hack/reference/served-metrics.ts';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

export interface Selector {
  readonly name: string;
  /** That it looks at. */
  readonly labels: readonly string[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels that its results have by their aggregations. */
  readonly groupedBy: readonly string[];
}

/** Whether no aggregation around that of the label drops the labels of its results, as all but topk and bottomk do. */
const isOutermost = (label: SyntaxNode, expr: string): boolean => {
  const around: SyntaxNode[] = [];
  for (let node = label.parent; node !== null; node = node.parent) {
    if (node.type.name === 'AggregateExpr') around.push(node);
  }
  return around.slice(1).every(({ from }) => /^(?:topk|bottomk)\b/.test(expr.slice(from)));
};

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
      if (type.name === 'LabelName' && parent === 'GroupingLabels' && isOutermost(node, expr))
        groupedBy.push(expr.slice(from, to));
    },
  });
  return { selectors, groupedBy };
};

/** As Prometheus stores it: the target of a scrape has the label too. */
const storedLabel = (label: string): string => (label === 'namespace' ? 'exported_namespace' : label);

/** Every series that the operator serves, with its labels as Prometheus stores them; `up` is Prometheus' own. */
export const servedSeries = (): ReadonlyMap<string, readonly string[]> => {
  const series = new Map<string, readonly string[]>([['up', []]]);
  for (const { type, name, labelNames: served } of servedMetrics()) {
    const labelNames = served.map(storedLabel);
    if (type !== 'histogram') series.set(name, labelNames);
    else {
      series.set(`${name}_bucket`, [...labelNames, 'le']);
      for (const suffix of ['_sum', '_count']) series.set(name + suffix, labelNames);
    }
  }
  return series;
};
