import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseDocument } from 'yaml';
import { palisadeScript } from '../../hack/program.ts';

// The pipelines of docs/ci.md: their shell steps run, with the command in place of a container of its image.

const root = join(import.meta.dirname, '../..');

/** The example below a heading, which must be YAML without errors and warnings. */
export const recipe = async (heading: string) => {
  const page = await readFile(join(root, 'docs/ci.md'), 'utf8');
  const [, text = ''] = new RegExp(`^## ${heading}\n[^]*?^\`\`\`yaml\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  const document = parseDocument(text);
  assert.equal([...document.errors, ...document.warnings], []);
  return document.toJS();
};

/**
 * `docker run` of the palisade image: the command with the paths of the mounts, and nothing of the caller's environment.
 * @param environment of the command
 */
const docker = (environment: Readonly<Record<string, string>>): string => `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const [verb, ...args] = process.argv.slice(2);
const mounts = [];
let at = 0;
let directory = '/';
const fail = (why) => { console.error(why); process.exit(125); };
if (verb !== 'run') fail('docker ' + verb);
for (; args[at].startsWith('-'); at += 1) {
  if (args[at] === '--rm') continue;
  const value = args[++at];
  if (args[at - 1] === '--user' && /^\\d+$/.test(value)) continue;
  if (args[at - 1] === '-w') { directory = value; continue; }
  if (args[at - 1] !== '-v') fail('docker run ' + args[at - 1] + ' ' + value);
  const [from, to, mode = 'rw'] = value.split(':');
  if (!require('node:fs').existsSync(from) || !['rw', 'ro'].includes(mode)) fail('no volume ' + value);
  mounts.push([to, from]);
}
const [image, ...command] = args.slice(at);
if (!/^ghcr\\.io\\/you\\/palisade:\\d/.test(image)) fail('image ' + image);
const mapped = (word) => {
  const mount = mounts.find(([to]) => word === to || word.startsWith(to + '/'));
  return mount === undefined ? word : mount[1] + word.slice(mount[0].length);
};
const { status } = spawnSync(process.execPath, [${JSON.stringify(palisadeScript)}, ...command.map(mapped)], {
  stdio: 'inherit',
  cwd: mapped(directory),
  env: ${JSON.stringify({ PATH: '', ...environment })},
});
process.exit(status ?? 1);
`;

/** A machine with a checkout of somebody's repository. */
export interface Machine {
  /** Programs. */
  readonly bin: string;
  readonly work: string;
  readonly home: string;
}

/** A machine with docker. @param environment of palisade in its image */
export const openMachine = async (
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Machine> => {
  const [bin, work, home] = ['bin', 'work', 'home'].map((part) => join(directory, part)) as [string, string, string];
  for (const path of [bin, work, home]) await mkdir(path, { recursive: true });
  await addProgram({ bin, work, home }, 'docker', docker(environment));
  return { bin, work, home };
};

export const addProgram = async ({ bin }: Machine, name: string, text: string): Promise<void> => {
  await writeFile(join(bin, name), text);
  await chmod(join(bin, name), 0o755);
};

/** Runs a step. @param shell the one that the CI system starts */
export const run = async (
  shell: readonly [string, ...string[]],
  script: string,
  { bin, work, home }: Machine,
  env: Readonly<Record<string, string>> = {},
) => {
  const [program, ...args] = shell;
  const options = { cwd: work, env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, ...env } };
  const child = spawn(program, [...args, script], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  return { status: await ended, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
};
