import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TrivyRun {
  readonly binary: string;
  /** Where db/ is. */
  readonly cacheDirectory: string;
  /** Where the accounts of registries are. */
  readonly dockerConfig?: string;
}

interface Vulnerability {
  VulnerabilityID: string;
  PkgName: string;
  PkgPath?: string;
  InstalledVersion: string;
  FixedVersion?: string;
  Status: string;
  Severity: string;
}

/** The output of Trivy with --format json, as far as tests use it. */
export interface TrivyReport {
  Metadata: { OS?: { Family: string; Name: string; EOSL?: boolean }; ImageID?: string; RepoDigests?: string[] };
  Results?: { Target: string; Class: string; Type: string; Vulnerabilities?: Vulnerability[] }[];
}

const offline = ['--skip-db-update', '--skip-java-db-update', '--offline-scan'];
const quiet = ['--quiet', '--disable-telemetry', '--skip-version-check'];

/** Runs the real Trivy alone, as nothing in this machine's settings asks for. @returns what it prints */
export async function trivy(how: TrivyRun, ...args: string[]): Promise<string> {
  const env = { PATH: '/nowhere', HOME: '/nowhere', DOCKER_CONFIG: how.dockerConfig ?? '/nowhere' };
  const all = [...args, '--cache-dir', how.cacheDirectory];
  return (await run(how.binary, all, { cwd: '/', env, timeout: 60_000, maxBuffer: 16 * 2 ** 20 })).stdout;
}

const sources = (kind: 'image' | 'sbom'): string[] =>
  kind === 'image' ? ['--scanners', 'vuln', '--image-src', 'remote', '--cache-backend', 'memory'] : [];

/** `trivy image` of something in a registry. */
export async function scanImage(how: TrivyRun, reference: string, platform = 'linux/amd64'): Promise<TrivyReport> {
  const args = ['image', ...quiet, ...offline, ...sources('image'), '--platform', platform, '--format', 'json'];
  return JSON.parse(await trivy(how, ...args, reference)) as TrivyReport;
}

/** The SBOM of an image in an OCI layout, without a database and without a network. */
export async function layoutSbom(how: TrivyRun, layout: string): Promise<string> {
  const args = ['image', ...quiet, ...offline, '--cache-backend', 'memory', '--format', 'cyclonedx'];
  return await trivy(how, ...args, '--input', layout);
}

export async function scanSbom(how: TrivyRun, file: string): Promise<TrivyReport> {
  const args = ['sbom', ...quiet, ...offline, '--cache-backend', 'memory', '--scanners', 'vuln', '--format', 'json'];
  return JSON.parse(await trivy(how, ...args, file)) as TrivyReport;
}

/** Whether it is out of support depends on the day, so it is not in this. */
export function systemOf({ Metadata }: TrivyReport): string | undefined {
  return Metadata.OS && `${Metadata.OS.Family} ${Metadata.OS.Name}`;
}

/** One line per finding, in a fixed order. */
export function findingsOf({ Results = [] }: TrivyReport): string[] {
  const lines = Results.flatMap(({ Type, Vulnerabilities = [] }) =>
    Vulnerabilities.map(
      (v) =>
        `${Type} ${v.PkgName} ${v.InstalledVersion}: ${v.VulnerabilityID} ${v.Severity}, ${v.Status} ${v.FixedVersion ?? '-'}`,
    ),
  );
  return lines.sort();
}
