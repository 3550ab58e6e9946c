import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { REPORT_FORMATS } from '../scan/report/format/formats.ts';
import { oneLine } from '../text/one-line.ts';
import { explainCommand } from './explain-command.ts';
import { InputError } from './input-error.ts';
import { type RenderFlags, renderCommand } from './render-command.ts';
import { type ReportFlags, reportCommand } from './report-command.ts';
import { SBOM_SETTINGS, type SbomFlags } from './sbom-settings.ts';
import { OPERATOR_SETTINGS } from './settings/operator-settings.ts';
import { readOperatorSettings } from './settings/read.ts';
import { defaultText, type Setting } from './settings/setting.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Exit statuses: input that is wrong, and a call that is wrong. */
const BAD_INPUT = 1;
const BAD_USAGE = 2;

const FILES = [
  '-f, --filename <file...>',
  'policies to read: YAML or JSON, several documents each; - is stdin',
] as const;
const NAMESPACE = ['-n, --namespace <name>', 'namespace of policies that name none (default: default)'] as const;

const flagHelp = (setting: Setting): string =>
  `${setting.description} (default: ${defaultText(setting)}) [${setting.variable}]`;

const toOption = (setting: Setting): Option => {
  const { flag, argument, bare } = setting;
  if (bare === undefined) return new Option(`--${flag} <${argument}>`, flagHelp(setting));
  return new Option(`--${flag} [${argument}]`, flagHelp(setting)).preset(bare);
};

const addOperator = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('operator')
    .summary('run the operator against a cluster')
    .description(
      'Runs the operator until SIGINT or SIGTERM, against the cluster of the kubeconfig or the one that it runs in.\n' +
        'Every flag can be set by the environment variable in brackets too; the flag wins.',
    );
  for (const setting of Object.values(OPERATOR_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (_, { options }: Command) => {
    const flags = Object.fromEntries(
      options.map((o) => [o.name(), command.getOptionValue(o.attributeName()) as string | undefined]),
    );
    const settings = readOperatorSettings(flags, terminal.env, terminal.stderr.isTTY === true);
    // Here and not above: render and explain need no Kubernetes client, which takes a while to load.
    const { runOperator } = await import('../operator/run.ts');
    setStatus(await runOperator(settings));
  });
};

const addRender = (program: Command, terminal: Terminal): void => {
  program
    .command('render')
    .summary('print what the operator would create for policies')
    .description(
      'Prints the objects that the operator would create for the ContainerSecurityPolicies in the files, after checking\n' +
        'them as the API server would. Needs no cluster. Objects of other kinds are skipped.',
    )
    .requiredOption(...FILES)
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['yaml', 'json']).default('yaml'))
    .option(...NAMESPACE)
    .option('--dns-peers <peers>', flagHelp(OPERATOR_SETTINGS.dnsPeers))
    .option('--api-server <cidr:port,...>', 'where the API server is, for allow.apiServer (default: not known)')
    .action((flags: RenderFlags) => renderCommand(flags, terminal));
};

const addExplain = (program: Command, terminal: Terminal): void => {
  program
    .command('explain')
    .summary('say in words what policies mean')
    .description('Says in words what the ContainerSecurityPolicies in the files mean. Needs no cluster.')
    .requiredOption(...FILES)
    .option(...NAMESPACE)
    .action((flags: { filename: string[]; namespace?: string }) => explainCommand(flags, terminal));
};

const addSbom = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('sbom')
    .summary('list what is in an image, as CycloneDX')
    .description(
      'Pulls an image from its registry, runs Trivy on it without a network, and prints its SBOM: CycloneDX 1.6 or later\n' +
        'in JSON, the same bytes for the same image. Needs no cluster. Of several references of one digest, the first that\n' +
        'can be pulled counts. When it fails, it ends with 1 and one line that starts with the reason, as in Unauthorized.',
    )
    .argument('<reference...>', 'name@sha256:digest')
    .option('--platform <os/architecture>', 'which of the images of an index', 'linux/amd64')
    .option(
      '--docker-config <directory>',
      'with config.json as docker login writes it; as often as references: each for its own; none: anonymously',
      (directory: string, before: string[] | undefined) => [...(before ?? []), directory],
    )
    .addOption(
      new Option('-o, --output <format>', 'gzip-base64: between lines with its checksum, to be read from a log')
        .choices(['json', 'gzip-base64'])
        .default('json'),
    );
  for (const setting of Object.values(SBOM_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (references: string[], flags: SbomFlags) => {
    // Here and not above, as for the operator.
    const { sbomCommand } = await import('./sbom-command.ts');
    await sbomCommand(references, flags, terminal);
  });
};

const addReport = (program: Command, terminal: Terminal): void => {
  const { kubeconfig, reportDir } = OPERATOR_SETTINGS;
  program
    .command('report')
    .summary('print what is known of the images of an ImageScan')
    .description(
      'Prints the last result of every image of an ImageScan: out of the report directory of an operator, beside which it\n' +
        'may run, or from a running operator, to which it shows the token of the kubeconfig. Bring an operator of a cluster\n' +
        'near by kubectl port-forward -n palisade-system deploy/palisade 8082, then use --server http://127.0.0.1:8082.',
    )
    .argument('<namespace/name>', 'the ImageScan')
    .addOption(new Option('-o, --output <format>', 'format of the report').choices(REPORT_FORMATS).default('table'))
    .addOption(
      new Option(
        `--${reportDir.flag} <${reportDir.argument}>`,
        `report directory of an operator [${reportDir.variable}]`,
      ).conflicts('server'),
    )
    .option('--server <url>', 'a running operator')
    .option('--token-file <path>', 'what to show the operator (default: the token of the kubeconfig)')
    .option(`--${kubeconfig.flag} <${kubeconfig.argument}>`, flagHelp(kubeconfig))
    .action((scan: string, flags: ReportFlags) => reportCommand(scan, flags, terminal));
};

const addUninstall = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const { kubeconfig, namespaces } = OPERATOR_SETTINGS;
  program
    .command('uninstall')
    .summary('delete all policies and withdraw what they generated')
    .description(
      'Deletes all ContainerSecurityPolicies and withdraws what they generated, in the safe order, whether or not an\n' +
        'operator still runs. Without --yes it only says what it would do. Do it before deleting the CRDs.',
    )
    .option(`--${kubeconfig.flag} <${kubeconfig.argument}>`, flagHelp(kubeconfig))
    .option(
      `--${namespaces.flag} <${namespaces.argument}>`,
      `only the policies of these namespaces (default: all) [${namespaces.variable}]`,
    )
    .option('--yes', 'do it', false)
    .action(async ({ yes, ...flags }: { yes: boolean; kubeconfig?: string; namespaces?: string }) => {
      const settings = readOperatorSettings(flags, terminal.env, terminal.stderr.isTTY === true);
      const { runUninstall } = await import('../operator/uninstall.ts');
      setStatus(await runUninstall({ ...settings, yes }, (line) => terminal.stdout.write(`${line}\n`)));
    });
};

const buildProgram = (terminal: Terminal, setStatus: (status: number) => void): Command => {
  const program = new Command('palisade')
    .description(
      'Palisade keeps Kubernetes namespaces the way their ContainerSecurityPolicies say, and scans the images that run there as\ntheir ImageScans say.',
    )
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => 120,
    })
    .action((_, { args: [unknown] }: Command) => {
      const wrong = unknown === undefined ? 'no command' : `unknown command "${unknown}"`;
      throw new UsageError(
        `${wrong}: write palisade operator, render, explain, sbom, report or uninstall; palisade --help says more`,
      );
    });
  addOperator(program, terminal, setStatus);
  addRender(program, terminal);
  addExplain(program, terminal);
  addSbom(program, terminal);
  addReport(program, terminal);
  addUninstall(program, terminal, setStatus);
  // Only now: the commands would inherit it.
  return program.allowExcessArguments();
};

/** What went wrong as lines for stderr, and the exit status. @throws whatever is a bug of ours */
const report = (error: unknown): { lines: readonly string[]; status: number } => {
  if (error instanceof InputError) return { lines: error.problems, status: BAD_INPUT };
  if (error instanceof UsageError) return { lines: [`palisade: ${error.message}`], status: BAD_USAGE };
  if (!(error instanceof CommanderError)) throw error;
  // --help and --version end this way too.
  if (error.exitCode === 0) return { lines: [], status: 0 };
  return { lines: [`palisade: ${error.message.replace(/^error: /, '')}`], status: BAD_USAGE };
};

/** Runs one command line. @returns the exit status */
export const runProgram = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  let status = 0;
  const program = buildProgram(terminal, (s) => {
    status = s;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    const reported = report(error);
    for (const line of reported.lines) terminal.stderr.write(`${oneLine(line)}\n`);
    return reported.status;
  }
};
