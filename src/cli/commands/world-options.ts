import type { Command } from 'commander';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { flagHelp } from './options.ts';

const { kubeconfig, dnsPeers } = OPERATOR_SETTINGS;

/** The options of WorldFlags, but for --filename and --namespace, whose texts are the command's. */
export const addWorldOptions = (command: Command): Command =>
  command
    .option('-R, --recursive', 'read the directories in a directory of --filename too')
    .option(
      '--cluster',
      'with --filename: apply the files to the cluster of the kubeconfig in thought; an object of a file replaces that of the cluster',
    )
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig))
    .option('--dns-peers <peers>', flagHelp(dnsPeers))
    .option(
      '--api-server <cidr:port,...>',
      'addresses of the API server, for allow.apiServer (default: those of the cluster; without one, none)',
    );

/** -f of a world: files and directories. */
export const WORLD_FILES = [
  '-f, --filename <path...>',
  'files, and directories with files, in YAML or JSON: workloads, Services, Namespaces, NetworkPolicies and ContainerSecurityPolicies; - is stdin',
] as const;
