import type { Analysis } from './analysis.ts';

/** One call of the service trivy.cache.v1.Cache (Trivy's rpc/cache/service.proto). */
export interface CacheCall {
  readonly method: 'PutArtifact' | 'PutBlob';
  /** JSON of proto3. */
  readonly body: string;
}

/** What a Trivy server needs to match an image. */
export interface ServerRecords {
  readonly calls: readonly CacheCall[];
  /** Names of fields that the analysis has, a match may use, and the protocol does not have. */
  readonly notKept: readonly string[];
}

/** @returns undefined for what the protocol cannot have */
type Convert = (value: unknown) => unknown;
type Rule = string | readonly [name: string, of: Message | Convert] | typeof UNUSED;
/** By the name of a field in Go; what is not listed, the protocol does not have. */
interface Message {
  readonly [field: string]: Rule;
}

/** No match looks at it. */
const UNUSED = Symbol('unused');

/** Go's int is wider. */
const int32: Convert = (value) => (typeof value === 'number' && (value | 0) === value ? value : undefined);

/** pkg/fanal/types/package.go, relationshipNames. */
const RELATIONSHIPS: readonly unknown[] = ['unknown', 'root', 'workspace', 'direct', 'indirect'];
const relationship: Convert = (value) => {
  const place = RELATIONSHIPS.indexOf(value);
  return place === -1 ? undefined : place;
};

// rpc/common/service.proto and rpc/cache/service.proto, as pkg/rpc/convert.go fills them.
const LAYER: Message = { Size: 'size', Digest: 'digest', DiffID: 'diffId', CreatedBy: 'createdBy' };
const BUILD_INFO: Message = { ContentSets: 'contentSets', Nvr: 'nvr', Arch: 'arch' };
const OS: Message = { Family: 'family', Name: 'name', EOSL: 'eosl', extended: 'extended', Supplier: 'supplier' };

const PACKAGE: Message = {
  ...{ ID: 'id', Name: 'name', Version: 'version', Release: 'release', Epoch: ['epoch', int32], Arch: 'arch' },
  Identifier: ['identifier', { UID: 'uid', PURL: 'purl', BOMRef: 'bomRef' }],
  ...{ SrcName: 'srcName', SrcVersion: 'srcVersion', SrcRelease: 'srcRelease', SrcEpoch: ['srcEpoch', int32] },
  ...{ Dev: 'dev', Indirect: 'indirect', Relationship: ['relationship', relationship], DependsOn: 'dependsOn' },
  ...{ Licenses: 'licenses', Maintainer: 'maintainer', FilePath: 'filePath', Digest: 'digest' },
  Layer: ['layer', LAYER],
  Locations: ['locations', { StartLine: 'startLine', EndLine: 'endLine' }],
  AnalyzedBy: 'analyzedBy',
  Repository: ['repository', { Class: 'class' }],
  InstalledFiles: UNUSED,
};

const BLOB: Message = {
  ...{ SchemaVersion: 'schemaVersion', Size: 'size', Digest: 'digest', DiffID: 'diffId', CreatedBy: 'createdBy' },
  ...{ OpaqueDirs: 'opaqueDirs', WhiteoutFiles: 'whiteoutFiles' },
  OS: ['os', OS],
  Repository: ['repository', { Family: 'family', Release: 'release' }],
  PackageInfos: ['packageInfos', { FilePath: 'filePath', Packages: ['packages', PACKAGE] }],
  Applications: ['applications', { Type: 'type', FilePath: 'filePath', Packages: ['packages', PACKAGE] }],
  BuildInfo: ['buildInfo', BUILD_INFO],
  ...{ Misconfigurations: UNUSED, Secrets: UNUSED, Licenses: UNUSED, CustomResources: UNUSED },
};

const ARTIFACT: Message = {
  ...{ SchemaVersion: 'schemaVersion', Architecture: 'architecture', Created: 'created' },
  ...{ DockerVersion: 'dockerVersion', OS: 'os', HistoryPackages: ['historyPackages', PACKAGE] },
  ...{ Misconfiguration: UNUSED, Secret: UNUSED },
};

export function serverRecords({ artifact, blobs }: Analysis): ServerRecords {
  const lost = new Set<string>();
  const converted = (record: string, message: Message) => convert(JSON.parse(record), message, lost);
  const calls: CacheCall[] = [
    ...Array.from(new Map(blobs.map(({ id, record }) => [id, record])), ([id, record]) => ({
      method: 'PutBlob' as const,
      body: JSON.stringify({ diffId: id, blobInfo: converted(record, BLOB) }),
    })),
    {
      method: 'PutArtifact',
      body: JSON.stringify({ artifactId: artifact.id, artifactInfo: converted(artifact.record, ARTIFACT) }),
    },
  ];
  return { calls, notKept: [...lost].sort() };
}

const convert = (value: unknown, message: Message, lost: Set<string>): unknown => {
  if (Array.isArray(value)) return value.map((one) => convert(one, message, lost));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).flatMap(([field, content]): [string, unknown][] => {
    const rule = Object.hasOwn(message, field) ? message[field] : undefined;
    if (rule === UNUSED) return [];
    if (typeof rule === 'string') return [[rule, content]];
    const [name, of] = rule ?? [field, () => undefined];
    const kept = typeof of === 'function' ? of(content) : convert(content, of, lost);
    if (kept === undefined) lost.add(field);
    return kept === undefined ? [] : [[name, kept]];
  });
  return Object.fromEntries(fields);
};
