import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kustomize } from '../harness/kustomize.ts';
import { parsePromql, servedSeries } from '../harness/promql.ts';

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

const series = servedSeries();

const objects = await kustomize('config/prometheus');
const rules = (
  objects.find((o) => o.kind === 'PrometheusRule') as unknown as { spec: { groups: { rules: Rule[] }[] } }
).spec.groups.flatMap((g) => g.rules);
const monitor = objects.find((o) => o.kind === 'ServiceMonitor') as unknown as {
  metadata: { namespace: string };
  spec: { selector: { matchLabels: Record<string, string> }; endpoints: { port: string }[] };
};

test('a selector is found with its labels, and invalid PromQL is refused', () => {
  assert.equal(parsePromql('sum by (z) (rate(a_total{x="1", y=~"2"}[5m])) / b > 1'), {
    selectors: [
      { name: 'a_total', labels: ['x', 'y'] },
      { name: 'b', labels: [] },
    ],
    groupedBy: ['z'],
  });
  const groups = (expr: string) => parsePromql(expr).groupedBy;
  assert.equal(groups('sum by (a) (max by (a, b) (c))'), ['a']);
  assert.equal(groups('sum(max by (a, b) (c))'), []);
  assert.equal(groups('topk(10, max by (a, b) (c))'), ['a', 'b']);
  assert.equal(groups('max by (a) (c) - max by (a) (d)'), ['a', 'a']);
  assert.throws(() => parsePromql('sum(a_total'), 'no PromQL');
});

for (const { alert, expr, labels, annotations } of rules) {
  test(`${alert} uses series and labels that exist, of this operator only`, () => {
    const found = parsePromql(expr).selectors;
    assert.ok(found.length > 0);
    for (const { name, labels: used } of found) {
      assert.ok(series.has(name), `${name} is not served`);
      assert.equal(
        used.filter((label) => !['namespace', 'job', ...series.get(name)!].includes(label)),
        [],
      );
      assert.ok(used.includes('namespace') && used.includes('job'), `${name} is restricted to no operator`);
    }
    assert.ok(['critical', 'warning', 'info'].includes(labels.severity));
    assert.ok(annotations.summary !== '' && annotations.description !== '');
  });
}

test('the ServiceMonitor selects our Service and one of its ports', async () => {
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
