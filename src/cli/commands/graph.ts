import { type Command, Option } from 'commander';
import type { GraphFlags } from '../graph/draw.ts';
import type { Terminal } from '../terminal.ts';
import { addWorldOptions, WORLD_FILES } from './world-options.ts';

export const addGraph = (program: Command, terminal: Terminal): void => {
  const command = program
    .command('graph')
    .summary('draw which workloads may connect to each other')
    .description(
      'Draws the connections between workloads that NetworkPolicies allow, at the ports that containers declare. Reads the\n' +
        'cluster, or the files. The HTML is one file that loads nothing.',
    )
    .addOption(
      new Option('-o, --output <format>', 'format of the picture')
        .choices(['svg', 'html', 'mermaid', 'dot'])
        .makeOptionMandatory(),
    )
    .option(...WORLD_FILES)
    .option(
      '-n, --namespace <name>',
      'draw the workloads of this namespace and their peers (default: all); also that of objects that have none',
    );
  addWorldOptions(command).action(async (flags: GraphFlags) => {
    // Imported here: only this command needs the layout.
    const { drawGraph } = await import('../graph/draw.ts');
    await drawGraph(flags, terminal);
  });
};
