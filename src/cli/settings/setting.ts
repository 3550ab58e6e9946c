import { UsageError } from '../errors.ts';

/** A flag that can also be set by an environment variable. */
export interface Setting<Value = unknown> {
  /** Without dashes. */
  readonly flag: string;
  readonly variable: string;
  /** Stands for the value in --help. */
  readonly placeholder: string;
  /** The flag may be given without a value, which means true. */
  readonly mayOmitValue?: true;
  /** In the form that a user writes; absent: the setting is optional. */
  readonly default?: string;
  /** Describes the default where the value alone does not. */
  readonly defaultInWords?: string;
  /** For --help and the table of flags in the documentation. */
  readonly description: string;
  /** @throws Error that continues `--flag: ` and names the cure */
  readonly parse: (text: string) => Value;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The default as documentation shows it. */
export const defaultText = (setting: Setting): string => setting.defaultInWords ?? setting.default ?? 'none';

/** @param source of the text, for the message @throws UsageError */
export const readFlag = <Value>(source: string, text: string, parse: (text: string) => Value): Value => {
  try {
    return parse(text);
  } catch (error) {
    throw new UsageError(`${source}: ${(error as Error).message}`);
  }
};

/** The flag overrides the environment, and the environment the default. @throws UsageError */
export const readSetting = <Value>(
  setting: Setting<Value>,
  flag: string | undefined,
  environment: Environment,
): Value | undefined => {
  // Manifests often unset a variable by setting it to the empty string.
  const inherited = environment[setting.variable] === '' ? undefined : environment[setting.variable];
  const text = flag ?? inherited ?? setting.default;
  if (text === undefined) return undefined;
  return readFlag(flag === undefined ? setting.variable : `--${setting.flag}`, text, () => {
    if (text === '' && setting.default !== '') throw new Error('the value is empty: give a value, or omit the setting');
    return setting.parse(text);
  });
};
