import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };
import { systemClock } from '../kube/clock.ts';
import { KubeClient } from '../kube/rest/client.ts';
import { KubeConfigError, type PooledKubeConfig } from '../kube/rest/kubeconfig.ts';
import { findTrivy } from '../scan/scanner/trivy/find-trivy.ts';
import { openScanTools, type ScanTools } from '../scan/scanning.ts';
import { StoreError } from '../scan/store/store-error.ts';
import { createLogger } from '../telemetry/log.ts';
import { registerProcessMetrics } from '../telemetry/process-metrics.ts';
import { type Listening, listen, serveHealth, serveMetrics } from '../telemetry/server.ts';
import { healthChecks } from './health.ts';
import { operatorKubeConfig } from './kubeconfig.ts';
import { type LeaderElectionSettings, newIdentity } from './leadership.ts';
import { podNameservers } from './nameservers.ts';
import { type OperatorOptions, PalisadeOperator } from './operator.ts';
import { printError } from './print-error.ts';
import { scanSettings } from './scan-settings.ts';
import { type OperatorSettings, ownNamespace } from './settings.ts';

const NOT_SERVED = '0';
/** A process that lost the Lease exits, and its container restarts as a standby. */
const LOST = 'the lease was lost';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** npm forwards a signal that the whole process group gets too: a second one this soon is the same. */
const SAME_SIGNAL_MS = 1_000;

/** Resolves at the first SIGINT or SIGTERM; a later one ends the process at once, as Node does by default. */
const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      resolve(signal);
      const ignore = () => SIGNALS.forEach((other) => void process.off(other, onSignal));
      setTimeout(ignore, SAME_SIGNAL_MS).unref();
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
  });

const serve = async (
  settings: OperatorSettings,
  registry: Registry,
  operator: PalisadeOperator,
): Promise<Listening[]> => {
  const listening: Listening[] = [];
  if (settings.metricsAddress !== NOT_SERVED) listening.push(await serveMetrics(settings.metricsAddress, registry));
  if (settings.healthAddress !== NOT_SERVED) {
    listening.push(await serveHealth(settings.healthAddress, healthChecks(operator)));
  }
  if (settings.reportAddress !== NOT_SERVED) {
    listening.push(await listen(settings.reportAddress, operator.reportEndpoint()));
  }
  return listening;
};

/** Outside a cluster there is usually one operator, without rights on Leases. */
const leaderElectionSettings = (
  settings: OperatorSettings,
  environment: NodeJS.ProcessEnv,
): LeaderElectionSettings | undefined => {
  const inCluster = settings.kubeconfig === undefined && environment.KUBERNETES_SERVICE_HOST !== undefined;
  if (!(settings.leaderElect ?? inCluster)) return undefined;
  return {
    namespace: settings.leaderElectNamespace ?? ownNamespace(),
    identity: newIdentity(hostname()),
    leaseMs: settings.leaseDurationMs,
    deadlineMs: settings.renewDeadlineMs,
    retryMs: settings.retryPeriodMs,
  };
};

/** A setting that cannot be used. */
class SettingError extends Error {}

/** Policies are enforced without a scanner too; but a given --trivy or --report-dir that cannot be used is a wrong setting. */
const openScanner = async (
  settings: OperatorSettings,
  client: KubeClient,
  log: Logger,
  signal: AbortSignal,
): Promise<ScanTools | string> => {
  const path = process.env.PATH ?? '';
  try {
    return await openScanTools(scanSettings(settings, process.env), path, systemClock, log, client, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    const isGiven = error instanceof StoreError ? settings.reportDir !== undefined : settings.trivy !== undefined;
    if (isGiven) throw new SettingError(message);
    log.error(`images are not scanned: ${message}`);
    return message;
  }
};

/**
 * A single operator opens the scanner at start, and reports errors at once. One of several must not touch the report
 * directory before it leads: it only checks that the given Trivy exists, so that a wrong path fails the rollout.
 */
const scannerOpener = async (
  settings: OperatorSettings,
  kubeConfig: PooledKubeConfig,
  log: Logger,
  isSingle: boolean,
): Promise<NonNullable<OperatorOptions['openScanTools']>> => {
  const open = (signal: AbortSignal, client: KubeClient) => openScanner(settings, client, log, signal);
  if (isSingle) {
    const client = new KubeClient(kubeConfig, { userAgent: 'palisade' });
    const tools = await open(new AbortController().signal, client);
    return async () => tools;
  }
  if (settings.trivy !== undefined) {
    await findTrivy(settings.trivy, '').catch((error: Error) => Promise.reject(new SettingError(error.message)));
  }
  return open;
};

const isWrongSetting = (error: unknown): error is Error =>
  error instanceof KubeConfigError ||
  error instanceof SettingError ||
  (error instanceof Error && error.message.startsWith('cannot listen'));

/**
 * Runs the operator until a signal, or the loss of the Lease, stops it.
 * @returns the exit status: 0 after a clean stop, 1 when another operator leads now, 2 when a setting cannot be used
 */
export const runOperator = async (settings: OperatorSettings): Promise<number> => {
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const stopping = untilSignal();
  const registry = new Registry();
  registerProcessMetrics(registry, packageJson.version);
  let listening: Listening[] = [];
  try {
    const kubeConfig = operatorKubeConfig(settings.kubeconfig);
    const leaderElection = leaderElectionSettings(settings, process.env);
    const scanTools = await scannerOpener(settings, kubeConfig, log, leaderElection === undefined);
    const election = leaderElection && { leaderElection };
    const operator = new PalisadeOperator({
      kubeConfig,
      settings,
      nameservers: settings.kubeconfig === undefined ? await podNameservers(process.env) : [],
      openScanTools: scanTools,
      ...election,
      registry,
      log,
    });
    listening = await serve(settings, registry, operator);
    log.info(
      { server: kubeConfig.getCurrentCluster()?.server, listening: listening.map((l) => l.address) },
      'starting',
    );
    const started = operator.start();
    started.catch(() => {});
    try {
      const reason = await Promise.race([stopping, operator.ended.then(() => LOST), started.then(() => stopping)]);
      log.info({ reason }, 'stopping');
      return reason === LOST ? 1 : 0;
    } finally {
      operator.stop();
      await operator.stopped();
      await kubeConfig.close();
    }
  } catch (error) {
    if (!isWrongSetting(error)) throw error;
    printError(error);
    return 2;
  } finally {
    await Promise.all(listening.map((l) => l.close()));
  }
};
