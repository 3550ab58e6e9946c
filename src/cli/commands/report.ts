import { type Command, Option } from 'commander';
import { REPORT_FORMATS, type ReportFormat } from '../../scan/report/format/formats.ts';
import { UsageError } from '../errors.ts';
import { parseScanKey } from '../report/scan-key.ts';
import type { ReportSource } from '../report/source.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readSetting } from '../settings/setting.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import { flagHelp } from './options.ts';

interface ReportFlags {
  readonly allNamespaces: boolean;
  readonly exitCode: boolean;
  readonly output: ReportFormat;
  readonly reportDir?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
}

const NO_SOURCE =
  'no source: pass --report-dir DIR for the report directory of an operator, or --server URL for a running operator, as in ' +
  '--server http://127.0.0.1:8082 after kubectl port-forward -n palisade-system deploy/palisade 8082';

/** @throws InputError, UsageError */
const sourceOf = async ({ server, ...flags }: ReportFlags, terminal: Terminal): Promise<ReportSource> => {
  if (server === undefined) {
    const directory = readSetting(OPERATOR_SETTINGS.reportDir, flags.reportDir, terminal.env);
    if (directory === undefined) throw new UsageError(NO_SOURCE);
    // Imported here and below: no command loads the modules of another.
    const { reportsOfDirectory } = await import('../report/from-directory.ts');
    return await reportsOfDirectory(directory, terminal);
  }
  const { reportsOfServer } = await import('../report/from-server.ts');
  const { operatorOf } = await import('../report/operator.ts');
  const { listScans } = await import('../report/list-scans.ts');
  const { kubeconfig, ...operator } = await operatorOf({ ...flags, server }, terminal.env);
  return reportsOfServer(operator, () => listScans(kubeconfig));
};

/** @returns the exit status @throws InputError, UsageError */
const reportCommand = async (text: string | undefined, flags: ReportFlags, terminal: Terminal): Promise<number> => {
  const scan = text === undefined ? undefined : parseScanKey(text);
  if (flags.allNamespaces === (scan !== undefined)) {
    throw new UsageError('name one ImageScan as NAMESPACE/NAME, or pass --all-namespaces');
  }
  const source = await sourceOf(flags, terminal);
  const shape = { format: flags.output, width: widthOf(terminal.stdout), judges: flags.exitCode };
  const { printReport, printReports } = await import('../report/print-reports.ts');
  return scan === undefined
    ? await printReports(source, shape, terminal)
    : await printReport(source, scan, shape, terminal);
};

export const addReport = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const { kubeconfig, reportDir } = OPERATOR_SETTINGS;
  program
    .command('report')
    .summary('print the scan results of an ImageScan')
    .description(
      'Prints the last result of every image of an ImageScan, from the report directory of an operator (also while it runs),\n' +
        'or from a running operator, to which it sends the token of the kubeconfig. To reach an operator in a cluster, run\n' +
        'kubectl port-forward -n palisade-system deploy/palisade 8082, and pass --server http://127.0.0.1:8082.',
    )
    .argument('[namespace/name]', 'namespace and name of the ImageScan')
    .option('-A, --all-namespaces', 'all ImageScans that you may read, as one document', false)
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(REPORT_FORMATS).default('table'))
    .addOption(
      new Option(
        `--${reportDir.flag} <${reportDir.placeholder}>`,
        `report directory of an operator [${reportDir.variable}]`,
      ).conflicts('server'),
    )
    .option('--server <url>', 'URL of the report endpoint of a running operator')
    .option(
      '--exit-code',
      'exit with status 3 if an image is not compliant, or if that is not known; stderr has the reason',
      false,
    )
    .option('--token-file <path>', 'file with a bearer token for the operator (default: the token of the kubeconfig)')
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .action(async (scan: string | undefined, flags: ReportFlags) =>
      setStatus(await reportCommand(scan, flags, terminal)),
    );
};
