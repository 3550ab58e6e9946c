import { isLabelKey, isLabelValue } from '../../api/child-labels.ts';
import { NETWORK_POLICIES, PODS } from '../../kube/kinds.ts';
import { endpointName } from '../../reach/naming.ts';
import { Reach } from '../../reach/reach.ts';
import { type Endpoint, isPod } from '../../reach/verdict.ts';
import type { Labels, World } from '../../reach/world.ts';
import { printableLines } from '../../text/printable.ts';
import { UsageError } from '../errors.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag } from '../settings/setting.ts';
import { type Terminal, widthOf, writeLine } from '../terminal.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isUnread } from '../world/from-cluster.ts';
import { loadWorld, type WorldFlags } from '../world/load-world.ts';
import { decide, type Overall } from './connections.ts';
import { type Answer, answerJson, answerText, overallOf } from './explain.ts';
import { tableJson, tableOf, tableText } from './matrix.ts';
import { type Destination, parseDestination, parseReference, type Reference } from './reference.ts';
import { type Party, resolve } from './resolve.ts';

export interface CanFlags extends WorldFlags {
  readonly output: 'text' | 'json';
  readonly all?: boolean;
  readonly labels?: string;
}

/** As `kubectl auth can-i` has them, but that an error is not a no. */
const STATUS: Readonly<Record<Overall, number>> = { Yes: 0, No: 1, Partly: 1, Unknown: 2 };

const parseLabels = (text: string): Labels =>
  Object.fromEntries(
    text.split(',').flatMap((item): [string, string][] => {
      if (item.trim() === '') return [];
      const [key = '', value, ...rest] = item.trim().split('=');
      if (value === undefined || rest.length > 0 || !isLabelKey(key) || !isLabelValue(value))
        throw new Error(`"${item}" is no label: write KEY=VALUE, and several with commas, as in app=web,tier=front`);
      return [[key, value]];
    }),
  );

const isNamespace = (reference: Reference): boolean => reference.type === 'Object' && reference.kind === 'Namespace';

/** What the answer depends on and the user may not list. */
export const unreadOf = (
  { unread, world, cluster }: LoadedWorld,
  parties: readonly Party[],
): Pick<Answer, 'unreadPolicies' | 'unreadPods'> => {
  const namespaces = [...new Set(parties.flatMap(({ namespace }) => namespace ?? []))];
  const policies = namespaces.filter((namespace) => isUnread(unread, NETWORK_POLICIES.kind, namespace));
  const hidden = parties.flatMap(({ service, namespace, endpoints }) => {
    if (service !== undefined && isUnread(unread, PODS.kind, namespace))
      return [`which pods are behind Service ${namespace}/${service.name}`];
    return endpoints.some((endpoint) => !isPod(endpoint)) && isUnread(unread, PODS.kind)
      ? ['whether the address is that of a pod']
      : [];
  });
  const described = new Set(world.namespaces.map(({ name }) => name));
  const undescribed = cluster === undefined ? namespaces.filter((namespace) => !described.has(namespace)) : [];
  return {
    unreadPolicies: [
      ...policies.map((namespace) => `you may not list NetworkPolicies of namespace ${namespace}`),
      ...undescribed.map(
        (namespace) => `the files have nothing of namespace ${namespace}, not its NetworkPolicies either`,
      ),
    ].map((why) => `${why}, which may deny the connection`),
    unreadPods: hidden.map((what) => `you may not list all Pods, so it is not known ${what}`),
  };
};

/** Files have the addresses of pods only where they are a copy of a cluster. */
export const addressNotes = ({ cluster }: LoadedWorld, { from, to, reach }: Answer): string[] =>
  cluster !== undefined
    ? []
    : [...from.endpoints, ...to.endpoints]
        .filter((endpoint) => !isPod(reach.find(endpoint)) && !isServiceAddress(reach.world, endpoint))
        .map(
          (endpoint) =>
            `${endpointName(endpoint)} counts as an address outside the cluster: the files have no pod with it`,
        );

const isServiceAddress = ({ services }: World, endpoint: Endpoint): boolean =>
  !isPod(endpoint) && services.some(({ clusterIPs = [] }) => clusterIPs.includes(endpoint.address));

/** Those that the user names. A user without the right to list namespaces may still read these. */
const namespaceIn = (reference: Reference): string[] => {
  if (reference.type === 'Address') return [];
  if (isNamespace(reference)) return [(reference as { name: string }).name];
  const labels = reference.type === 'Object' ? reference.name.split('.') : reference.labels;
  const at = labels.indexOf('svc');
  return labels.length > 1 ? labels.slice(0, at > 1 ? at : labels.length).slice(-1) : [];
};

/** The ends of a connection, as parsed. */
export interface Question {
  readonly source: Reference;
  readonly destination: Destination;
}

/** @throws UsageError */
export const parseQuestion = (source: string, destination: string): Question => ({
  ...{ source: parseReference(source), destination: parseDestination(destination) },
});

/** Prints the answer in a world. @returns the exit status @throws InputError, UsageError */
export const printAnswer = (
  loaded: LoadedWorld,
  { source, destination: { reference, ...wanted } }: Question,
  flags: CanFlags,
  { stdout, stderr }: Pick<Terminal, 'stdout' | 'stderr'>,
): number => {
  const labels = flags.labels === undefined ? undefined : readFlag('--labels', flags.labels, parseLabels);
  const describesSource = isNamespace(source);
  if (labels !== undefined && !describesSource && !isNamespace(reference))
    throw new UsageError('--labels describes a pod of a namespace: write ns/NAMESPACE as one end');
  const context = { loaded, namespace: flags.namespace ?? 'default' };
  const from = resolve(source, { ...context, ...(labels && describesSource && { labels }) });
  const to = resolve(reference, {
    ...{ loaded, namespace: flags.namespace ?? from.namespace ?? 'default' },
    ...(labels && !describesSource && { labels }),
  });
  const reach = new Reach(loaded.world);
  const decision = decide(reach, from, to, wanted);
  const answer: Answer = { from, to, wanted, decision, reach, ...unreadOf(loaded, [from, to]) };
  const notes = [...loaded.notes, ...addressNotes(loaded, answer)];
  for (const note of notes) writeLine(stderr, note);
  stdout.write(printableLines(flags.output === 'json' ? answerJson(answer, notes) : answerText(answer)));
  return STATUS[overallOf(answer)];
};

const printMatrix = async (flags: CanFlags, terminal: Terminal): Promise<number> => {
  const loaded = await loadWorld(flags, terminal);
  const table = tableOf(new Reach(loaded.world), flags.namespace);
  for (const note of loaded.notes) writeLine(terminal.stderr, note);
  const text = flags.output === 'json' ? tableJson(table, loaded.notes) : tableText(table, widthOf(terminal.stdout));
  terminal.stdout.write(printableLines(text));
  return STATUS.Yes;
};

/** Answers one question, or all. @returns the exit status @throws InputError, UsageError */
export const canCommand = async (
  [source, destination]: readonly [string | undefined, string | undefined],
  flags: CanFlags,
  terminal: Terminal,
): Promise<number> => {
  if (flags.namespace !== undefined) readFlag('--namespace', flags.namespace, namespaceName('team-a'));
  if (flags.all === true && source === undefined) return await printMatrix(flags, terminal);
  if (flags.all === true) throw new UsageError('--all answers every question: name no source and no destination');
  if (source === undefined || destination === undefined)
    throw new UsageError(
      'name a source and a destination, as in palisade can pod/web.shop db.data:5432, or pass --all',
    );
  const question = parseQuestion(source, destination);
  const loaded = await loadWorld(
    flags,
    terminal,
    [question.source, question.destination.reference].flatMap(namespaceIn),
  );
  return printAnswer(loaded, question, flags, terminal);
};
