import type { OperatorSettings } from '../../operator/settings.ts';
import { UsageError } from '../errors.ts';
import { OPERATOR_SETTINGS } from './operator-settings.ts';
import { type Environment, readSetting } from './setting.ts';

/**
 * Reads the operator's settings from flags, the environment and the defaults.
 * @param flags values by flag without dashes, as in `log-level`
 * @throws UsageError that names the first invalid setting and the cure
 */
export const readOperatorSettings = (
  flags: Readonly<Record<string, string | undefined>>,
  environment: Environment,
  stderrIsTerminal: boolean,
): OperatorSettings => {
  const entries = Object.entries(OPERATOR_SETTINGS).map(([key, setting]) => [
    key,
    readSetting<unknown>(setting, flags[setting.flag], environment),
  ]);
  const settings: OperatorSettings = {
    logFormat: stderrIsTerminal ? 'text' : 'json',
    ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
  };
  checkScannerMode(settings);
  checkLeaderElection(settings);
  return settings;
};

/** @throws UsageError */
const checkScannerMode = ({ scannerMode, trivyServer, jobImage, jobNamespace }: OperatorSettings): void => {
  if (scannerMode === 'job' ? jobImage === undefined : jobImage !== undefined || jobNamespace !== undefined) {
    throw new UsageError(
      '--scanner-mode job requires --job-image, and --job-image and --job-namespace require --scanner-mode job',
    );
  }
  if (scannerMode !== 'job' && (scannerMode === 'server') !== (trivyServer !== undefined)) {
    throw new UsageError(
      '--scanner-mode server requires --trivy-server, and --trivy-server requires --scanner-mode server or job',
    );
  }
};

/** @throws UsageError */
const checkLeaderElection = ({ leaseDurationMs, renewDeadlineMs, retryPeriodMs }: OperatorSettings): void => {
  if (leaseDurationMs > renewDeadlineMs && renewDeadlineMs > retryPeriodMs) return;
  throw new UsageError(
    '--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline, which must be longer than --leader-elect-retry-period',
  );
};
