import { execFile } from 'node:child_process';
import { BinaryCache } from '../binaries/cache.ts';
import { versionsSource } from './source.ts';

export type VersionKind = 'apk' | 'bitnami' | 'deb' | 'gem' | 'generic' | 'maven' | 'npm' | 'pep440' | 'rpm';

/** main.go describes them. */
export type VersionQuestion =
  | readonly ['order', VersionKind, a: string, b: string]
  | readonly ['in', VersionKind, version: string, ...ranges: string[]];

/** Asks the libraries of Trivy. @returns an answer for each question */
export async function askVersions(questions: readonly VersionQuestion[]): Promise<string[]> {
  const { versions } = await new BinaryCache('the libraries of versions', 'versions', [versionsSource]).binaries();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile(versions, { maxBuffer: 64 << 20 }, (error, stdout) =>
    error ? reject(error) : resolve(stdout),
  );
  child.stdin?.end(`${questions.map((question) => JSON.stringify(question)).join('\n')}\n`);
  return (await promise).trimEnd().split('\n');
}
