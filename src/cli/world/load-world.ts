import type { Resource } from '../../kube/rest/resource.ts';
import { AUTO, parseDnsSetting } from '../../policy/sections/network/dns.ts';
import { expandDirectories, readFiles } from '../input/files.ts';
import { kubernetes } from '../kubernetes.ts';
import { parseApiServer } from '../render/api-server.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag, readSetting } from '../settings/setting.ts';
import type { Terminal } from '../terminal.ts';
import { buildWorld, type LoadedWorld, type WorldParts } from './build-world.ts';
import type { FactSettings } from './facts.ts';
import { type ClusterObjects, readCluster } from './from-cluster.ts';
import { type Manifest, readManifests } from './manifests.ts';

/** The flags that select a world: without files the cluster, with files these alone, unless --cluster puts them over it. */
export interface WorldFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly namespace?: string;
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
  readonly dnsPeers?: string;
  readonly apiServer?: string;
}

/** @throws UsageError */
export const factSettings = ({ dnsPeers, apiServer }: WorldFlags, { env }: Terminal): FactSettings => ({
  dns: parseDnsSetting(readSetting(OPERATOR_SETTINGS.dnsPeers, dnsPeers, env) ?? AUTO),
  ...(apiServer !== undefined && { apiServer: readFlag('--api-server', apiServer, parseApiServer) }),
});

/** @throws InputError, UsageError */
export const loadManifests = async (flags: WorldFlags, terminal: Terminal): Promise<Manifest[]> => {
  const { filename = [], recursive = false, namespace } = flags;
  if (namespace !== undefined) readFlag('--namespace', namespace, namespaceName('team-a'));
  const files = await expandDirectories(filename, recursive);
  return readManifests(await readFiles(files, terminal.stdin), namespace);
};

/** @param namespaces to read when the user may not list all @param more kinds @throws InputError, UsageError */
export const loadCluster = (
  flags: WorldFlags,
  terminal: Terminal,
  namespaces: readonly string[] = [],
  more: readonly Resource[] = [],
): Promise<ClusterObjects> => {
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, terminal.env);
  return kubernetes(kubeconfig, (client) => readCluster(client, namespaces, more));
};

/** What the world that the flags select is built of. @param namespaces, more as in loadCluster @throws InputError, UsageError */
export const loadParts = async (
  flags: WorldFlags,
  terminal: Terminal,
  namespaces: readonly string[] = [],
  more: readonly Resource[] = [],
): Promise<WorldParts> => {
  const settings = factSettings(flags, terminal);
  const manifests = await loadManifests(flags, terminal);
  const own = manifests.flatMap(({ object: { metadata } }) => metadata.namespace ?? []);
  const asked = flags.namespace === undefined ? [] : [flags.namespace];
  const usesCluster = flags.cluster === true || flags.filename === undefined;
  const cluster = usesCluster ? await loadCluster(flags, terminal, [...namespaces, ...asked, ...own], more) : undefined;
  return { manifests, ...settings, ...(cluster && { cluster }) };
};

/** The world that the flags select. Parameters and errors as of loadParts. */
export const loadWorld = async (...options: Parameters<typeof loadParts>): Promise<LoadedWorld> =>
  buildWorld(await loadParts(...options));
