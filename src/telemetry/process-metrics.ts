import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** By default it wakes the process a hundred times a second. */
const EVENT_LOOP_LOOK_MS = 100;

/** What runs, and what it takes: process_* and nodejs_* as prom-client has them. @param version of Palisade */
export const registerProcessMetrics = (registry: Registry, version: string): void => {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
  const info = { name: 'palisade_build_info', help: '1, with the running release as label.' };
  new Gauge({ ...info, labelNames: ['version'], registers: [registry] }).set({ version }, 1);
};
