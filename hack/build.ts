/**
 * `npm run build -- [DIRECTORY]`: one file that runs under Node 24 without node_modules, and the licences of what is in
 * it. They go to dist/ unless a directory is named.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../src/api/group.ts';
import { THREAD_FILES, type ThreadFile } from '../src/threads/start-thread.ts';
import { licences } from './build/licences.ts';

const root = join(import.meta.dirname, '..');
const output = resolve(process.argv[2] ?? join(root, 'dist'));

// Dependencies that are CommonJS call require, which a module does not have.
const requireForCommonJs =
  "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);";

/** V8 keeps a text of ASCII alone in half the memory; esbuild escapes all but what is in regular expressions. */
const inAscii = (text: string): string =>
  text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Files that src reads beside itself in a checkout become text in the bundle. */
const embedDefinitions: Plugin = {
  name: 'embed-definitions',
  setup({ onLoad }) {
    onLoad({ filter: /src\/api\/definition\.ts$/ }, async () => {
      const read = async ({ plural }: { plural: string }) =>
        [plural, await readFile(join(root, `crds/${plural}.security.palisade.dev.yaml`), 'utf8')] as const;
      const texts = Object.fromEntries(await Promise.all([CONTAINER_SECURITY_POLICY, IMAGE_SCAN].map(read)));
      return { contents: `export const readDefinition = (plural) => (${JSON.stringify(texts)})[plural];` };
    });
  },
};

const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Names stay as they are: a stack trace is to be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Node warns of its own punycode at each start; the package of that name is the same.
  alias: { punycode: 'punycode/punycode.js' },
  metafile: true,
  write: false,
  logLevel: 'warning',
} as const;

const inputs = new Set<string>();

/** A thread as a script: Node evaluates a text as CommonJS. */
const buildThread = async (path: string): Promise<string> => {
  const { metafile, outputFiles } = await build({ ...options, entryPoints: [path], format: 'cjs', outdir: output });
  for (const input of Object.keys(metafile.inputs)) inputs.add(input);
  return inAscii(outputFiles[0]?.text ?? '');
};

/** Files that src starts as threads become texts in the bundle. */
const embedThreads: Plugin = {
  name: 'embed-threads',
  setup({ onLoad }) {
    onLoad({ filter: /src\/threads\/start-thread\.ts$/ }, async () => {
      const read = async (file: ThreadFile) => [file, await buildThread(`src/${file}.ts`)] as const;
      const texts = Object.fromEntries(await Promise.all(THREAD_FILES.map(read)));
      const start = '(file, options) => new Worker(texts[file], { ...options, execArgv: [], eval: true })';
      const contents = `import { Worker } from 'node:worker_threads';
const texts = ${JSON.stringify(texts)};
export const startThread = ${start};`;
      return { contents };
    });
  },
};

const { metafile, outputFiles } = await build({
  ...options,
  entryPoints: ['src/main.ts'],
  outfile: join(output, 'palisade.js'),
  format: 'esm',
  banner: { js: requireForCommonJs },
  plugins: [embedDefinitions, embedThreads],
});
for (const input of Object.keys(metafile.inputs)) inputs.add(input);
await mkdir(output, { recursive: true });
const [bundle] = outputFiles;
if (bundle === undefined) throw new Error('esbuild has made nothing');
// Another process may be starting the bundle that is there.
const unfinished = `${bundle.path}.${process.pid}`;
await writeFile(unfinished, inAscii(bundle.text), { mode: 0o755 });
await rename(unfinished, bundle.path);
await writeFile(join(output, 'LICENSES.txt'), await licences(root, [...inputs]));
