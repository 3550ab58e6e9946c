import { toJsonText } from '../../scan/report/format/json-text.ts';
import { InputError, UsageError } from '../errors.ts';
import { endpointOf } from '../report/endpoint-of.ts';
import { parseScanKey } from '../report/scan-key.ts';
import type { Terminal } from '../terminal.ts';
import type { SbomFlags } from './settings.ts';

/** Prints the SBOM of an image of an ImageScan, which a running operator has analyzed. @throws UsageError, InputError */
export const runningImageSbom = async (
  [scan = '', image = '', ...more]: readonly string[],
  flags: SbomFlags,
  terminal: Terminal,
): Promise<void> => {
  const { output: format, platform } = flags;
  const key = parseScanKey(scan);
  if (image === '' || more.length > 0) {
    throw new UsageError('pass an ImageScan and one of its images: NAMESPACE/NAME IMAGE');
  }
  if (format === 'analysis') throw new UsageError('-o analysis is of an image that is pulled: pass NAME@sha256:DIGEST');
  const { endpoint } = await endpointOf(flags, terminal.env);
  const text = await endpoint.get(key, 'sbom', { image, format, ...(platform !== undefined && { platform }) });
  let document: object;
  try {
    document = JSON.parse(text) as object;
  } catch {
    throw new InputError([
      `the answer about ${image} is not an SBOM: check that an operator serves reports at this address`,
    ]);
  }
  terminal.stdout.write(toJsonText(document, 2));
};
