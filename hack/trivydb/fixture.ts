/** The content of a database; main.go refuses other fields. */
export interface DatabaseFixture {
  /** The source of the advisories, by bucket. */
  readonly sources: Readonly<Record<string, DataSource>>;
  /**
   * By bucket, then package, then vulnerability. Buckets are 'debian 12', 'alpine 3.20', 'ubuntu 24.04' with *source*
   * packages, and 'npm::any name', 'go::…', 'maven::…' (group:artifact), 'pip::…'.
   */
  readonly advisories: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Advisory>>>>>>;
  /** By ID; every vulnerability of an advisory is here. */
  readonly vulnerabilities: Readonly<Record<string, Vulnerability>>;
  /** Which products (CPEs, by number) Red Hat's repositories and images have. */
  readonly redHat?: {
    readonly repositories: Readonly<Record<string, readonly number[]>>;
    /** By name, version, release and architecture. */
    readonly images?: Readonly<Record<string, readonly number[]>>;
  };
}

export interface DataSource {
  readonly ID: string;
  readonly Name: string;
  readonly URL: string;
  /** Of a vendor that rebuilds another's packages. */
  readonly BaseID?: string;
}

export interface Advisory {
  /** Of a distribution: the first version without it. None: there is no fix. */
  readonly fixed?: string;
  /** Of a distribution, without `fixed`. */
  readonly status?: 'affected' | 'will_not_fix' | 'fix_deferred' | 'end_of_life' | 'under_investigation';
  /** Debian's own; wins over the others. Those of other distributions are under VendorSeverity. */
  readonly severity?: Severity;
  /** Of a language's package: ranges such as '>= 1.0.0, < 1.2.3'. */
  readonly vulnerable?: readonly string[];
  /** Of a language's package: shown as the fixed version. */
  readonly patched?: readonly string[];
  /** Other identifiers: of a language's package those of the same vulnerability, of a distribution its advisories. */
  readonly vendorIDs?: readonly string[];
  /** Instead of the others: of Oracle and Rocky by architecture, of Red Hat by product too. */
  readonly entries?: readonly AdvisoryEntry[];
}

export interface AdvisoryEntry {
  readonly fixed?: string;
  readonly status?: Advisory['status'];
  readonly architectures?: readonly string[];
  /** Of Red Hat: the products, as in `redHat`. */
  readonly products?: readonly number[];
  /** Of Red Hat. */
  readonly severity?: Severity;
}

export type Severity = 'UNKNOWN' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** Trivy's own record. */
export interface Vulnerability {
  readonly Title?: string;
  readonly Description?: string;
  readonly Severity?: Severity;
  /** By source, such as nvd, ghsa or ubuntu; that of the package's own ecosystem wins. */
  readonly VendorSeverity?: Readonly<Record<string, Severity>>;
  readonly CVSS?: Readonly<Record<string, { readonly V3Vector?: string; readonly V3Score?: number }>>;
  readonly CweIDs?: readonly string[];
  readonly References?: readonly string[];
  /** RFC 3339. */
  readonly PublishedDate?: string;
  readonly LastModifiedDate?: string;
}
