import type { Files } from '../../../hack/images/layer.ts';
import type { MavenArtifact } from '../../../hack/images/packages/jar.ts';
import type { Advisory } from '../../../hack/trivydb/fixture.ts';

/** An image, and what the vulnerability database says about it. */
export interface CorpusImage {
  readonly name: string;
  /** From the bottom up. */
  readonly layers: readonly Files[];
  readonly advisories: readonly AdvisoryRow[];
  /** Why Trivy finds nothing in it; absent: it finds something. */
  readonly nothing?: string;
  /** What the index of jars says about the file of this path, by its checksum. */
  readonly jars?: Readonly<Record<string, MavenArtifact>>;
}

/** A vulnerability of its own, or one that several rows share by its number. */
export type AdvisoryRow = readonly [bucket: string, name: string, advisory: Advisory, sharedNumber?: number];

/** Of a distribution. */
export const until = (fixed: string): Advisory => ({ fixed });
export const unfixed = (status: Advisory['status'] = 'affected'): Advisory => ({ status });
/** Of a language. */
export const below = (patched: string): Advisory => ({ vulnerable: [`<${patched}`], patched: [patched] });

/** The names of the buckets of languages. */
export const ghsa = {
  npm: 'npm::GitHub Security Advisory npm',
  pip: 'pip::GitHub Security Advisory pip',
  rubygems: 'rubygems::GitHub Security Advisory RubyGems',
  maven: 'maven::GitHub Security Advisory Maven',
  go: 'go::GitHub Security Advisory Go',
  stdlib: 'go::The Go Vulnerability Database',
  cargo: 'cargo::GitHub Security Advisory Rust',
  nuget: 'nuget::GitHub Security Advisory NuGet',
  composer: 'composer::GitHub Security Advisory Composer',
  julia: 'julia::Julia Security Advisory',
  bitnami: 'bitnami::Bitnami Vulnerability Database',
} as const;
