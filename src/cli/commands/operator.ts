import type { Command } from 'commander';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readOperatorSettings } from '../settings/read.ts';
import type { Terminal } from '../terminal.ts';
import { toOption } from './options.ts';

export const addOperator = (program: Command, terminal: Terminal, setStatus: (status: number) => void): void => {
  const command = program
    .command('operator')
    .summary('run the operator against a cluster')
    .description(
      'Runs the operator until SIGINT or SIGTERM, against the cluster of the kubeconfig or the cluster that it runs in.\n' +
        'Each flag can also be set by the environment variable in brackets; the flag takes precedence.',
    );
  for (const setting of Object.values(OPERATOR_SETTINGS)) command.addOption(toOption(setting));
  command.action(async (_, { options }: Command) => {
    const flags = Object.fromEntries(
      options.map((o) => {
        // true: the flag was given without a value.
        const value = command.getOptionValue(o.attributeName()) as string | true | undefined;
        return [o.name(), value === true ? 'true' : value];
      }),
    );
    const settings = readOperatorSettings(flags, terminal.env, terminal.stderr.isTTY === true);
    // Imported here: render and explain need no Kubernetes client, which loads slowly.
    const { runOperator } = await import('../../operator/run.ts');
    setStatus(await runOperator(settings));
  });
};
