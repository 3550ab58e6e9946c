import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Content } from '../../../hack/images/content.ts';
import { image } from '../../../hack/images/image.ts';
import { writeLayout } from '../../../hack/images/layout.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { makeDatabase } from '../../../hack/trivydb/database.ts';
import type { CorpusImage } from './corpus-image.ts';
import { corpusDatabase, writeJarIndex } from './database.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

const run = promisify(execFile);

/** An image of the corpus on disk. */
export interface MadeImage {
  readonly row: CorpusImage;
  readonly content: Content;
  /** An OCI layout. */
  readonly layout: string;
}

export const updatedAt = '2026-01-02T03:04:05Z';

/** Plain `trivy image`, with the corpus' database and index of jars. */
export class Oracle {
  readonly root: string;
  readonly trivy: string;
  /** For --cache-dir. */
  readonly cache: string;
  readonly images: readonly MadeImage[];

  private constructor(root: string, trivy: string, cache: string, images: readonly MadeImage[]) {
    this.root = root;
    this.trivy = trivy;
    this.cache = cache;
    this.images = images;
  }

  /** Makes the images and the database. */
  static async open(rows: readonly CorpusImage[]): Promise<Oracle> {
    const root = await mkdtemp(join(tmpdir(), 'palisade-corpus-'));
    const cache = join(root, 'cache');
    await makeDatabase(cache, corpusDatabase(rows), { updatedAt });
    await writeJarIndex(cache, rows);
    return new Oracle(root, await findTrivy(), cache, await makeImages(root, rows));
  }

  close(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  /** @returns the end of its error when Trivy refuses the image */
  async scan({ layout, content }: MadeImage): Promise<Outcome | string> {
    const home = join(this.root, 'oracle', content.digest.slice('sha256:'.length));
    await mkdir(home, { recursive: true });
    const output = join(home, 'output.json');
    const flags = ['--format', 'json', '--scanners', 'vuln', '--cache-backend', 'memory', '--cache-dir', this.cache];
    const offline = ['--skip-db-update', '--skip-java-db-update', '--skip-version-check', '--disable-telemetry'];
    try {
      const args = ['image', '--quiet', ...flags, ...offline, '--output', output, '--input', layout];
      await run(this.trivy, args, { env: { HOME: home, TMPDIR: home } });
    } catch (error) {
      return reasonOf((error as { stderr?: string }).stderr ?? String(error));
    }
    return outcomeOf(await readFile(output));
  }
}

/** The innermost cause of an error of Trivy. */
export const reasonOf = (stderr: string): string => stderr.trim().split(': ').at(-1)?.replace(/\)+$/, '') ?? '';

export async function makeImages(root: string, rows: readonly CorpusImage[]): Promise<MadeImage[]> {
  const made: MadeImage[] = [];
  for (const row of rows) {
    const content = await image({ layers: row.layers });
    const layout = join(root, 'layouts', content.digest.slice('sha256:'.length));
    await writeLayout(layout, content);
    made.push({ row, content, layout });
  }
  return made;
}
