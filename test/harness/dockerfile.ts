import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join, posix, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  type Copy,
  DockerfileParser,
  type Env,
  type From,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';

const run = promisify(execFile);

/** A stage of a Dockerfile, carried out in a plain directory. */
export interface Stage {
  readonly image: string;
  readonly name?: string;
  /** The directory that stands for its /. */
  readonly directory: string;
  workdir: string;
  user?: string;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  /** What ENV says. */
  readonly variables: Record<string, string>;
}

export interface BuildOptions {
  readonly dockerfile: string;
  /** The directory that is built from. */
  readonly context: string;
  /** Where each stage gets a directory. */
  readonly directory: string;
  /** For RUN, which is not confined: absolute paths in it mean those of this machine. */
  readonly environment: NodeJS.ProcessEnv;
}

const variablesOf = (instruction: Env): Record<string, string> =>
  Object.fromEntries(instruction.getProperties().map((p) => [p.getName(), p.getValue() ?? '']));
const values = (instruction: Instruction): string[] => instruction.getArguments().map((a) => a.getValue());
const jsonValues = (instruction: Instruction): string[] =>
  (instruction as JSONInstruction).getJSONStrings().map((s) => JSON.parse(s.getValue()) as string);

const copy = async (instruction: Copy, stage: Stage, stages: readonly Stage[], context: string): Promise<void> => {
  const from = instruction.getFromFlag()?.getValue();
  const source = from === undefined ? context : stages.find((s) => s.name === from)?.directory;
  if (source === undefined) throw new Error(`COPY --from=${from}: there is no such stage`);
  const paths = values(instruction);
  const target = paths.pop() ?? '.';
  for (const path of paths) {
    const into = target.endsWith('/') || paths.length > 1 ? posix.join(target, basename(path)) : target;
    await cp(join(source, path), join(stage.directory, posix.resolve(stage.workdir, into)), { recursive: true });
  }
};

const carryOut = async (instruction: Instruction, stages: Stage[], options: BuildOptions): Promise<void> => {
  const keyword = instruction.getKeyword();
  const stage = stages.at(-1);
  if (keyword === 'FROM') {
    const [image, name] = [(instruction as From).getImage() ?? '', (instruction as From).getBuildStage()];
    const directory = join(options.directory, String(stages.length));
    const base = stages.find((s) => s.name === image);
    await mkdir(directory, { recursive: true });
    if (base !== undefined) await cp(base.directory, directory, { recursive: true, verbatimSymlinks: true });
    stages.push({ image, directory, workdir: base?.workdir ?? '/', variables: {}, ...(name !== null && { name }) });
  } else if (stage === undefined) throw new Error(`${keyword} before FROM`);
  else if (keyword === 'WORKDIR') {
    stage.workdir = posix.resolve(stage.workdir, values(instruction)[0] ?? '');
    await mkdir(join(stage.directory, stage.workdir), { recursive: true });
  } else if (keyword === 'COPY') await copy(instruction as Copy, stage, stages, options.context);
  else if (keyword === 'RUN') {
    const cwd = join(stage.directory, stage.workdir);
    await run('/bin/sh', ['-ec', instruction.getRawArgumentsContent() ?? ''], { cwd, env: options.environment });
  } else if (keyword === 'USER') stage.user = values(instruction)[0] ?? '';
  else if (keyword === 'ENTRYPOINT') stage.entrypoint = jsonValues(instruction);
  else if (keyword === 'CMD') stage.cmd = jsonValues(instruction);
  else if (keyword === 'ENV') Object.assign(stage.variables, variablesOf(instruction as Env));
  else if (keyword !== 'ARG' && keyword !== 'LABEL') throw new Error(`${keyword} is not understood by this test`);
};

/** Carries out a Dockerfile's steps in plain directories, since no container engine runs here. @returns its stages */
export const buildStages = async (options: BuildOptions): Promise<Stage[]> => {
  const stages: Stage[] = [];
  const parsed = DockerfileParser.parse(options.dockerfile);
  for (const instruction of parsed.getInstructions()) {
    await carryOut(instruction, stages, { ...options, directory: resolve(options.directory) });
  }
  return stages;
};
