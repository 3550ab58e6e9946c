import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Component, Source } from './components.ts';
import type { Supervisor } from './supervisor.ts';

const run = promisify(execFile);

/** Names everything that a built binary depends on: the module's pinned versions and the flags. */
export async function recipeHash(source: Source): Promise<string> {
  const directory = moduleDirectory(source);
  const files = await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(directory, name))));
  const hash = createHash('sha256').update(source.linkerFlags);
  for (const file of files) hash.update(file);
  return hash.digest('hex').slice(0, 12);
}

/** Builds components of one module into an empty directory. */
export async function buildFromSource(
  source: Source,
  wanted: readonly Component[],
  directory: string,
  supervisor: Supervisor,
): Promise<Map<Component, string>> {
  await requireGo(wanted);
  const packages = wanted.map((component) => source.packages[component]!);
  const log = join(directory, 'build.log');
  const args = ['build', '-trimpath', '-ldflags', source.linkerFlags, '-o', `${directory}/`, ...packages];
  const job = supervisor.start('go', args, { log, cwd: moduleDirectory(source), env: goEnvironment() });
  const exit = await job.wait();
  if (exit !== 0) {
    const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
    throw new Error(`go build of ${wanted.join(' and ')} ${source.version} ended with ${exit}:\n${tail}`);
  }
  return new Map(wanted.map((component) => [component, join(directory, executableName(source.packages[component]!))]));
}

function moduleDirectory(source: Source): string {
  return join(import.meta.dirname, source.module);
}

// The user's own GOFLAGS and go.work must not change what is built.
function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' };
}

/** Go names a program after the last element of its path that is not a major version. */
function executableName(packagePath: string): string {
  return packagePath.split('/').findLast((element) => !/^v\d+$/.test(element))!;
}

async function requireGo(wanted: readonly Component[]): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (cause) {
    throw new Error(
      `${wanted.join(' and ')} must be built from source, but the command "go" does not run (${(cause as Error).message}): install Go 1.26 or later from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a directory with etcd, kube-apiserver and kube-controller-manager`,
      { cause },
    );
  }
}
