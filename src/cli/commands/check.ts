import { type Command, Option } from 'commander';
import type { CheckFlags } from '../check/check.ts';
import type { Terminal } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addCheck = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('check')
    .summary('find mistakes in the rules of policies')
    .description(
      'Finds rules of the ContainerSecurityPolicies in the files that hardly anybody wants: the port of a Service in place of\n' +
        'that of its pods, misspelled labels and namespaces, connections that only one end allows. It compares them with the\n' +
        'workloads and Services of the files, and with --cluster of the cluster. The exit status is 0 without findings, 1 with\n' +
        'findings, and 2 if something could not be checked.',
    )
    .requiredOption(...WORLD_FILES)
    .addOption(
      new Option('-o, --output <format>', 'format of the output; github: annotations of GitHub Actions')
        .choices(['table', 'json', 'sarif', 'github'])
        .default('table'),
    )
    .option('-n, --namespace <name>', 'namespace of objects that have none (default: default)');
  addWorldOptions(command).action((flags: CheckFlags) =>
    failingWithUsageStatus(terminal, setStatus, async () => {
      // Imported here, as for the operator.
      const { checkCommand } = await import('../check/check.ts');
      return await checkCommand(flags, terminal);
    }),
  );
};
