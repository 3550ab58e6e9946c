import { fixedScanLimits, type ScanLimits } from '../../scan/scanner/process/limits.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { type Environment, readSetting, type Setting } from '../settings/setting.ts';

/** The operator's flags that limit a scan, by the attribute that commander makes of their names. */
export const LIMIT_SETTINGS = {
  scanTimeout: OPERATOR_SETTINGS.scanTimeoutMs,
  scanMemory: OPERATOR_SETTINGS.scanMemoryBytes,
  scanDisk: OPERATOR_SETTINGS.scanDiskBytes,
  scanImageSize: OPERATOR_SETTINGS.scanImageBytes,
} as const;

type LimitFlags = Partial<Record<keyof typeof LIMIT_SETTINGS, string>>;

/** The limits of one scan, as the operator has them. @throws UsageError */
export const limitsOf = (flags: LimitFlags, environment: Environment): ScanLimits => {
  const limit = (setting: Setting<number>, flag: string | undefined): number => {
    const value = readSetting(setting, flag, environment);
    if (value === undefined) throw new Error(`--${setting.flag} has no default`);
    return value;
  };
  return {
    ...fixedScanLimits,
    timeMs: limit(LIMIT_SETTINGS.scanTimeout, flags.scanTimeout),
    memoryBytes: limit(LIMIT_SETTINGS.scanMemory, flags.scanMemory),
    diskBytes: limit(LIMIT_SETTINGS.scanDisk, flags.scanDisk),
    imageBytes: limit(LIMIT_SETTINGS.scanImageSize, flags.scanImageSize),
  };
};
