import { type Command, Option } from 'commander';
import { DEFAULT_NAMESPACE } from '../../operator/settings.ts';
import { REPORT_FORMATS, type ReportFormat } from '../../scan/report/format/formats.ts';
import { UsageError } from '../errors.ts';
import { parseScanKey } from '../report/scan-key.ts';
import type { ReportSource } from '../report/source.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag, readSetting } from '../settings/setting.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import { flagHelp } from './options.ts';

/** As in config/report-reader. */
const REPORT_READER = 'palisade-report';

interface ReportFlags {
  readonly allNamespaces: boolean;
  readonly exitCode: boolean;
  readonly output: ReportFormat;
  readonly reportDir?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
  readonly operatorNamespace: string;
  readonly serviceAccount: string;
}

/** @throws InputError, UsageError */
const sourceOf = async ({ server, ...flags }: ReportFlags, terminal: Terminal): Promise<ReportSource> => {
  if (server === undefined) {
    const directory = readSetting(OPERATOR_SETTINGS.reportDir, flags.reportDir, terminal.env);
    if (directory === undefined) return await sourceOfCluster(flags, terminal);
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

/** The operator of the kubeconfig's cluster. @throws UsageError */
const sourceOfCluster = async (flags: ReportFlags, terminal: Terminal): Promise<ReportSource> => {
  const { reportsOfCluster } = await import('../report/from-cluster.ts');
  const { listScans } = await import('../report/list-scans.ts');
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, terminal.env);
  const namespace = readFlag('--operator-namespace', flags.operatorNamespace, namespaceName(DEFAULT_NAMESPACE));
  const { serviceAccount } = flags;
  return reportsOfCluster({ kubeconfig, namespace, serviceAccount }, () => listScans(kubeconfig));
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
      'Prints the last result of every image of an ImageScan: of the operator in the cluster of the kubeconfig, through the API\n' +
        'server; with --report-dir from the report directory of an operator (also while it runs); or with --server from the\n' +
        'report endpoint at that URL. Through the API server, it requests a token of a ServiceAccount that may read reports\n' +
        '(config/report-reader), since the API server passes no credentials of users on. With --server, it sends the token of\n' +
        'the kubeconfig.',
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
    .option(
      '--service-account <name>',
      "ServiceAccount in the ImageScan's namespace that may read reports",
      REPORT_READER,
    )
    .option('--operator-namespace <name>', 'namespace of the operator', DEFAULT_NAMESPACE)
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .action(async (scan: string | undefined, flags: ReportFlags) =>
      setStatus(await reportCommand(scan, flags, terminal)),
    );
};
