import type { Severity } from '../../../api/imagescan.ts';
import type { Coverage } from '../../findings/coverage/coverage.ts';
import { coverageOf } from '../../findings/coverage/coverage-of.ts';
import { type Finding, findingKey } from '../../findings/finding.ts';
import type { Match } from '../../findings/match.ts';
import { SEVERITIES } from '../../findings/severity.ts';
import { ScanError } from '../../scan-error.ts';
import { layersOf, readAnalysis } from '../analysis/analysis.ts';
import type { MatchOutput } from '../scanner.ts';

const SCHEMA = 2;

/** The parts of Trivy's JSON that are read; all may be missing, and others may come. */
interface Report {
  readonly SchemaVersion?: unknown;
  readonly Metadata?: { readonly OS?: { readonly Family?: string; readonly Name?: string; readonly EOSL?: boolean } };
  readonly Results?: readonly Result[] | null;
}

interface Result {
  readonly Target?: string;
  readonly Class?: string;
  readonly Type?: string;
  readonly Vulnerabilities?: readonly Vulnerability[] | null;
}

interface Vulnerability {
  readonly VulnerabilityID?: string;
  readonly VendorIDs?: readonly string[];
  readonly PkgName?: string;
  readonly PkgPath?: string;
  readonly PkgIdentifier?: { readonly PURL?: string };
  readonly InstalledVersion?: string;
  readonly FixedVersion?: string;
  readonly Status?: string;
  readonly Severity?: string;
  readonly PrimaryURL?: string;
  readonly Title?: string;
}

/** Trivy writes `CRITICAL`. */
const severityOf = (text: string | undefined): Severity =>
  SEVERITIES.find((severity) => severity.toUpperCase() === text) ?? 'Unknown';

// Their target is a heading (Java, Node.js…); of all others it is the file that holds the packages.
// pkg/fanal/types/const.go, AggregatingTypes
const AGGREGATED = ['python-pkg', 'conda-pkg', 'gemspec', 'node-pkg', 'jar'];

/** @throws ScanError */
export const readMatch = (output: MatchOutput): Match => {
  const { what, scanner, database } = output;
  const match = parseMatch(output.output, what);
  const coverage = coverageIn(output, match.os);
  return { ...match, ...(coverage && { coverage }), scanner, database };
};

const coverageIn = (
  { analysis, buckets, isKnownToServer, notKept = [] }: MatchOutput,
  os: Match['os'],
): Coverage | undefined => {
  const read = readAnalysis(analysis, Number.POSITIVE_INFINITY);
  if (read === undefined) return undefined;
  return coverageOf({
    layers: layersOf(read),
    unread: { ...read.unread, notKept },
    ...(os && { os }),
    ...(buckets && { buckets }),
    ...(isKnownToServer !== undefined && { isKnownToServer }),
  });
};

/** Reads the output of `trivy … --format json`. @param what the subject, for messages @throws ScanError */
export function parseMatch(json: Buffer, what: string): Pick<Match, 'os' | 'findings'> {
  const report = parse(json, what);
  try {
    const os = report.Metadata?.OS;
    const findings = (report.Results ?? []).flatMap(findingsOf);
    return { ...(os?.Family ? { os: osOf(os) } : {}), findings: unique(findings) };
  } catch (cause) {
    throw malformed(what, cause);
  }
}

function parse(json: Buffer, what: string): Report {
  let report: Report | null;
  try {
    report = JSON.parse(json.toString());
  } catch (cause) {
    throw malformed(what, cause);
  }
  if (report?.SchemaVersion === SCHEMA) return report;
  const found = JSON.stringify(report?.SchemaVersion) ?? 'no version';
  throw new ScanError('ScannerFailed', `${what}: Trivy's output has schema ${found}, not ${SCHEMA}: use Trivy 0.74.0`);
}

const malformed = (what: string, cause: unknown): ScanError =>
  new ScanError('ScannerFailed', `${what}: Trivy's answer cannot be read (${(cause as Error).message})`, { cause });

const osOf = ({ Family = '', Name = '', EOSL = false }: NonNullable<NonNullable<Report['Metadata']>['OS']>) => ({
  family: Family,
  version: Name,
  endOfLife: EOSL === true,
});

/** Of a distribution, most of its identifiers are advisories (RHSA, DSA), which fix several vulnerabilities at once. */
const VULNERABILITY = /^(?:CVE|GHSA)-/;

const aliasesOf = ({ VulnerabilityID, VendorIDs }: Vulnerability, { Class }: Result): string[] => {
  const aliases = (VendorIDs ?? []).filter((id) => Class === 'lang-pkgs' || VULNERABILITY.test(id));
  return [...new Set(aliases)].filter((id) => id !== '' && id !== VulnerabilityID).sort();
};

const findingsOf = (result: Result): Finding[] => (result.Vulnerabilities ?? []).map((one) => findingOf(one, result));

function findingOf(vulnerability: Vulnerability, result: Result): Finding {
  const { Target, Class, Type } = result;
  const { VulnerabilityID: id, PkgName: name, InstalledVersion: installed } = vulnerability;
  if (!id || !name) throw new Error('a vulnerability without VulnerabilityID or PkgName');
  const holder = Class === 'lang-pkgs' && !AGGREGATED.includes(Type ?? '') ? Target : undefined;
  const aliases = aliasesOf(vulnerability, result);
  const optional = {
    path: vulnerability.PkgPath || holder,
    purl: vulnerability.PkgIdentifier?.PURL,
    status: vulnerability.Status,
    title: vulnerability.Title,
    url: vulnerability.PrimaryURL,
  };
  return {
    id,
    ...(aliases.length > 0 && { aliases }),
    package: name,
    installed: installed ?? '',
    fixed: (vulnerability.FixedVersion ?? '').split(',').flatMap((version) => version.trim() || []),
    severity: severityOf(vulnerability.Severity),
    type: Type ?? 'unknown',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value)),
  };
}

/** In the order of their keys, so that equal results are equal texts. */
function unique(findings: readonly Finding[]): Finding[] {
  const byKey = new Map<string, Finding>();
  const keyed = findings.map((finding) => [findingKey(finding), JSON.stringify(finding), finding] as const);
  keyed.sort(([a, textA], [b, textB]) => compare(a, b) || compare(textA, textB));
  for (const [key, , finding] of keyed) if (!byKey.has(key)) byKey.set(key, finding);
  return [...byKey.values()];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
