import { comparatorFor } from '../versions/comparator.ts';
import type { AnalyzedPackage } from './analysis.ts';

/** As Trivy puts it together: pkg/scan/utils. */
const versionOf = ({ Epoch = 0, Version = '', Release = '' }: AnalyzedPackage): string =>
  `${Epoch === 0 ? '' : `${Epoch}:`}${Version}${Release && `-${Release}`}`;

/** Trivy skips a package without a version, or with a malformed one, without a word. */
export const isReadable = (type: string, one: AnalyzedPackage): boolean => {
  if (!one.Version) return false;
  const [compare, version] = [comparatorFor(type), versionOf(one)];
  return compare === undefined || compare(version, version) !== undefined;
};

/** The main module of a Go program that was not built from a tag. */
export const isUnversionedProgram = (type: string, { Version, Relationship }: AnalyzedPackage): boolean =>
  type === 'gobinary' && Relationship === 'root' && !Version;
