import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** A scrape each minute sees every delay. */
const WINDOW_MS = 60_000;
const NANOSECONDS = 1e9;

/**
 * How long one turn of the event loop kept all others waiting. The metrics of prom-client forget a delay at every scrape by
 * any client, and their sampling is as coarse as the delays that matter.
 */
export const registerEventLoopDelay = (registry: Registry): void => {
  // Once in each turn, which costs an idle process nothing.
  const delays = monitorEventLoopDelay({ samplePerIteration: true });
  delays.enable();
  let before = 0;
  let longest = 0;
  const current = (): number => (delays.count > 0 ? delays.max / NANOSECONDS : 0);
  setInterval(() => {
    before = current();
    longest = Math.max(longest, before);
    delays.reset();
  }, WINDOW_MS).unref();
  const gauge = (name: string, help: string, seconds: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(seconds());
      },
    });
  gauge(
    'palisade_event_loop_delay_max_seconds',
    'Longest delay of the event loop in the last one to two minutes.',
    () => Math.max(before, current()),
  );
  gauge('palisade_event_loop_delay_longest_seconds', 'Longest delay of the event loop since the start.', () =>
    Math.max(longest, current()),
  );
};
