import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kustomize } from '../harness/kustomize.ts';
import { parsePromql, servedSeries } from '../harness/promql.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { h: number; w: number; x: number; y: number };
  datasource?: { type: string; uid: string };
  targets?: { refId: string; expr: string; legendFormat: string; datasource: object }[];
  fieldConfig?: { defaults: { unit?: string } };
}

interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string; query: string }[] };
  panels: Panel[];
}

const objects = (await kustomize('config/grafana')) as unknown as {
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  data: Record<string, string>;
}[];
const dashboard = JSON.parse(objects[0]?.data['palisade.json'] ?? '{}') as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const series = servedSeries();

/** Labels that Prometheus adds to every scraped series. */
const TARGET = ['namespace', 'job', 'pod'];
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** Of those that Grafana has: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
const UNITS = ['none', 'short', 's', 'bytes', 'ops', 'reqps'];

test("the dashboard is one ConfigMap that Grafana's sidecar finds, in the operator's namespace", () => {
  assert.equal(
    objects.map(({ kind, metadata: { name, namespace, labels } }) => [kind, namespace, name, labels.grafana_dashboard]),
    [['ConfigMap', 'palisade-system', 'palisade-dashboard', '1']],
  );
});

test('the dashboard lets users choose the data source, and uses no undeclared variable', () => {
  const { uid, title, schemaVersion, templating } = dashboard;
  assert.equal({ uid, title, schemaVersion }, { uid: 'palisade', title: 'Palisade', schemaVersion: 39 });
  const variables = templating.list.map(({ name, type, query }) => [name, type, query]);
  assert.equal(variables, [
    ['datasource', 'datasource', 'prometheus'],
    ['namespace', 'query', 'label_values(palisade_policies, namespace)'],
  ]);
  const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
  assert.equal([...new Set(used)].sort(), ['__rate_interval', 'datasource', 'namespace']);
});

test('the dashboard has a row for each topic, and no row is empty', () => {
  const rows: string[] = [];
  const filled = new Set<string | undefined>();
  for (const { type, title } of dashboard.panels) {
    if (type === 'row') rows.push(title);
    else filled.add(rows.at(-1));
  }
  assert.equal(rows, ['Policies', 'Drift', 'Scans', 'Findings', 'Queue', 'API requests', 'Leader']);
  assert.equal([...filled], rows);
});

test('no two panels share a place, an id or a title', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
    Array.from({ length: h * w }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  );
  assert.is(new Set(cells).size, cells.length);
  assert.ok(dashboard.panels.every(({ gridPos: { x, w } }) => x >= 0 && x + w <= 24));
  for (const key of ['id', 'title'] as const) {
    assert.is(new Set(dashboard.panels.map((panel) => panel[key])).size, dashboard.panels.length, key);
  }
});

for (const { type, title, description, datasource, targets = [], fieldConfig } of panels) {
  test(`panel ${title}: names its subject and unit, and uses series and labels that exist`, () => {
    assert.ok(title !== '' && description);
    assert.ok(UNITS.includes(fieldConfig?.defaults.unit ?? ''), fieldConfig?.defaults.unit);
    assert.equal([datasource, ...targets.map((t) => t.datasource)], Array(targets.length + 1).fill(DATASOURCE));
    assert.ok(targets.length > 0);
    for (const { expr, legendFormat } of targets) {
      const { selectors, groupedBy } = parsePromql(expr.replaceAll('$__rate_interval', '5m'));
      assert.ok(selectors.length > 0);
      const known = selectors.flatMap(
        ({ name }) => series.get(name) ?? assert.unreachable(`${name} is not served`) ?? [],
      );
      for (const { name, labels } of selectors) {
        const own = [...TARGET, ...(series.get(name) ?? [])];
        assert.equal(
          labels.filter((label) => !own.includes(label)),
          [],
          name,
        );
        assert.ok(labels.includes('namespace') && labels.includes('job'), `${name} is restricted to no operator`);
      }
      assert.equal(
        groupedBy.filter((label) => ![...TARGET, ...known].includes(label)),
        [],
        expr,
      );
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      // A stat has one figure, and no legend.
      if (type === 'stat') continue;
      assert.equal(
        named.sort(),
        groupedBy.filter((label) => label !== 'le').sort(),
        'the legend distinguishes the lines',
      );
    }
  });
}

test('the dashboard shows every served metric, except those that another figure covers', () => {
  const shown = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) =>
      parsePromql(expr.replaceAll('$__rate_interval', '5m')).selectors.map(({ name }) => name),
    ),
  );
  assert.equal([...series.keys()].filter((name) => !shown.includes(name) && !/_(?:sum|count)$/.test(name)).sort(), [
    'palisade_build_info',
    'palisade_report_store_damaged_files_total',
    'palisade_report_store_files',
    'workqueue_unfinished_work_seconds',
  ]);
});

test.run();
