import { Registry } from 'prom-client';
import { KubeConfigError } from '../kube/kubeconfig.ts';
import { createLogger } from '../telemetry/log.ts';
import { type Listening, serveHealth, serveMetrics } from '../telemetry/server.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { PalisadeOperator } from './operator.ts';
import type { OperatorSettings } from './settings.ts';

const NOT_SERVED = '0';

/** Resolves at the first SIGINT or SIGTERM; a second one is left to end the process at once. */
const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });

const serve = async (
  settings: OperatorSettings,
  registry: Registry,
  operator: PalisadeOperator,
): Promise<Listening[]> => {
  const listening: Listening[] = [];
  if (settings.metricsAddress !== NOT_SERVED) listening.push(await serveMetrics(settings.metricsAddress, registry));
  if (settings.healthAddress !== NOT_SERVED) {
    const checks = { '/healthz': () => undefined, '/readyz': () => operator.waitingFor() };
    listening.push(await serveHealth(settings.healthAddress, checks));
  }
  return listening;
};

/**
 * Runs the operator until it is told to stop.
 * @returns the exit status: 0 after a clean stop, 2 when a setting cannot be used
 */
export const runOperator = async (settings: OperatorSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const stopping = untilSignal();
  const registry = new Registry();
  let listening: Listening[] = [];
  try {
    const kubeConfig = operatorKubeConfig(settings.kubeconfig);
    const operator = new PalisadeOperator({ kubeConfig, settings, registry, log });
    listening = await serve(settings, registry, operator);
    log.info(
      { server: kubeConfig.getCurrentCluster()?.server, listening: listening.map((l) => l.address) },
      'starting',
    );
    const started = operator.start();
    started.catch(() => {});
    const signal = await Promise.race([stopping, started.then(() => stopping)]);
    log.info({ signal }, 'stopping');
    operator.stop();
    await operator.stopped();
    await kubeConfig.close();
    return 0;
  } catch (error) {
    if (!(error instanceof KubeConfigError) && !(error instanceof Error && error.message.startsWith('cannot listen')))
      throw error;
    process.stderr.write(`palisade: ${error.message}\n`);
    return 2;
  } finally {
    await Promise.all(listening.map((l) => l.close()));
  }
};
