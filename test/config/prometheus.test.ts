import { parser } from '@prometheus-io/lezer-promql';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kustomize } from '../harness/kustomize.ts';
import { servedMetrics } from '../harness/metrics.ts';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

/** Every series that the operator serves, with its labels; `up` is Prometheus' own. */
const series = new Map<string, readonly string[]>([['up', []]]);
for (const metric of servedMetrics()) {
  const names = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((s) => metric.name + s) : [metric.name];
  for (const name of names) series.set(name, metric.labelNames);
}

/** What an expression selects: names of series, each with the labels that it looks at. @throws Error where it is no PromQL */
const selectors = (expr: string): { name: string; labels: string[] }[] => {
  const found: { name: string; labels: string[] }[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      if (type.name === 'VectorSelector') found.push({ name: '', labels: [] });
      if (type.name === 'Identifier' && node.parent?.type.name === 'VectorSelector')
        found.at(-1)!.name = expr.slice(from, to);
      if (type.name === 'LabelName' && node.parent?.type.name.endsWith('LabelMatcher')) {
        found.at(-1)!.labels.push(expr.slice(from, to));
      }
    },
  });
  return found;
};

const objects = await kustomize('config/prometheus');
const rules = (
  objects.find((o) => o.kind === 'PrometheusRule') as unknown as { spec: { groups: { rules: Rule[] }[] } }
).spec.groups.flatMap((g) => g.rules);
const monitor = objects.find((o) => o.kind === 'ServiceMonitor') as unknown as {
  metadata: { namespace: string };
  spec: { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] };
};

test('a selector is found with its labels, and what is no PromQL is refused', () => {
  assert.equal(selectors('sum(rate(a_total{x="1", y=~"2"}[5m])) / b > 1'), [
    { name: 'a_total', labels: ['x', 'y'] },
    { name: 'b', labels: [] },
  ]);
  assert.throws(() => selectors('sum(a_total'), 'no PromQL');
});

for (const { alert, expr, labels, annotations } of rules) {
  test(`${alert} looks at series and labels that exist, of this operator only`, () => {
    const found = selectors(expr);
    assert.ok(found.length > 0);
    for (const { name, labels: used } of found) {
      assert.ok(series.has(name), `${name} is not served`);
      assert.equal(
        used.filter((label) => !['namespace', 'job', ...series.get(name)!].includes(label)),
        [],
      );
      assert.ok(used.includes('namespace') && used.includes('job'), `${name} is of every operator`);
    }
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity));
    assert.ok(annotations.summary !== '' && annotations.description !== '');
  });
}

test('the ServiceMonitor selects our Service and a port of it', async () => {
  const services = (await kustomize('config/manager')).filter((o) => o.kind === 'Service') as unknown as {
    metadata: { namespace: string; labels: Record<string, string> };
    spec: { ports: { name: string }[] };
  }[];
  const wanted = Object.entries(monitor.spec.selector.matchLabels);
  const selected = services.filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels[key] === value));
  assert.is(selected.length, 1);
  assert.is(selected[0]?.metadata.namespace, monitor.metadata.namespace);
  const ports = selected[0]?.spec.ports.map((p) => p.name) ?? [];
  assert.equal(
    monitor.spec.endpoints.map((e) => e.port).filter((port) => !ports.includes(port)),
    [],
  );
});

test.run();
