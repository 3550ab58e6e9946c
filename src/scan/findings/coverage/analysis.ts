/** The parts of Trivy's BlobInfo that coverage reads, in its field names: pkg/fanal/types/artifact.go. All may be missing. */
export interface AnalyzedLayer {
  readonly OpaqueDirs?: readonly string[] | null;
  readonly WhiteoutFiles?: readonly string[] | null;
  readonly OS?: { readonly Supplier?: string; readonly extended?: boolean } | null;
  /** Of Red Hat. */
  readonly BuildInfo?: { readonly ContentSets?: readonly string[] | null; readonly Nvr?: string } | null;
  readonly Repository?: { readonly Release?: string } | null;
  readonly PackageInfos?: readonly PackageInfo[] | null;
  readonly Applications?: readonly Application[] | null;
}

interface PackageInfo {
  readonly FilePath?: string;
  readonly Packages?: readonly AnalyzedPackage[] | null;
}

interface Application {
  readonly Type?: string;
  readonly FilePath?: string;
  readonly Packages?: readonly AnalyzedPackage[] | null;
}

export interface AnalyzedPackage {
  readonly ID?: string;
  readonly Name?: string;
  readonly Version?: string;
  readonly Release?: string;
  readonly Epoch?: number;
  readonly SrcName?: string;
  readonly FilePath?: string;
  readonly Identifier?: { readonly PURL?: string } | null;
  readonly Repository?: { readonly Class?: string } | null;
  /** As in root: the program that the others are built into. */
  readonly Relationship?: unknown;
  /** As in dpkg, or sbom. */
  readonly AnalyzedBy?: string;
}

/** What the scanner did not read of an image, and does not tell in its analysis. */
export interface Unread {
  /** Jars that neither a pom.properties nor the index of jars identifies. */
  readonly jars?: { readonly count: number; readonly examples: readonly string[] };
  /** Files that list packages and that the scanner could not read. */
  readonly files?: { readonly count: number; readonly examples: readonly string[] };
  /** Why the index of jars was not used; absent: it was, or no jar needed it. */
  readonly noJarIndex?: string;
  /** The distribution by etc/os-release, where the scanner has found no package of one. */
  readonly distribution?: { readonly id: string; readonly version?: string };
  /** Package databases of which the scanner has read nothing. */
  readonly databases?: readonly { readonly manager: string; readonly path: string; readonly packages?: number }[];
  /** Facts that the protocol of a Trivy server drops, a phrase each. */
  readonly notKept?: readonly string[];
}

/** The packages of an image as its layers leave them. */
export interface MergedPackages {
  readonly supplier?: string;
  /** Of the package repository that the image uses (Alpine). */
  readonly repositoryRelease?: string;
  /** Ubuntu's extended support. */
  readonly isExtended: boolean;
  /** Red Hat's build information names repositories. */
  readonly hasContentSets: boolean;
  readonly osPackages: readonly AnalyzedPackage[];
  /** By type. */
  readonly libraries: ReadonlyMap<string, readonly AnalyzedPackage[]>;
}

type Found = { readonly type: string; readonly packages: readonly AnalyzedPackage[] };
const OS_PACKAGES = 'ospkg';

const withoutSlash = (path: string): string => path.replace(/\/$/, '');

const removeBelow = (found: Map<string, Found>, path: string): void => {
  for (const key of found.keys()) if (key.startsWith(`${path}/`)) found.delete(key);
};

const uniqueKey = ({ ID, Name, Version, Release, FilePath = '' }: AnalyzedPackage): string =>
  JSON.stringify([ID || [Name, Version, Release], FilePath]);

/**
 * Merges layers as Trivy does before it matches (pkg/fanal/applier/docker.go): a later layer replaces what it found at the
 * same path, and its whiteouts and opaque directories remove what is below them. Coverage reads the analysis and not the
 * packages in Trivy's result, because the result has none of a distribution that Trivy does not support, and would be
 * several times as large with them.
 */
export const mergeLayers = (layers: readonly AnalyzedLayer[]): MergedPackages => {
  const found = new Map<string, Found>();
  let supplier: string | undefined;
  let repositoryRelease: string | undefined;
  for (const layer of layers) {
    for (const path of [...(layer.OpaqueDirs ?? []), ...(layer.WhiteoutFiles ?? [])]) {
      removeBelow(found, withoutSlash(path));
    }
    supplier ||= layer.OS?.Supplier;
    repositoryRelease = layer.Repository?.Release ?? repositoryRelease;
    for (const { FilePath = '', Packages } of layer.PackageInfos ?? []) {
      found.set(`${FilePath}/type:${OS_PACKAGES}`, { type: OS_PACKAGES, packages: Packages ?? [] });
    }
    for (const { Type = 'unknown', FilePath = '', Packages } of layer.Applications ?? []) {
      found.set(`${FilePath}/type:${Type}`, { type: Type, packages: Packages ?? [] });
    }
  }
  const byType = Map.groupBy(found.values(), ({ type }) => type);
  const packagesOf = (type: string): AnalyzedPackage[] => byType.get(type)?.flatMap(({ packages }) => packages) ?? [];
  const osPackages = [...new Map(packagesOf(OS_PACKAGES).map((one) => [uniqueKey(one), one])).values()];
  byType.delete(OS_PACKAGES);
  return {
    ...(supplier && { supplier }),
    ...(repositoryRelease && { repositoryRelease }),
    isExtended: layers.some(({ OS }) => OS?.extended === true),
    hasContentSets: layers.some(({ BuildInfo }) => (BuildInfo?.ContentSets ?? []).length > 0 || !!BuildInfo?.Nvr),
    // No detector matches it, because it has no version.
    osPackages: osPackages.filter(({ Name }) => Name !== 'gpg-pubkey'),
    libraries: new Map([...byType.keys()].map((type) => [type, packagesOf(type)])),
  };
};
