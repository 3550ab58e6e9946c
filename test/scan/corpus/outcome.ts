/** What a scan says about an image, in an order of its own, for comparison. */
export interface Outcome {
  readonly os: string;
  /** One line for each finding, sorted; equal lines stay. */
  readonly findings: readonly string[];
  /** By type: what was matched. */
  readonly matched: Readonly<Record<string, MatchedPackages>>;
}

export interface MatchedPackages {
  /** 0 where the output lists no packages. */
  readonly packages: number;
  /** Buckets of the corpus' database that findings are from; '' where Trivy does not say it. */
  readonly buckets: readonly string[];
}

interface Report {
  readonly Metadata?: { readonly OS?: { readonly Family?: string; readonly Name?: string; readonly EOSL?: boolean } };
  readonly Results?: readonly Result[];
}

interface Result {
  readonly Target?: string;
  readonly Class?: string;
  readonly Type?: string;
  readonly Packages?: readonly { readonly Name?: string }[];
  readonly Vulnerabilities?: readonly Vulnerability[];
}

interface Vulnerability extends Readonly<Record<string, unknown>> {
  readonly DataSource?: { readonly Name?: string };
}

const fields = [
  ...['VulnerabilityID', 'PkgName', 'PkgPath', 'InstalledVersion', 'FixedVersion', 'Status', 'Severity'],
  ...['SeveritySource', 'PrimaryURL', 'Title'],
];

/** @param output JSON of Trivy */
export function outcomeOf(output: Buffer): Outcome {
  const { Metadata: { OS } = {}, Results = [] } = JSON.parse(output.toString()) as Report;
  const os = OS === undefined ? 'none' : `${OS.Family} ${OS.Name}${OS.EOSL === true ? ', after its end of life' : ''}`;
  return { os, findings: Results.flatMap(linesOf).sort(), matched: matchedIn(Results) };
}

const matchedIn = (results: readonly Result[]): Outcome['matched'] =>
  Object.fromEntries(
    [...Map.groupBy(results, ({ Type = '' }) => Type)].map(([type, same]) => {
      const listed = same.flatMap(({ Packages = [] }) => Packages);
      const found = same.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities);
      const buckets = new Set(found.map(({ DataSource }) => DataSource?.Name ?? ''));
      // It has no version: no detector looks at it.
      const packages = listed.filter(({ Name }) => Name !== 'gpg-pubkey').length;
      return [type, { packages, buckets: [...buckets] }];
    }),
  );

function linesOf({ Target, Class, Type, Vulnerabilities = [] }: Result): string[] {
  // The target of a distribution's packages begins with the name of the file that was scanned.
  const target = Class === 'os-pkgs' ? '' : Target;
  return Vulnerabilities.map((one) => {
    const { PURL } = (one.PkgIdentifier ?? {}) as { PURL?: string };
    return [Class, Type, target, PURL, ...fields.map((field) => one[field])].map((value) => value ?? '').join(' | ');
  });
}

/** Lines that one outcome has and the other has not, as in a diff: none if they are equal. */
export function differences(expected: Outcome, actual: Outcome): string[] {
  const missing = without(expected.findings, actual.findings).map((line) => `- ${line}`);
  const added = without(actual.findings, expected.findings).map((line) => `+ ${line}`);
  const os = expected.os === actual.os ? [] : [`- ${expected.os}`, `+ ${actual.os}`];
  return [...os, ...missing, ...added];
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = Map.groupBy(others, (line) => line);
  return lines.filter((line) => left.get(line)?.pop() === undefined);
}
