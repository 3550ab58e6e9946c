import { createHash } from 'node:crypto';
import type { AnalyzedPackage } from '../../findings/coverage/analysis.ts';
import type { Analysis, CacheRecord } from './analysis.ts';
import { type CacheCall, serverRecords } from './server-records.ts';

/** A scan of made-up packages of an image's distribution, so old that every advisory concerns them. */
export interface ServerProbe {
  readonly calls: readonly CacheCall[];
  /** Equal for images of one distribution, release and architecture with the same advisories. */
  readonly distribution: string;
  /** Of the service trivy.scanner.v1.Scanner (Trivy's rpc/scanner/service.proto): JSON of proto3. */
  readonly scan: string;
}

interface Layer {
  readonly PackageInfos?: readonly { readonly FilePath?: string; readonly Packages?: readonly AnalyzedPackage[] }[];
  readonly [field: string]: unknown;
}

/** Every distribution has advisories for some of them, by the names of packages or of their sources. */
const KNOWN = ['bash', 'busybox', 'curl', 'expat', 'glibc', 'musl', 'openssl', 'openssl-libs', 'systemd', 'zlib'];
/** Of the image itself, in case that its distribution has none of them. */
const MOST_NAMES = 50;
/** They have thousands of vulnerabilities. */
const KERNEL = /^(?:kernel|linux)/;
const OLDEST = '0';

const probeId = (id: string): string => `sha256:${createHash('sha256').update(`palisade probe ${id}`).digest('hex')}`;

const oldest = (one: AnalyzedPackage & { readonly Arch?: string }) => {
  const { Name = '', SrcName = Name, Arch = 'noarch', AnalyzedBy } = one;
  return {
    ID: `${Name}@${OLDEST}`,
    ...{ Name, Version: OLDEST, Arch, SrcName, SrcVersion: OLDEST },
    ...(AnalyzedBy && { AnalyzedBy }),
  };
};

/** Seal's advisories are used as soon as one package has its name. */
const OF_SEAL = /^seal-/i;

/** All that decides which advisories Trivy looks for, but the names of packages. */
const distributionOf = (
  layers: readonly { readonly layer: Layer }[],
  packages: readonly { readonly Name: string; readonly Arch: string; readonly AnalyzedBy?: string }[],
): string => {
  const facts = layers.map(({ layer: { OS, Repository, BuildInfo } }) => ({ OS, Repository, BuildInfo }));
  const managers = new Set(packages.map(({ Arch, AnalyzedBy = '' }) => `${Arch} ${AnalyzedBy}`));
  const told = facts.filter((fact) => Object.values(fact).some((value) => value !== undefined && value !== null));
  const isOfSeal = packages.some(({ Name }) => OF_SEAL.test(Name));
  return createHash('sha256')
    .update(JSON.stringify([told, [...managers].sort(), isOfSeal]))
    .digest('base64');
};

/**
 * A Trivy server does not tell the distributions that its database has advisories for, and finds nothing in packages of any
 * other, without a word. So it is asked for packages in which it must find something.
 * @returns undefined: the image has no packages of a distribution
 */
export const serverProbe = ({ artifact, blobs, ...analysis }: Analysis): ServerProbe | undefined => {
  const layers = blobs.map(({ id, record }) => ({ id, layer: JSON.parse(record) as Layer }));
  const installed = layers.flatMap(({ layer }) => (layer.PackageInfos ?? []).flatMap((info) => info.Packages ?? []));
  const [first] = installed;
  if (first === undefined) return undefined;
  const named = installed.filter(
    ({ Name = '', Repository }) => !KERNEL.test(Name) && Repository?.Class !== 'third-party',
  );
  const names = [...named.slice(0, MOST_NAMES), ...KNOWN.map((Name) => ({ ...first, Name, SrcName: Name }))];
  const Packages = names.map(oldest);
  const made = layers.map(({ id, layer }, i): CacheRecord => {
    const { Applications: _, PackageInfos, ...facts } = layer;
    const FilePath = 'palisade-probe';
    // In the layer that decides last.
    const record = { ...facts, PackageInfos: i === layers.length - 1 ? [{ FilePath, Packages }] : [] };
    return { id: probeId(id), record: JSON.stringify(record) };
  });
  const probe = { ...analysis, artifact: { ...artifact, id: probeId(artifact.id) }, blobs: made };
  const options = { pkgTypes: ['os'], scanners: ['vuln'] };
  const scan = { target: 'palisade-probe', artifactId: probe.artifact.id, blobIds: made.map(({ id }) => id), options };
  const distribution = distributionOf(layers, Packages);
  return { calls: serverRecords(probe).calls, distribution, scan: JSON.stringify(scan) };
};
