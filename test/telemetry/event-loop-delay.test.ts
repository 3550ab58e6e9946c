import { setImmediate } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { registerEventLoopDelay } from '../../src/telemetry/event-loop-delay.ts';
import { until } from '../harness/until.ts';

const BLOCKED_MS = 250;

const value = async (registry: Registry, name: string): Promise<number> =>
  (await registry.getSingleMetric(name)!.get()).values[0]!.value;

test('a turn that blocks the others is seen in full, by every scrape', async () => {
  const registry = new Registry();
  registerEventLoopDelay(registry);
  await setImmediate();
  const end = performance.now() + BLOCKED_MS;
  while (performance.now() < end);
  for (const name of ['palisade_event_loop_delay_max_seconds', 'palisade_event_loop_delay_longest_seconds']) {
    await until(`${name} shows it`, async () => (await value(registry, name)) >= (BLOCKED_MS - 1) / 1000);
    assert.ok((await value(registry, name)) >= (BLOCKED_MS - 1) / 1000, `a second scrape of ${name}`);
  }
});

test.run();
