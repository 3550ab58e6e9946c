import { integer } from './parsers.ts';
import type { Setting } from './setting.ts';

/** Some thousand series. */
const DEFAULT = 500;

/** Up to how many namespaces metrics have a series for each. */
export const metricsPerNamespace: Setting<number> = {
  flag: 'metrics-per-namespace',
  variable: 'PALISADE_METRICS_PER_NAMESPACE',
  placeholder: 'n',
  mayOmitValue: true,
  default: String(DEFAULT),
  description: `number of namespaces up to which policies, ImageScans, images and findings have a series for each; beyond it, or with 0 or false, only their sum; true stands for ${DEFAULT}`,
  parse: (text) => {
    if (text === 'true') return DEFAULT;
    return text === 'false' ? 0 : integer(0, 100_000)(text);
  },
};
