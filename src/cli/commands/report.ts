import { type Command, Option } from 'commander';
import { REPORT_FORMATS, type ReportFormat } from '../../scan/report/format/formats.ts';
import { UsageError } from '../errors.ts';
import { parseScanKey } from '../report/scan-key.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readSetting } from '../settings/setting.ts';
import type { Terminal } from '../terminal.ts';
import { flagHelp } from './options.ts';

interface ReportFlags {
  readonly output: ReportFormat;
  readonly reportDir?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
}

const NO_SOURCE =
  'no source: pass --report-dir DIR for the report directory of an operator, or --server URL for a running operator, as in ' +
  '--server http://127.0.0.1:8082 after kubectl port-forward -n palisade-system deploy/palisade 8082';

/** Lines fit a terminal; any other output has whole lines. */
const widthOf = ({ isTTY, columns }: Terminal['stdout']): number =>
  isTTY === true && columns !== undefined && columns > 0 ? columns : Number.POSITIVE_INFINITY;

/** Prints the report of an ImageScan. @throws InputError, UsageError */
const reportCommand = async (text: string, flags: ReportFlags, terminal: Terminal): Promise<void> => {
  const scan = parseScanKey(text);
  const shape = { format: flags.output, width: widthOf(terminal.stdout) };
  terminal.stdout.write(await readReport(scan, flags, shape, terminal));
};

const readReport = async (
  scan: ReturnType<typeof parseScanKey>,
  { server, tokenFile, ...flags }: ReportFlags,
  shape: { format: ReportFormat; width: number },
  terminal: Terminal,
): Promise<string> => {
  if (server === undefined) {
    const directory = readSetting(OPERATOR_SETTINGS.reportDir, flags.reportDir, terminal.env);
    if (directory === undefined) throw new UsageError(NO_SOURCE);
    // Imported here and below: no command loads the modules of another.
    const { reportFromDirectory } = await import('../report/from-directory.ts');
    return await reportFromDirectory(directory, scan, shape, terminal);
  }
  const { parseServer, reportFromServer } = await import('../report/from-server.ts');
  const { tokenFromFile, tokenFromKubeconfig } = await import('../report/token.ts');
  const url = parseServer(server);
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, terminal.env);
  const token = tokenFile === undefined ? await tokenFromKubeconfig(kubeconfig, url) : await tokenFromFile(tokenFile);
  return await reportFromServer(url, token, scan, shape);
};

export const addReport = (program: Command, terminal: Terminal): void => {
  const { kubeconfig, reportDir } = OPERATOR_SETTINGS;
  program
    .command('report')
    .summary('print the scan results of an ImageScan')
    .description(
      'Prints the last result of every image of an ImageScan, from the report directory of an operator (also while it runs),\n' +
        'or from a running operator, to which it sends the token of the kubeconfig. To reach an operator in a cluster, run\n' +
        'kubectl port-forward -n palisade-system deploy/palisade 8082, and pass --server http://127.0.0.1:8082.',
    )
    .argument('<namespace/name>', 'namespace and name of the ImageScan')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(REPORT_FORMATS).default('table'))
    .addOption(
      new Option(
        `--${reportDir.flag} <${reportDir.placeholder}>`,
        `report directory of an operator [${reportDir.variable}]`,
      ).conflicts('server'),
    )
    .option('--server <url>', 'URL of the report endpoint of a running operator')
    .option('--token-file <path>', 'file with a bearer token for the operator (default: the token of the kubeconfig)')
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .action((scan: string, flags: ReportFlags) => reportCommand(scan, flags, terminal));
};
