import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Supervisor } from '../controlplane/supervisor.ts';
import type { Source } from './source.ts';

const run = promisify(execFile);

/** Names everything that a built binary depends on: the module's pinned versions, its own code and the flags. */
export async function recipeHash({ module, linkerFlags, environment = {}, code = [] }: Source): Promise<string> {
  const files = await Promise.all(['go.mod', 'go.sum', ...code].map((name) => readFile(join(module, name))));
  const hash = createHash('sha256').update(linkerFlags);
  for (const [name, value] of Object.entries(environment)) hash.update(`\0${name}=${value}`);
  for (const file of files) hash.update(file);
  return hash.digest('hex').slice(0, 12);
}

/** Builds programs of one module into an empty directory. */
export async function buildFromSource<Name extends string>(
  source: Source<Name>,
  wanted: readonly Name[],
  directory: string,
  supervisor: Supervisor,
): Promise<Map<Name, string>> {
  await requireGo(source, wanted);
  const packages = wanted.map((name) => source.packages[name]!);
  const log = join(directory, 'build.log');
  const args = ['build', '-trimpath', '-ldflags', source.linkerFlags, '-o', `${directory}/`, ...packages];
  const job = supervisor.start('go', args, { log, cwd: source.module, env: goEnvironment(source) });
  const exit = await job.wait();
  if (exit !== 0) {
    const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
    throw new Error(`go build of ${wanted.join(' and ')} ${source.version} ended with ${exit}:\n${tail}`);
  }
  return new Map(wanted.map((name) => [name, join(directory, executableName(source.packages[name]!, name))]));
}

// The user's own GOFLAGS and go.work must not change what is built.
function goEnvironment({ environment }: Source): NodeJS.ProcessEnv {
  return { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly -buildvcs=false', ...environment };
}

/** Go names a program after the last element of its path that is not a major version, and '.' after its module. */
function executableName(packagePath: string, name: string): string {
  if (packagePath === '.') return name;
  return packagePath.split('/').findLast((element) => !/^v\d+$/.test(element))!;
}

async function requireGo({ otherwise }: Source, wanted: readonly string[]): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (cause) {
    throw new Error(
      `${wanted.join(' and ')} must be built from source, but the command "go" does not run (${(cause as Error).message}): install Go 1.26 or later from https://go.dev/dl${otherwise === undefined ? '' : `, or ${otherwise}`}`,
      { cause },
    );
  }
}
