import type { Command } from 'commander';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readOperatorSettings } from '../settings/read.ts';
import type { Terminal } from '../terminal.ts';
import { flagHelp } from './options.ts';

export const addUninstall = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
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
      const { runUninstall } = await import('../../operator/uninstall.ts');
      setStatus(await runUninstall({ ...settings, yes }, (line) => terminal.stdout.write(`${line}\n`)));
    });
};
