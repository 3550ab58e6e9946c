import { type Command, Option } from 'commander';
import type { DiffFlags } from '../diff/diff.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import type { Terminal } from '../terminal.ts';
import { failingWithUsageStatus } from './failing.ts';
import { flagHelp } from './options.ts';
import { WORLD_FILES } from './world-options.ts';

const { kubeconfig, dnsPeers } = OPERATOR_SETTINGS;

export const addDiff = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  program
    .command('diff')
    .summary('show what a change of policies means')
    .description(
      'Compares the files with a cluster, with other files, or with a revision of git: the objects, and what their change\n' +
        'means: connections, rights, Pod Security levels, images and findings. The exit status is 0 without differences, 1 with\n' +
        'differences, and 2 if the command failed.',
    )
    .requiredOption(...WORLD_FILES)
    .option('--against <what>', 'the state before: cluster, a file or directory, or a revision of git', 'cluster')
    .addOption(
      new Option('-o, --output <format>', 'format of the output; markdown: for a pull request')
        .choices(['text', 'json', 'markdown'])
        .default('text'),
    )
    .option('-n, --namespace <name>', 'namespace of objects that have none (default: default)')
    .option('-R, --recursive', 'read the directories in a directory of --filename and --against too')
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .option('--dns-peers <peers>', flagHelp(dnsPeers))
    .option(
      '--api-server <cidr:port,...>',
      'addresses of the API server, for allow.apiServer (default: those of the cluster; without one, none)',
    )
    .action((flags: DiffFlags) =>
      failingWithUsageStatus(terminal, setStatus, async () => {
        // Imported here, as for the operator.
        const { diffCommand } = await import('../diff/diff.ts');
        return await diffCommand(flags, terminal);
      }),
    );
};
