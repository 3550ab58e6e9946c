import { readOperatorSettings } from '../../src/cli/settings/read.ts';
import { scanSettings } from '../../src/operator/scan-settings.ts';

/** The limits of a scan that an operator without flags has. */
export const defaultScanLimits = scanSettings(readOperatorSettings({}, {}, false), process.env).limits;
