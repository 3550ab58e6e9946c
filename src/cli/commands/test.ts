import { type Command, Option } from 'commander';
import type { TestFlags } from '../policy-test/test.ts';
import type { Terminal } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addTest = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('test')
    .summary('test what a team expects of its policies')
    .description(
      'Tries the expectations of PolicyTests: connections that must and must not be, rights that subjects must and must not\n' +
        'have, images that must and must not be admitted, and Pod Security levels. Reads the cluster, or with --filename the\n' +
        'files. The exit status is 0 if every expectation holds, 1 if one does not or if that is unknown, and 2 if the tests are\n' +
        'invalid or cannot be run.',
    )
    .argument('<file...>', 'files and directories with PolicyTests, in YAML or JSON; - is stdin')
    .addOption(
      new Option('-o, --output <format>', 'format of the output').choices(['text', 'json', 'junit']).default('text'),
    )
    .option(...WORLD_FILES)
    .option('-n, --namespace <name>', 'namespace of PolicyTests and objects that have none (default: default)');
  addWorldOptions(command).action((files: readonly string[], flags: TestFlags) =>
    failingWithUsageStatus(terminal, setStatus, async () => {
      // Imported here, as for the operator.
      const { testCommand } = await import('../policy-test/test.ts');
      return await testCommand(files, flags, terminal);
    }),
  );
};
