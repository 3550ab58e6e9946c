// suite: tools
// needs: cluster, scanner
import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DockerfileParser, type Label } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OperatorProcess } from '../../hack/operator-process.ts';
import { trivyVersion } from '../../hack/trivy/source.ts';
import { buildStages, type Stage } from '../harness/dockerfile.ts';
import { Palisade } from '../harness/palisade.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
const pins = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  version: string;
  devDependencies: Record<string, string>;
};

const directory = await mkdtemp(join(tmpdir(), 'palisade-image-'));
test.after(() => rm(directory, { recursive: true }));

/** The build context: .dockerignore excludes all files except those that it names. */
const contextOfBuild = async (): Promise<string> => {
  const [first, ...entries] = (await readFile(join(root, '.dockerignore'), 'utf8')).trim().split('\n');
  assert.is(first, '*');
  const context = join(directory, 'context');
  for (const entry of entries) await cp(join(root, entry.slice(1)), join(context, entry.slice(1)), { recursive: true });
  return context;
};

const filesIn = async (stage: Stage): Promise<string[]> => {
  const entries = await readdir(stage.directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name).slice(stage.directory.length))
    .sort();
};

test('the Dockerfile passes its validator', () => {
  const error = 2;
  const faults = validate(dockerfile, {
    deprecatedMaintainer: error,
    directiveCasing: error,
    emptyContinuationLine: error,
    instructionCasing: error,
    instructionCmdMultiple: error,
    instructionEntrypointMultiple: error,
    instructionHealthcheckMultiple: error,
    instructionJSONInSingleQuotes: error,
    instructionWorkdirRelative: error,
  });
  assert.equal(
    faults.map((f) => `line ${f.range.start.line + 1}: ${f.message}`),
    [],
  );
});

test('the image carries the labels of the OCI standard', () => {
  const labels = DockerfileParser.parse(dockerfile)
    .getInstructions()
    .filter((i) => i.getKeyword() === 'LABEL')
    .flatMap((i) => (i as Label).getProperties());
  const names = labels.map((label) => label.getName().replace('org.opencontainers.image.', '')).sort();
  assert.equal(names, ['base.name', 'description', 'licenses', 'revision', 'title', 'version']);
});

test('the steps of the Dockerfile, in plain directories, produce an operator that runs as another user and writes only reports', async () => {
  const [build, trivy, image, ...others] = await buildStages({
    dockerfile,
    context: await contextOfBuild(),
    directory,
    environment: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      npm_config_prefer_offline: 'true',
    },
  });
  assert.equal(others, []);
  if (build === undefined || trivy === undefined || image === undefined) throw new Error('a stage is missing');
  assert.is(build.image, `docker.io/library/node:${pins.devDependencies.node}-trixie-slim`);
  assert.is(image.image, 'gcr.io/distroless/nodejs24-debian13:nonroot');
  assert.is(image.user, '65532:65532');
  assert.equal(image.cmd, ['operator']);
  assert.equal(image.variables, { PALISADE_TRIVY: '/app/trivy' });
  assert.equal(await filesIn(image), ['/app/LICENSE', '/app/LICENSES.txt', '/app/palisade.js', '/app/trivy']);

  const command = await asInTheContainer(image);
  const [file, ...args] = command;
  assert.is((await run(file, [...args, '--version'])).stdout, `${pins.version}\n`);
  const { stdout } = await run(join(image.directory, 'app/trivy'), ['--version']);
  assert.is(stdout.split('\n')[0], `Version: ${trivyVersion}`);
  await runsAsOperator(command);
});

/** The only volume that it may write. */
const reports = join(directory, 'operator.log.reports');

/** The command of the container, from its own file system, as its user, without permission to write a file elsewhere. */
const asInTheContainer = async (image: Stage): Promise<readonly [string, ...string[]]> => {
  const inImage = (argument: string): string => (argument.startsWith('/') ? join(image.directory, argument) : argument);
  const [node = '', ...rest] = (image.entrypoint ?? []).map(inImage);
  await mkdir(dirname(node), { recursive: true });
  await copyFile(process.execPath, node);
  await chmod(directory, 0o755);
  const readOnly = [node, '--permission', '--allow-fs-read=*', `--allow-fs-write=${reports}`, ...rest] as const;
  if (process.getuid?.() !== 0) return readOnly;
  return ['setpriv', '--reuid=65532', '--regid=65532', '--clear-groups', '--no-new-privs', ...readOnly];
};

const runsAsOperator = async (command: readonly [string, ...string[]]): Promise<void> => {
  const palisade = await Palisade.open();
  const namespace = await palisade.namespace('image');
  await mkdir(reports);
  if (process.getuid?.() === 0) {
    for (const path of [palisade.operatorKubeconfig, reports]) await chown(path, 65532, 65532);
  }
  const operator = await OperatorProcess.start({
    kubeconfig: palisade.operatorKubeconfig,
    namespaces: [namespace],
    log: join(directory, 'operator.log'),
    command,
  });
  try {
    await palisade.apply(namespace, 'web', {
      access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }] },
    });
    await palisade.ready(namespace, 'web');
  } finally {
    await operator.stop();
    await palisade.close();
  }
};

test.run();
