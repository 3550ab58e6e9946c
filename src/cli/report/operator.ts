import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { type Environment, readSetting } from '../settings/setting.ts';
import type { Operator } from './from-server.ts';
import { parseServer } from './from-server.ts';
import { tokenFromFile, tokenFromKubeconfig } from './token.ts';

export interface OperatorFlags {
  readonly server: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
}

/** The operator that flags name, with the kubeconfig's path. @throws InputError, UsageError */
export const operatorOf = async (
  { server: text, tokenFile, ...flags }: OperatorFlags,
  env: Environment,
): Promise<Operator & { readonly kubeconfig: string | undefined }> => {
  const server = parseServer(text);
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, env);
  const token =
    tokenFile === undefined ? await tokenFromKubeconfig(kubeconfig, server) : await tokenFromFile(tokenFile);
  return { server, token, kubeconfig };
};
