import type { Advice } from '../../../src/scan/findings/advice.ts';
import type { Analysis, CacheRecord } from '../../../src/scan/scanner/analysis/analysis.ts';

interface AnalyzedPackage {
  readonly Name?: string;
  readonly Version?: string;
  readonly Release?: string;
  readonly Epoch?: number;
}
interface Holder {
  readonly Packages?: readonly AnalyzedPackage[];
}
interface Layer {
  readonly PackageInfos?: readonly Holder[];
  readonly Applications?: readonly Holder[];
}

/** As Trivy puts it together: pkg/scan/utils. */
const versionOf = ({ Epoch = 0, Version = '', Release = '' }: AnalyzedPackage): string =>
  `${Epoch === 0 ? '' : `${Epoch}:`}${Version}${Release && `-${Release}`}`;

const keyOf = (name: string, version: string): string => JSON.stringify([name, version]);

/** The image with the advised versions, as Trivy would analyze it. */
export function advised(analysis: Buffer, { upgrades }: Pick<Advice, 'upgrades'>): Buffer {
  const targets = new Map(
    upgrades.flatMap(({ packages, installed, to }) => {
      const version = 'version' in to ? to.version : 'source' in to ? to.source : undefined;
      return version === undefined ? [] : packages.map((name) => [keyOf(name, installed), version] as const);
    }),
  );
  const upgraded = (one: AnalyzedPackage): AnalyzedPackage => {
    const to = targets.get(keyOf(one.Name ?? '', versionOf(one)));
    if (to === undefined) return one;
    const version = one.Version?.startsWith('v') ? `v${to.replace(/^v/, '')}` : to;
    const [whole, source] = [
      { Version: version, Release: '', Epoch: 0 },
      { SrcVersion: to, SrcRelease: '', SrcEpoch: 0 },
    ];
    return { ...one, ...whole, ...source };
  };
  const inHolders = (holders: readonly Holder[] = []) =>
    holders.map((one) => ({ ...one, Packages: (one.Packages ?? []).map(upgraded) }));
  const inLayer = ({ id, record }: CacheRecord): CacheRecord => {
    const layer = JSON.parse(record) as Layer;
    const { PackageInfos, Applications } = layer;
    return {
      id,
      record: JSON.stringify({
        ...layer,
        ...(PackageInfos && { PackageInfos: inHolders(PackageInfos) }),
        ...(Applications && { Applications: inHolders(Applications) }),
      }),
    };
  };
  const read = JSON.parse(analysis.toString()) as Analysis;
  return Buffer.from(JSON.stringify({ ...read, blobs: read.blobs.map(inLayer) }));
}
