import { cp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Supervisor } from '../../../hack/controlplane/supervisor.ts';
import { push } from '../../../hack/images/push.ts';
import { startRegistry } from '../../../hack/registry/start.ts';
import { until } from '../../../hack/until.ts';
import { sbomCommand } from '../../../src/cli/sbom/print-sbom.ts';
import type { Match } from '../../../src/scan/findings/match.ts';
import { readFramed } from '../../../src/scan/scanner/analysis/job/framed-result.ts';
import { LocalAnalyzer } from '../../../src/scan/scanner/analysis/local-analyzer.ts';
import type { Database } from '../../../src/scan/scanner/database/database.ts';
import { ServerDatabase } from '../../../src/scan/scanner/database/server-database.ts';
import { TempDirectories } from '../../../src/scan/scanner/process/temp-directories.ts';
import type { Scanner } from '../../../src/scan/scanner/scanner.ts';
import { parseMatch } from '../../../src/scan/scanner/trivy/parse.ts';
import { TrivyProcess } from '../../../src/scan/scanner/trivy/trivy-process.ts';
import { TrivyScanner } from '../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { type MadeImage, type Oracle, reasonOf, updatedAt } from './oracle.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

const never = new AbortController().signal;
const limits = { ...defaultScanLimits, timeMs: 60_000 };
const version = { name: 'trivy', version: '0.74.0' } as const;
const platform = 'linux/amd64';

/** A matched image, or the innermost cause when Trivy refused it. */
export interface Matched {
  readonly outcome: Outcome | string;
  /** What the scanner says that it could not keep. */
  readonly notKept: readonly string[];
  /** As the operator has them. */
  readonly os?: Match['os'];
  readonly findings: Match['findings'];
}

/** The scanner in each of its modes, with the oracle's database and index of jars. */
/** The index of jars beside the database. */
const jarIndexIn = (directory: string) => ({
  acquire: () => ({ directory, digest: 'fixed', release: () => {} }),
  provide: async () => 'fixed',
  problem: undefined,
});

export class Modes implements AsyncDisposable {
  /** Analyzes and matches here. */
  readonly local: Scanner;
  /** Matches by a real Trivy server. */
  readonly server: Scanner;
  /** Analyzes an image as a Job does: from a real registry, and out of the log of its pod. */
  readonly inJob: (image: MadeImage) => Promise<Buffer>;
  readonly #close: () => Promise<void>;

  private constructor(local: Scanner, server: Scanner, inJob: Modes['inJob'], close: () => Promise<void>) {
    this.local = local;
    this.server = server;
    this.inJob = inJob;
    this.#close = close;
  }

  static async open(oracle: Oracle): Promise<Modes> {
    const supervisor = new Supervisor();
    const registry = await startRegistry();
    const close = async () => {
      await registry.stop();
      await supervisor.close();
    };
    try {
      const tempDirectories = await TempDirectories.open(join(oracle.root, 'scratch'));
      const trivy = new TrivyProcess({ path: oracle.trivy, limits });
      const client = layoutsOf(oracle.images);
      const shared = { trivy, version, tempDirectories, limits, compute: computeHere };
      const analyzer = new LocalAnalyzer({ ...shared, client, jarIndex: jarIndexIn(oracle.cache) });
      const remote = new ServerDatabase({ url: await serve(oracle, supervisor) });
      await remote.refresh(never);
      const local = new TrivyScanner({ ...shared, analyzer, database: databaseIn(oracle.cache) });
      const server = new TrivyScanner({ ...shared, analyzer, database: remote });
      return new Modes(local, server, (image) => analyzedInJob(oracle.trivy, registry, image), close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** @returns an analysis as the operator keeps it */
export const analyzed = ({ local }: Modes, { content: { digest } }: MadeImage): Promise<Buffer> =>
  local.analyze(
    { image: { digest, platform }, sources: [{ registry: 'registry.example.com', repository: 'app' }] },
    never,
  );

export async function matched(scanner: Scanner, analysis: Buffer): Promise<Matched> {
  try {
    const { output, what, notKept = [] } = await scanner.match(analysis, never);
    const { os, findings } = parseMatch(output, what);
    return { outcome: outcomeOf(output), notKept, findings, ...(os && { os }) };
  } catch (error) {
    return { outcome: reasonOf((error as Error).message), notKept: [], findings: [] };
  }
}

/** What a registry would give. */
const layoutsOf = (images: readonly MadeImage[]) => ({
  pull: async (_: unknown, { image: { digest }, directory }: { image: { digest: string }; directory: string }) => {
    const { layout } = images.find(({ content }) => content.digest === digest)!;
    await cp(layout, directory, { recursive: true });
    return { manifest: digest, bytes: 0 };
  },
});

/** The database that is there, and never another. */
const databaseIn = (cache: string): Database => ({
  current: () => ({ updatedAt }),
  problem: () => undefined,
  acquire: () => ({
    ...{ version: { updatedAt }, args: ['--cache-dir', cache, '--skip-db-update'], release: () => {} },
  }),
  refresh: async () => false,
  discardDamaged: async () => false,
  subscribe: () => () => {},
});

async function serve({ root, trivy, cache }: Oracle, supervisor: Supervisor): Promise<URL> {
  const port = await freePort();
  const log = join(root, 'server.log');
  await writeFile(log, '');
  const args = ['server', '--listen', `127.0.0.1:${port}`, '--cache-dir', cache, '--skip-db-update'];
  supervisor.start(trivy, args, { log, env: { HOME: root } });
  const url = new URL(`http://127.0.0.1:${port}`);
  await until('the server answers', async () => (await fetch(new URL('healthz', url)).catch(() => undefined))?.ok);
  return url;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

type Registry = Awaited<ReturnType<typeof startRegistry>>;

/** With the arguments that the Job has. */
async function analyzedInJob(trivy: string, registry: Registry, { content }: MadeImage): Promise<Buffer> {
  await push(registry, 'team/app', content);
  let log = '';
  const write = (text: string) => {
    log += text;
  };
  const env = { PATH: '', PALISADE_TRIVY: trivy, PALISADE_ALLOWED_REGISTRIES: registry.host };
  const terminal = { env, stdin: (async function* () {})(), stdout: { write }, stderr: { write } };
  const flags = { platform, dockerConfig: ['none'], output: 'analysis' } as const;
  await sbomCommand([`${registry.host}/team/app@${content.digest}`], flags, terminal);
  const analysis = readFramed(log, limits.outputBytes);
  if (!Buffer.isBuffer(analysis)) throw new Error(`no analysis in its log: ${log}`);
  return analysis;
}
