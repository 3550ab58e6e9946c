import { StalledError } from '../policy/errors.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers } from '../policy/sections/network/dns.ts';
import { oneLine } from '../text/one-line.ts';
import { parseApiServer } from './api-server.ts';
import { InputError } from './input-error.ts';
import { type InputFlags, loadPolicies } from './load-policies.ts';
import { formatObjects, type OutputFormat } from './output.ts';
import { render } from './render.ts';
import { OPERATOR_SETTINGS } from './settings/operator-settings.ts';
import { readSetting } from './settings/setting.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface RenderFlags extends InputFlags {
  readonly output: OutputFormat;
  readonly dnsPeers?: string;
  readonly apiServer?: string;
}

const readApiServer = (text: string | undefined) => {
  try {
    return text === undefined ? [] : parseApiServer(text);
  } catch (error) {
    throw new UsageError(`--api-server: ${(error as Error).message}`);
  }
};

/** Prints what the operator would create. @throws InputError, UsageError */
export const renderCommand = async (flags: RenderFlags, terminal: Terminal): Promise<void> => {
  const dnsPeers = parseDnsPeers(
    readSetting(OPERATOR_SETTINGS.dnsPeers, flags.dnsPeers, terminal.env) ?? DEFAULT_DNS_PEERS,
  );
  const context = { dnsPeers, apiServer: readApiServer(flags.apiServer) };
  const read = await loadPolicies(flags, terminal);
  try {
    const { objects, notes } = render(
      read.map((r) => r.policy),
      context,
    );
    for (const note of notes) terminal.stderr.write(`${oneLine(note)}\n`);
    terminal.stdout.write(formatObjects(objects, flags.output));
  } catch (error) {
    if (error instanceof StalledError) throw new InputError([error.message]);
    throw error;
  }
};
