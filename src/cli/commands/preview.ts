import { type Command, Option } from 'commander';
import type { PreviewFlags } from '../preview/preview.ts';
import type { Terminal } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addPreview = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('preview')
    .summary('show which connections policies would cut')
    .description(
      'Shows which connections the ContainerSecurityPolicies of the files would cut once they are in force; without files,\n' +
        'those of the cluster that are in mode Audit or have spec.proposed. With --flows, it judges the connections that a\n' +
        'network plug-in saw; without, those between workloads at declared ports, as status.preview does. The exit status\n' +
        'is 0 if nothing would be cut, 1 if something would be or it is unknown, and 2 if the command failed.',
    )
    .option(...WORLD_FILES)
    .option(
      '--flows <file...>',
      'observed flows: hubble observe -o jsonpb, flow logs of Calico or Goldmane, or conntrack -L; plain or gzip; - is stdin',
    )
    .addOption(
      new Option('-o, --output <format>', 'format of the output; markdown: for a pull request')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .option('-n, --namespace <name>', 'namespace of objects that have none; without --filename, of the policies');
  addWorldOptions(command).action((flags: PreviewFlags) =>
    failingWithUsageStatus(terminal, setStatus, async () => {
      // Imported here, as for the operator.
      const { previewCommand } = await import('../preview/preview.ts');
      return await previewCommand(flags, terminal);
    }),
  );
};
