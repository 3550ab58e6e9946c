import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Content } from '../../../hack/images/content.ts';
import { writeLayout } from '../../../hack/images/layout.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { makeDatabase } from '../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import type { DatabaseFixture } from '../../../hack/trivydb/fixture.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import type { Match } from '../../../src/scan/findings/match.ts';
import type { RegistryClient } from '../../../src/scan/registry/client.ts';
import { LocalAnalyzer } from '../../../src/scan/scanner/analysis/local-analyzer.ts';
import { JarIndex } from '../../../src/scan/scanner/database/jar-index.ts';
import type { ScanLimits } from '../../../src/scan/scanner/process/limits.ts';
import { TempDirectories } from '../../../src/scan/scanner/process/temp-directories.ts';
import type { AnalysisRequest } from '../../../src/scan/scanner/scanner.ts';
import { readMatch } from '../../../src/scan/scanner/trivy/parse.ts';
import { TrivyProcess } from '../../../src/scan/scanner/trivy/trivy-process.ts';
import type { TrivyScanner } from '../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';

export const never = new AbortController().signal;
export const updatedAt = '2026-01-02T03:04:05Z';

/** A real Trivy, and places for it to work in. */
export class Workshop {
  readonly root: string;
  readonly path: string;
  readonly tempDirectories: TempDirectories;

  private constructor(root: string, path: string, tempDirectories: TempDirectories) {
    this.root = root;
    this.path = path;
    this.tempDirectories = tempDirectories;
  }

  static async open(): Promise<Workshop> {
    const root = await mkdtemp(join(tmpdir(), 'palisade-scanner-'));
    return new Workshop(root, await findTrivy(), await TempDirectories.open(join(root, 'scratch')));
  }

  close(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  /** @returns a directory that has a database in it, for --cache-dir */
  async database(name: string, fixture: DatabaseFixture = exampleDatabase, at: string = updatedAt): Promise<string> {
    const directory = join(this.root, name);
    await mkdir(directory);
    await makeDatabase(directory, fixture, { updatedAt: at });
    return directory;
  }

  trivy(limits: Partial<ScanLimits> = {}): TrivyProcess {
    return new TrivyProcess({ path: this.path, limits: limitsOf(limits) });
  }

  /** Analyzes images that lie about in directories. */
  async analyzer(
    images: readonly Content[],
    limits: Partial<ScanLimits> = {},
    jarIndex?: JarIndex,
  ): Promise<LocalAnalyzer> {
    const empty = join(this.root, 'jars');
    const none = { empty, artifact: { none: 'the test has none' }, clock: systemClock };
    return new LocalAnalyzer({
      client: await this.#layouts(images),
      trivy: this.trivy(limits),
      version: { name: 'trivy', version: '0.74.0' },
      tempDirectories: this.tempDirectories,
      limits: limitsOf(limits),
      jarIndex: jarIndex ?? (await JarIndex.open(none)),
      compute: computeHere,
    });
  }

  /** What a registry would give. */
  async #layouts(images: readonly Content[]): Promise<Pick<RegistryClient, 'pull'>> {
    const of = (digest: string) => join(this.root, 'layouts', digest.slice('sha256:'.length));
    for (const image of images) await writeLayout(of(image.digest), image);
    return {
      pull: async (_, { image, directory }) => {
        await cp(of(image.digest), directory, { recursive: true });
        return { manifest: image.digest, bytes: 0 };
      },
    };
  }
}

const limitsOf = (limits: Partial<ScanLimits>): ScanLimits => ({ ...defaultScanLimits, timeMs: 60_000, ...limits });

export const requestFor = ({ digest }: Content, platform = 'linux/amd64'): AnalysisRequest => ({
  image: { digest, platform },
  sources: [{ registry: 'registry.example.com', repository: 'team/app' }],
});

/** A match, read. */
export const matchOf = async (scanner: Pick<TrivyScanner, 'match'>, analysis: Buffer): Promise<Match> =>
  readMatch(await scanner.match(analysis, never));
