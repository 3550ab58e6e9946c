import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NamespaceSeries } from '../../src/telemetry/namespace-series.ts';

const objectsIn = (...namespaces: string[]) => namespaces.map((namespace) => ({ metadata: { namespace } }));

const open = (most: number) => {
  const registry = new Registry();
  const logged: string[] = [];
  const write = (level: string) => (figures: object, message: string) =>
    logged.push(`${level} ${JSON.stringify(figures)} ${message}`);
  const log = { info: write('info'), warn: write('warn') };
  const series = new NamespaceSeries({ registry, most, log: log as never });
  const served = async () => /^palisade_metrics_per_namespace (\d)$/m.exec(await registry.metrics())?.[1];
  return { series, logged, served };
};

test('the namespaces of all sources together decide, and each change is logged once', async () => {
  const [policies, scans] = [objectsIn('a', 'b'), objectsIn('b', 'c')];
  const { series, logged, served } = open(3);
  series.add(() => policies);
  series.add(() => scans);
  assert.equal(series.group(policies), [
    [{ namespace: 'a' }, [policies[0]]],
    [{ namespace: 'b' }, [policies[1]]],
  ]);
  assert.equal([await served(), logged], ['1', []]);

  scans.push(...objectsIn('d'));
  assert.equal(series.group(policies), [[{}, policies]]);
  assert.equal(series.group(scans), [[{}, scans]]);
  assert.is(await served(), '0');
  assert.equal(logged, [
    'warn {"namespaces":4,"most":3} metrics have no series for each namespace, only sums: raise --metrics-per-namespace',
  ]);

  scans.pop();
  assert.is(series.group(scans).length, 2);
  assert.is(await served(), '1');
  assert.is(logged.length, 2);
  assert.match(logged[1] ?? '', /^info .* again$/);
});

test('0 is the sum without a complaint', async () => {
  const { series, logged, served } = open(0);
  series.add(() => objectsIn('a'));
  assert.equal(series.group(objectsIn('a')), [[{}, objectsIn('a')]]);
  assert.equal([await served(), logged], ['0', []]);
});

test.run();
