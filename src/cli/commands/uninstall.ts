import type { Command } from 'commander';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readOperatorSettings } from '../settings/read.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { flagHelp } from './options.ts';

export const addUninstall = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const { kubeconfig, namespaces } = OPERATOR_SETTINGS;
  program
    .command('uninstall')
    .summary('delete all policies and everything that they generated')
    .description(
      'Deletes all ContainerSecurityPolicies and everything that they generated, in the safe order, whether or not an\n' +
        'operator still runs. Without --yes it only prints what it would do. Run it before you delete the CRDs.',
    )
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .option(
      `--${namespaces.flag} <${namespaces.placeholder}>`,
      `namespaces whose policies are deleted (default: all) [${namespaces.variable}]`,
    )
    .option('--yes', 'delete, instead of printing what would be deleted', false)
    .action(async ({ yes, ...flags }: { yes: boolean; kubeconfig?: string; namespaces?: string }) => {
      const settings = readOperatorSettings(flags, terminal.env, terminal.stderr.isTTY === true);
      const { runUninstall } = await import('../../operator/uninstall.ts');
      setStatus(await runUninstall({ ...settings, yes }, (line) => writeLine(terminal.stdout, line)));
    });
};
