import { Option } from 'commander';
import { defaultText, type Setting } from '../settings/setting.ts';

/** For the commands that read policies. */
export const FILES = [
  '-f, --filename <file...>',
  'files with policies, in YAML or JSON, of one or several documents; - is stdin',
] as const;
export const NAMESPACE = ['-n, --namespace <name>', 'namespace of policies that have none (default: default)'] as const;

export const flagHelp = (setting: Setting): string => {
  const bare = setting.mayOmitValue ? '; without a value: true' : '';
  return `${setting.description} (default: ${defaultText(setting)}${bare}) [${setting.variable}]`;
};

export const toOption = (setting: Setting): Option => {
  const { flag, placeholder, mayOmitValue = false } = setting;
  return new Option(mayOmitValue ? `--${flag} [${placeholder}]` : `--${flag} <${placeholder}>`, flagHelp(setting));
};
