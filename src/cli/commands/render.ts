import { type Command, Option } from 'commander';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { AUTO, parseDnsSetting } from '../../policy/sections/network/dns.ts';
import { dnsPeers } from '../../policy/sections/network/dns-state.ts';
import { InputError } from '../errors.ts';
import { type InputFlags, loadPolicies } from '../input/load-objects.ts';
import { parseApiServer } from '../render/api-server.ts';
import { formatObjects, type OutputFormat } from '../render/format-objects.ts';
import { promoted, refusal, render } from '../render/render.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readFlag, readSetting } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { FILES, flagHelp, NAMESPACE } from './options.ts';

interface RenderFlags extends InputFlags {
  readonly output: OutputFormat;
  readonly dnsPeers?: string;
  readonly apiServer?: string;
  readonly childLabels?: string;
  readonly proposed?: boolean;
}

/** Prints the objects that the operator would create. @throws InputError, UsageError */
const renderCommand = async (flags: RenderFlags, terminal: Terminal): Promise<void> => {
  const dns = parseDnsSetting(readSetting(OPERATOR_SETTINGS.dnsPeers, flags.dnsPeers, terminal.env) ?? AUTO);
  const context = {
    dnsPeers: dnsPeers(dns, [], []),
    isDnsPartial: dns.auto,
    apiServer: flags.apiServer === undefined ? [] : readFlag('--api-server', flags.apiServer, parseApiServer),
  };
  const read = await loadPolicies(flags, terminal);
  const policies = read.map(({ file, object }) => ({ file, policy: flags.proposed ? promoted(object) : object }));
  const refused = policies.flatMap(({ file, policy }) => {
    const { namespace, name } = policy.metadata;
    const why = refusal(policy, context);
    return why === undefined ? [] : [`${file}: ${CONTAINER_SECURITY_POLICY.kind} ${namespace}/${name}: ${why}`];
  });
  if (refused.length > 0) throw new InputError(refused);
  const childLabels = readSetting(OPERATOR_SETTINGS.childLabels, flags.childLabels, terminal.env);
  const { objects, notes } = render(
    policies.map(({ policy }) => policy),
    context,
    childLabels,
  );
  for (const note of notes) writeLine(terminal.stderr, note);
  terminal.stdout.write(formatObjects(objects, flags.output));
};

export const addRender = (program: Command, terminal: Terminal): void => {
  program
    .command('render')
    .summary('print the objects that the operator would create')
    .description(
      'Prints the objects that the operator would create for the ContainerSecurityPolicies in the files, after\n' +
        'validating them as the API server does. Needs no cluster. Objects of other kinds are skipped.',
    )
    .requiredOption(...FILES)
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['yaml', 'json']).default('yaml'))
    .option(...NAMESPACE)
    .option('--dns-peers <peers>', flagHelp(OPERATOR_SETTINGS.dnsPeers))
    .option('--child-labels <labels>', flagHelp(OPERATOR_SETTINGS.childLabels))
    .option('--proposed', 'print the objects of spec.proposed in place of those of spec, where a policy has it')
    .option('--api-server <cidr:port,...>', 'addresses of the API server, for allow.apiServer (default: none)')
    .action((flags: RenderFlags) => renderCommand(flags, terminal));
};
