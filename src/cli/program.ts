import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { addAdopt } from './commands/adopt.ts';
import { addCan } from './commands/can.ts';
import { addCheck } from './commands/check.ts';
import { addDiff } from './commands/diff.ts';
import { addExplain } from './commands/explain.ts';
import { addGraph } from './commands/graph.ts';
import { addOperator } from './commands/operator.ts';
import { addPreview } from './commands/preview.ts';
import { addRender } from './commands/render.ts';
import { addReport } from './commands/report.ts';
import { addSbom } from './commands/sbom.ts';
import { addScan } from './commands/scan.ts';
import { addSuggest } from './commands/suggest.ts';
import { addTest } from './commands/test.ts';
import { addUninstall } from './commands/uninstall.ts';
import { InputError, UsageError } from './errors.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { type Terminal, writeLine } from './terminal.ts';

const buildProgram = (terminal: Terminal, setStatus: (status: number) => void): Command => {
  const program = new Command('palisade')
    .description(
      'Palisade enforces the ContainerSecurityPolicies of Kubernetes namespaces, and scans the images that run there for known\nvulnerabilities, as ImageScans define.',
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
        `${wrong}: use palisade operator, render, explain, can, check, preview, diff, test, suggest, graph, sbom, scan, report, adopt or uninstall; see palisade --help`,
      );
    });
  addOperator(program, terminal, setStatus);
  addRender(program, terminal);
  addExplain(program, terminal);
  addCan(program, terminal, setStatus);
  addCheck(program, terminal, setStatus);
  addPreview(program, terminal, setStatus);
  addDiff(program, terminal, setStatus);
  addTest(program, terminal, setStatus);
  addSuggest(program, terminal);
  addGraph(program, terminal);
  addSbom(program, terminal);
  addScan(program, terminal, setStatus);
  addReport(program, terminal, setStatus);
  addAdopt(program, terminal, setStatus);
  addUninstall(program, terminal, setStatus);
  // After the commands, which would inherit it.
  return program.allowExcessArguments();
};

/** The lines for stderr and the exit status of an error. @throws any other error, which is a bug */
const report = (error: unknown): { lines: readonly string[]; status: number } => {
  if (error instanceof InputError) return { lines: error.problems, status: EXIT_STATUS.FAILED };
  if (error instanceof UsageError) return { lines: [`palisade: ${error.message}`], status: EXIT_STATUS.BAD_USAGE };
  if (!(error instanceof CommanderError)) throw error;
  // --help and --version end this way too.
  if (error.exitCode === 0) return { lines: [], status: 0 };
  return { lines: [`palisade: ${error.message.replace(/^error: /, '')}`], status: EXIT_STATUS.BAD_USAGE };
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
    for (const line of reported.lines) writeLine(terminal.stderr, line);
    return reported.status;
  }
};
