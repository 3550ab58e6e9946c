import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KubeMetrics } from '../../src/kube/metrics.ts';
import { FakeClock } from './fake-clock.ts';

function metrics() {
  const registry = new Registry();
  const clock = new FakeClock();
  const kube = new KubeMetrics(registry, clock);
  const has = async (line: string) => {
    const text = await registry.metrics();
    assert.ok(text.split('\n').includes(line), `${line}\n is not in\n${text}`);
  };
  return { registry, clock, kube, has };
}

test('every metric of a queue exists from the beginning', async () => {
  const { kube, has } = metrics();
  kube.queue('policies');
  await has('workqueue_depth{name="policies"} 0');
  await has('workqueue_adds_total{name="policies"} 0');
  await has('workqueue_retries_total{name="policies"} 0');
  await has('workqueue_queue_duration_seconds_count{name="policies"} 0');
  await has('workqueue_work_duration_seconds_count{name="policies"} 0');
});

test('running work is measured at every scrape', async () => {
  const { kube, has } = metrics();
  let seconds: number[] = [];
  kube.queue('policies').handling(() => seconds);
  kube.queue('scans').handling(() => [4]);
  await has('workqueue_unfinished_work_seconds{name="policies"} 0');
  await has('workqueue_longest_running_processor_seconds{name="policies"} 0');
  seconds = [1, 5, 2];
  await has('workqueue_unfinished_work_seconds{name="policies"} 8');
  await has('workqueue_longest_running_processor_seconds{name="policies"} 5');
  await has('workqueue_unfinished_work_seconds{name="scans"} 4');
});

test('metrics distinguish queues', async () => {
  const { kube, has } = metrics();
  const queue = kube.queue('policies');
  kube.queue('scans').added();
  queue.depth(3);
  queue.added();
  queue.added();
  queue.retried();
  queue.waited(0.2);
  queue.worked(2);
  await has('workqueue_depth{name="policies"} 3');
  await has('workqueue_adds_total{name="policies"} 2');
  await has('workqueue_adds_total{name="scans"} 1');
  await has('workqueue_retries_total{name="policies"} 1');
  await has('workqueue_queue_duration_seconds_sum{name="policies"} 0.2');
  await has('workqueue_work_duration_seconds_bucket{le="1",name="policies"} 0');
  await has('workqueue_work_duration_seconds_bucket{le="5",name="policies"} 1');
});

test('requests are counted by method, host and code', async () => {
  const { kube, has } = metrics();
  const { onRequest } = kube;
  onRequest({ method: 'GET', host: 'h:6443', resource: 'pods', code: 200, seconds: 1 });
  onRequest({ method: 'GET', host: 'h:6443', resource: 'nodes', code: 200, seconds: 1 });
  onRequest({ method: 'PATCH', host: 'h:6443', resource: 'pods', code: 'error', seconds: 1 });
  await has('rest_client_requests_total{method="GET",host="h:6443",code="200"} 2');
  await has('rest_client_requests_total{method="PATCH",host="h:6443",code="<error>"} 1');
});

test('staleness is measured at every scrape; of several watches of one resource the worst counts', async () => {
  const { registry, clock, kube, has } = metrics();
  const start = clock.now();
  const stopOne = kube.watching('pods', (now) => (now - start) / 1000);
  kube.watching('pods', () => 1);
  await clock.advance(5000);
  await has('watch_staleness_seconds{resource="pods"} 5');
  await clock.advance(5000);
  await has('watch_staleness_seconds{resource="pods"} 10');
  stopOne();
  await has('watch_staleness_seconds{resource="pods"} 1');
  assert.not.match(await registry.metrics(), 'watch_staleness_seconds{resource="pods"} 10');
});

test('a watch that ended leaves no series behind', async () => {
  const { registry, kube } = metrics();
  kube.watching('pods', () => 1)();
  assert.not.match(await registry.metrics(), 'watch_staleness_seconds{');
});

test('relists are counted, starting at zero', async () => {
  const { kube, has } = metrics();
  kube.watching('pods', () => 1);
  await has('reflector_relists_total{resource="pods"} 0');
  kube.relisted('pods');
  kube.relisted('pods');
  await has('reflector_relists_total{resource="pods"} 2');
});

test.run();
