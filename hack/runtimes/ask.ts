import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { BinaryCache } from '../binaries/cache.ts';
import { type RuntimeProgram, runtimeSources } from './source.ts';

export interface Question {
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string | undefined };
  /** Digest of the index or manifest that the image is. */
  readonly root: string;
  /** By digest. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** By runtime: the digest of the configuration of the image that it runs; absent when it refuses. */
export interface Answer {
  /** containerd 2.4. */
  readonly containerd?: string;
  /** containerd 1.7. */
  readonly earlier?: string;
  /** containers/image, as CRI-O uses it, where the registry calls the image an OCI index. */
  readonly oci?: string;
  /** The same, where the registry calls it Docker's list. */
  readonly docker?: string;
}

async function ask(program: string, questions: readonly Question[]): Promise<Answer[]> {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = questions.map(({ contents, ...question }) => {
    const encoded = [...contents].map(([digest, bytes]) => [digest, bytes.toString('base64')]);
    return `${JSON.stringify({ ...question, contents: Object.fromEntries(encoded) })}\n`;
  });
  const exit = once(child, 'exit');
  Readable.from(lines).pipe(child.stdin);
  const answers: Answer[] = [];
  for await (const line of createInterface(child.stdout)) answers.push(JSON.parse(line) as Answer);
  const [status] = await exit;
  if (status !== 0 || answers.length !== questions.length) {
    throw new Error(`${program} ended with ${status} after ${answers.length} of ${questions.length} answers`);
  }
  return answers;
}

/** The images that container runtimes run, by their own code. */
export async function askRuntimes(questions: readonly Question[]): Promise<Answer[]> {
  const cache = new BinaryCache<RuntimeProgram>('the code of container runtimes', 'runtimes', runtimeSources);
  const { current, earlier } = await cache.binaries();
  const [now, before] = await Promise.all([ask(current, questions), ask(earlier, questions)]);
  return now.map((answer, i) => {
    const { containerd } = before[i]!;
    return { ...answer, ...(containerd !== undefined && { earlier: containerd }) };
  });
}
