import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readOperatorSettings } from '../settings/read.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { flagHelp } from './options.ts';

/** @throws UsageError */
const parsePolicy = (text: string): { namespace: string; name: string } => {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (namespace === '' || name === '' || rest.length > 0)
    throw new UsageError(`"${text}" is not a policy: write NAMESPACE/NAME, as in shop/shop`);
  return { namespace, name };
};

export const addAdopt = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const { kubeconfig } = OPERATOR_SETTINGS;
  program
    .command('adopt')
    .summary('let a policy take over objects that a backup restored')
    .description(
      'Makes a ContainerSecurityPolicy the owner of objects that have the names of those that it generates, as after a\n' +
        'restore from a backup. Without --yes it only prints what it would do. It acts with the rights of the kubeconfig.',
    )
    .argument('<namespace/name>', 'the policy')
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .option('--yes', 'take over, instead of printing what would be taken over', false)
    .action(async (policy: string, { yes, ...flags }: { yes: boolean; kubeconfig?: string }) => {
      const key = parsePolicy(policy);
      const settings = readOperatorSettings(flags, terminal.env, terminal.stderr.isTTY === true);
      const { adopt } = await import('../../operator/adopt.ts');
      const path = settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig };
      setStatus(await adopt({ ...path, policy: key, yes }, (line) => writeLine(terminal.stdout, line)));
    });
};
