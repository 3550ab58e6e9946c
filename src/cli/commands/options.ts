import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_NAMESPACE } from '../../operator/settings.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { defaultText, type Setting } from '../settings/setting.ts';

/** For the commands that read policies. */
export const FILES = [
  '-f, --filename <file...>',
  'files with policies, in YAML or JSON, of one or several documents; - is stdin',
] as const;
export const NAMESPACE = ['-n, --namespace <name>', 'namespace of policies that have none (default: default)'] as const;

/** Parses a flag that names one thing: of two, commander would take the last, and the first would not count. */
export const once = (text: string, before: string | undefined): string => {
  if (before !== undefined) throw new InvalidArgumentError('It is there twice: pass it once.');
  return text;
};

export const flagHelp = (setting: Setting): string => {
  const bare = setting.mayOmitValue ? '; without a value: true' : '';
  return `${setting.description} (default: ${defaultText(setting)}${bare}) [${setting.variable}]`;
};

export const toOption = (setting: Setting): Option => {
  const { flag, placeholder, mayOmitValue = false } = setting;
  return new Option(mayOmitValue ? `--${flag} [${placeholder}]` : `--${flag} <${placeholder}>`, flagHelp(setting));
};

/** As in config/report-reader. */
const REPORT_READER = 'palisade-report';

/** The flags of commands that ask a running operator, as EndpointFlags. */
export const addEndpointOptions = (command: Command): Command => {
  const { kubeconfig } = OPERATOR_SETTINGS;
  return command
    .option('--server <url>', 'URL of the report endpoint of a running operator')
    .option('--token-file <path>', 'with --server: file with a bearer token (default: the token of the kubeconfig)')
    .option(
      '--service-account <name>',
      "ServiceAccount in the ImageScan's namespace that may read reports",
      REPORT_READER,
    )
    .option('--operator-namespace <name>', 'namespace of the operator', DEFAULT_NAMESPACE)
    .option(`--${kubeconfig.flag} <${kubeconfig.placeholder}>`, flagHelp(kubeconfig));
};
