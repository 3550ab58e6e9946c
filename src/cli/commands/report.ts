import { type Command, Option } from 'commander';
import { REPORT_FORMATS, type ReportFormat } from '../../scan/report/format/formats.ts';
import { UsageError } from '../errors.ts';
import { type EndpointFlags, endpointOf } from '../report/endpoint-of.ts';
import { parseScanKey } from '../report/scan-key.ts';
import type { ReportSource } from '../report/source.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { ENRICHMENT_FILES } from '../settings/parsers.ts';
import { readSetting } from '../settings/setting.ts';
import { type Terminal, widthOf } from '../terminal.ts';
import { addEndpointOptions, toOption } from './options.ts';

interface ReportFlags extends EndpointFlags {
  readonly allNamespaces: boolean;
  readonly exitCode: boolean;
  readonly output: ReportFormat;
  readonly reportDir?: string;
  readonly enrichment?: string;
}

/** @throws InputError, UsageError */
const sourceOf = async (flags: ReportFlags, terminal: Terminal): Promise<ReportSource> => {
  const { server, reportDir, enrichment } = flags;
  const directory =
    server === undefined ? readSetting(OPERATOR_SETTINGS.reportDir, reportDir, terminal.env) : undefined;
  // Imported here and below: no command loads the modules of another.
  if (directory !== undefined) {
    const { reportsOfDirectory } = await import('../report/from-directory.ts');
    return await reportsOfDirectory(directory, enrichment, terminal);
  }
  if (enrichment !== undefined) {
    throw new UsageError('--enrichment: a running operator has its own: set it there, or pass --report-dir');
  }
  const { reportsOf } = await import('../report/report-endpoint.ts');
  const { listScans } = await import('../report/list-scans.ts');
  const { endpoint, kubeconfig } = await endpointOf(flags, terminal.env);
  return reportsOf(endpoint, () => listScans(kubeconfig));
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
  const { enrichment, reportDir } = OPERATOR_SETTINGS;
  const command = program
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
    .option(
      '--exit-code',
      'exit with status 3 if an image is not compliant, or if that is not known; stderr has the reason',
      false,
    )
    .addOption(
      new Option(
        `--${reportDir.flag} <${reportDir.placeholder}>`,
        `report directory of an operator [${reportDir.variable}]`,
      ).conflicts('server'),
    )
    .addOption(toOption({ ...enrichment, description: `with --report-dir: ${ENRICHMENT_FILES}` }));
  addEndpointOptions(command).action(async (scan: string | undefined, flags: ReportFlags) =>
    setStatus(await reportCommand(scan, flags, terminal)),
  );
};
