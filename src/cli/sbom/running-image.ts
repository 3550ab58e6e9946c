import { toJsonText } from '../../scan/report/format/json-text.ts';
import { UsageError } from '../errors.ts';
import { fromServer } from '../report/from-server.ts';
import { operatorOf } from '../report/operator.ts';
import { parseScanKey } from '../report/scan-key.ts';
import type { Terminal } from '../terminal.ts';
import type { SbomFlags } from './settings.ts';

/** Prints the SBOM of an image of an ImageScan, which a running operator has analyzed. @throws UsageError, InputError */
export const runningImageSbom = async (
  [scan = '', image = '', ...more]: readonly string[],
  server: string,
  { output, platform, tokenFile, kubeconfig }: SbomFlags,
  terminal: Terminal,
): Promise<void> => {
  const key = parseScanKey(scan);
  if (image === '' || more.length > 0) {
    throw new UsageError('with --server, pass an ImageScan and one of its images: NAMESPACE/NAME IMAGE');
  }
  if (output === 'analysis') throw new UsageError('-o analysis is of an image that is pulled: omit --server');
  const flags = { server, ...(tokenFile && { tokenFile }), ...(kubeconfig && { kubeconfig }) };
  const query = { image, format: output, ...(platform !== undefined && { platform }) };
  const operator = await operatorOf(flags, terminal.env);
  terminal.stdout.write(
    await fromServer(operator, key, 'sbom', query, (text) => toJsonText(JSON.parse(text) as object, 2)),
  );
};
