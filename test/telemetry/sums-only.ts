import { pino } from 'pino';
import type { Registry } from 'prom-client';
import { NamespaceSeries } from '../../src/telemetry/namespace-series.ts';

/** Metrics without a series for each namespace. */
export const sumsOnly = (registry: Registry): NamespaceSeries =>
  new NamespaceSeries({ registry, most: 0, log: pino({ enabled: false }) });
