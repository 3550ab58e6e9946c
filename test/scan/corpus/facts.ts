import type { Analysis } from '../../../src/scan/scanner/analysis/analysis.ts';

type Json = Record<string, unknown>;

/** Fields of a layer that Trivy matches by, with those of an object in it. */
export const layerFacts = [
  ...['OS', 'OS.Family', 'OS.Name', 'OS.extended', 'OS.Supplier', 'Repository', 'Repository.Release'],
  ...['BuildInfo', 'BuildInfo.ContentSets', 'BuildInfo.Nvr', 'BuildInfo.Arch', 'OpaqueDirs', 'WhiteoutFiles'],
  ...['PackageInfos', 'Applications'],
] as const;

/** Fields of a package that Trivy matches by, or shows with a finding. */
export const packageFacts = [
  ...['Name', 'Version', 'Release', 'Epoch', 'Arch', 'SrcName', 'SrcVersion', 'SrcRelease', 'SrcEpoch'],
  ...['Modularitylabel', 'Repository', 'FilePath', 'Identifier'],
] as const;

/** @returns the analysis without this field in any layer; undefined when none has it */
export const withoutLayerFact = (analysis: Buffer, path: string): Buffer | undefined =>
  changed(analysis, (layer) => {
    const [outer = '', inner] = path.split('.');
    return inner === undefined ? remove(layer, outer) : remove(layer[outer] as Json | undefined, inner);
  });

/** @returns the analysis without this field in any package; undefined when none has it */
export const withoutPackageFact = (analysis: Buffer, field: string): Buffer | undefined =>
  changed(analysis, ({ PackageInfos = [], Applications = [] }) =>
    [...(PackageInfos as Json[]), ...(Applications as Json[])]
      .flatMap(({ Packages }) => (Packages ?? []) as Json[])
      .map((one) => remove(one, field))
      .some(Boolean),
  );

function changed(bytes: Buffer, change: (layer: Json) => boolean): Buffer | undefined {
  const analysis = JSON.parse(bytes.toString()) as Analysis;
  let isChanged = false;
  const blobs = analysis.blobs.map((blob) => {
    const layer = JSON.parse(blob.record) as Json;
    isChanged = change(layer) || isChanged;
    return { ...blob, record: JSON.stringify(layer) };
  });
  return isChanged ? Buffer.from(JSON.stringify({ ...analysis, blobs })) : undefined;
}

function remove(object: Json | undefined, field: string): boolean {
  if (object?.[field] === undefined) return false;
  delete object[field];
  return true;
}
