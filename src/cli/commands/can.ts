import { type Command, Option } from 'commander';
import type { CanFlags } from '../can/can.ts';
import type { Terminal } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addCan = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('can')
    .summary('tell whether a pod may connect to another, and why')
    .description(
      'Tells whether NetworkPolicies let a source connect to a destination, and which rules at both ends decide. Ends are\n' +
        'pods (pod/web.shop), workloads (deploy/web.shop), namespaces (ns/shop: any pod of it), Services by their DNS names\n' +
        '(db.data), and IP addresses. Sends no packet: it reads the cluster, or the files. The exit status is 0 for yes, 1 for\n' +
        'no, and 2 if that is not known.',
    )
    .argument('[source]', 'who connects, as in pod/web.shop')
    .argument('[destination]', 'DESTINATION[:PORT][/PROTOCOL], as in db.data:5432; without a port, every declared one')
    .option('--all', 'print which workloads may connect to which declared ports', false)
    .option('--labels <labels>', 'of a hypothetical pod in the namespace of ns/NAMESPACE: app=web,tier=front')
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['text', 'json']).default('text'))
    .option(...WORLD_FILES)
    .option('-n, --namespace <name>', 'namespace of names and objects that have none; with --all, of the destinations');
  addWorldOptions(command).action((source: string | undefined, destination: string | undefined, flags: CanFlags) =>
    failingWithUsageStatus(terminal, setStatus, async () => {
      // Imported here, as for the operator.
      const { canCommand } = await import('../can/can.ts');
      return await canCommand([source, destination], flags, terminal);
    }),
  );
};
