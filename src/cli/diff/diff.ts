import { stat } from 'node:fs/promises';
import { printableLines } from '../../text/printable.ts';
import { UsageError } from '../errors.ts';
import { kubernetes } from '../kubernetes.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readSetting } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { askViolations, type Checked } from '../world/ask-violations.ts';
import { policiesInForce } from '../world/in-force.ts';
import { factSettings, loadCluster, loadManifests, type WorldFlags } from '../world/load-world.ts';
import { type Manifest, readManifests } from '../world/manifests.ts';
import { compare } from './compare.ts';
import { type DiffFormat, FORMATS } from './format.ts';
import { readRevision } from './git.ts';
import { isRaised, levelChanges } from './levels.ts';
import { clusterSide, fileSide, type Side } from './sides.ts';

export interface DiffFlags extends WorldFlags {
  readonly filename: readonly string[];
  /** cluster, a file or directory, or a revision of git. */
  readonly against: string;
  readonly output: DiffFormat;
}

const CLUSTER = 'cluster';

type Sides = readonly [before: Side, after: Side];

const fileManifests = async (flags: DiffFlags, terminal: Terminal): Promise<Manifest[]> => {
  const { against, filename, namespace, recursive = false } = flags;
  const isFile = (await stat(against).catch(() => undefined)) !== undefined;
  if (isFile) return loadManifests({ ...flags, filename: [against] }, terminal);
  if (filename.includes('-'))
    throw new UsageError('--against with a revision cannot read --filename -: git has no stdin; name a file');
  return readManifests(await readRevision(against, filename, recursive), namespace);
};

const loadSides = async (flags: DiffFlags, terminal: Terminal): Promise<Sides> => {
  const settings = factSettings(flags, terminal);
  const files = await loadManifests(flags, terminal);
  if (flags.against !== CLUSTER)
    return [fileSide(await fileManifests(flags, terminal), settings), fileSide(files, settings)];
  const namespaces = files.flatMap(({ object: { metadata } }) => metadata.namespace ?? []);
  const cluster = await loadCluster(flags, terminal, namespaces);
  return [clusterSide(cluster, files, settings), fileSide(files, settings, cluster)];
};

const NO_CLUSTER: Checked = { unknown: 'there is no cluster to ask: compare with --against cluster' };

/** What existing pods the raised levels would refuse: only the API server knows. */
const checkLevels = async (
  [before, after]: Sides,
  flags: DiffFlags,
  { env }: Terminal,
): Promise<ReadonlyMap<string, Checked>> => {
  const raised = levelChanges(policiesInForce(before.inForce), policiesInForce(after.inForce)).filter(isRaised);
  if (raised.length === 0) return new Map();
  if (flags.against !== CLUSTER) return new Map(raised.map(({ namespace }) => [namespace, NO_CLUSTER]));
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, env);
  return kubernetes(kubeconfig, async (client) => {
    const checked = new Map<string, Checked>();
    for (const { namespace, is } of raised) checked.set(namespace, await askViolations(client, namespace, is!));
    return checked;
  });
};

/** Prints what the files change. @returns the exit status: 1 for differences @throws InputError, UsageError */
export const diffCommand = async (flags: DiffFlags, terminal: Terminal): Promise<number> => {
  const sides = await loadSides(flags, terminal);
  const { differences, notes } = compare(...sides, await checkLevels(sides, flags, terminal));
  for (const note of notes) writeLine(terminal.stderr, note);
  terminal.stdout.write(printableLines(FORMATS[flags.output](differences, notes)));
  return differences.length === 0 ? 0 : 1;
};
