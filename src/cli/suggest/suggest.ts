import { NODES, PODS } from '../../kube/kinds.ts';
import { printableLines } from '../../text/printable.ts';
import { InputError } from '../errors.ts';
import { readFlows } from '../flows/read-flows.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { describeUnread, isUnread } from '../world/from-cluster.ts';
import { loadWorld, type WorldFlags } from '../world/load-world.ts';
import { formatSuggestion } from './format.ts';
import { EVIDENCE_KINDS } from './kinds.ts';
import { observedFlows } from './observed-flows.ts';
import { suggestPolicies } from './policies.ts';
import { Scene } from './scene.ts';

export interface SuggestFlags extends Omit<WorldFlags, 'namespace'> {
  readonly flows?: readonly string[];
}

const noWorkload = (namespace: string, { cluster, unread }: LoadedWorld): InputError => {
  const what = `namespace ${namespace}: no workload was found`;
  if (cluster === undefined)
    return new InputError([`${what}: add its manifests to --filename, or omit --filename to read the cluster`]);
  const cure = isUnread(unread, PODS.kind, namespace)
    ? 'you may not list its Pods: ask for ClusterRole view there'
    : 'correct the name, or deploy the workloads first';
  return new InputError([`${what}: ${cure}`]);
};

/** Prints policies for what runs in a namespace. @throws InputError, UsageError */
export const suggestCommand = async (namespace: string, flags: SuggestFlags, terminal: Terminal): Promise<void> => {
  readFlag('NAMESPACE', namespace, namespaceName('team-a'));
  const loaded = await loadWorld({ ...flags, namespace }, terminal, [], EVIDENCE_KINDS);
  const { context } = loaded;
  const scene = new Scene(loaded, namespace, context.apiServer);
  if (scene.own.length === 0) throw noWorkload(namespace, loaded);
  const flows = flags.flows === undefined ? undefined : await readFlows(flags.flows, terminal.stdin);
  const suggested = suggestPolicies(
    scene,
    flows && ((declared) => observedFlows(scene, loaded, flows, declared, context)),
  );
  for (const note of loaded.notes) writeLine(terminal.stderr, note);
  const unread = describeUnread(loaded.unread.filter(({ kind }) => kind !== NODES.kind));
  const text = formatSuggestion(suggested, { namespace, workloads: scene.own.length, unread });
  terminal.stdout.write(printableLines(text));
};
