import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { registerEventLoopDelay } from './event-loop-delay.ts';

/** The default wakes the process a hundred times a second. */
const EVENT_LOOP_SAMPLING_MS = 100;

/** The running release, the delay of the event loop, and the process_* and nodejs_* metrics of prom-client. @param version of Palisade */
export const registerProcessMetrics = (registry: Registry, version: string): void => {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLING_MS });
  registerEventLoopDelay(registry);
  const info = { name: 'palisade_build_info', help: '1, with the running release as label.' };
  new Gauge({ ...info, labelNames: ['version'], registers: [registry] }).set({ version }, 1);
};
