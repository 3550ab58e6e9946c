import type { Command } from 'commander';
import type { SuggestFlags } from '../suggest/suggest.ts';
import type { Terminal } from '../terminal.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addSuggest = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('suggest')
    .summary('suggest a policy for what runs in a namespace')
    .description(
      'Prints a ContainerSecurityPolicy in mode Audit that allows the connections that workloads, Services, ConfigMaps, routes,\n' +
        'monitors and webhooks declare. The description of each rule is its evidence, and comments say what is not known.\n' +
        'Reads the cluster, or the files. Secrets are never read.',
    )
    .argument('<namespace>', 'namespace to suggest a policy for; also that of objects in files that have none')
    .option(...WORLD_FILES)
    .option(
      '--flows <file...>',
      'observed flows, for rules that nothing declares: hubble observe -o jsonpb, flow logs of Calico or Goldmane, or conntrack -L; plain or gzip; - is stdin',
    );
  addWorldOptions(command).action(async (namespace: string, flags: SuggestFlags) => {
    // Imported here, as for the operator.
    const { suggestCommand } = await import('../suggest/suggest.ts');
    await suggestCommand(namespace, flags, terminal);
  });
};
