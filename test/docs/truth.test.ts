import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { kubernetesVersion } from '../../hack/controlplane/components.ts';
import { servedMetrics } from '../../hack/reference/served-metrics.ts';
import { trivyVersion } from '../../hack/trivy/source.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { runProgram } from '../../src/cli/program.ts';

// The pages that people write name fields, reasons, flags, files and commands. What they name must exist.

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);

/** CHANGELOG.md names removed things, and docs/reference is generated. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

const sourceFiles = ['src', 'crds', 'config', 'hack'].flatMap(filesIn);
const sources = sourceFiles
  .filter((file) => /\.(ts|yaml|lua|json)$/.test(file))
  .map(read)
  .join('\n');
const words = new Set(sources.match(/[A-Za-z][\w-]*/g));

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocksOf = (page: string): Block[] =>
  [...read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }));

/** The words in backticks, outside of blocks. */
const quotesOf = (page: string): string[] =>
  [
    ...read(page)
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, quote = '']) => quote);

const palisade = async (args: readonly string[], input = ''): Promise<{ status: number; output: string }> => {
  let output = '';
  const stream = { write: (text: string) => (output += text) };
  const stdin = Readable.from([Buffer.from(input)]);
  const status = await runProgram(args, { env: {}, stdin, stdout: stream, stderr: stream });
  return { status, output };
};

const COMMANDS = [
  'operator',
  'render',
  'explain',
  'graph',
  'can',
  'check',
  'preview',
  'diff',
  'test',
  'suggest',
  'report',
  'sbom',
  'scan',
  'adopt',
  'uninstall',
];
const helpOf = new Map<string, string>();
for (const command of COMMANDS) helpOf.set(command, (await palisade([command, '--help'])).output);
const allHelp = [...helpOf.values()].join('\n');
const hasFlag = (help: string, flag: string): boolean => new RegExp(`(^|[\\s,])${flag}(?![\\w-])`, 'm').test(help);

/** Names of Kubernetes that the code does not need. */
const NAMES_OF_OTHERS = /^(?:FailedCreate|ReadWriteMany|ReadWriteOnce)$/;

for (const page of PAGES) {
  const quotes = quotesOf(page);

  test(`${page}: every flag exists`, () => {
    const flags = quotes.flatMap((quote) => (/^--[a-z][\w-]*/.exec(quote) ?? []) as string[]);
    const others = ['--once', '--changed', '--suite', '--help', '--force-conflicts', '--previous'];
    assert.equal(
      flags.filter((flag) => !others.includes(flag) && !hasFlag(allHelp, flag)),
      [],
    );
  });

  test(`${page}: every reason, kind, alert and other name in CamelCase is in the code`, () => {
    const names = quotes.filter((quote) => /^(?:[A-Z][a-z0-9]+){2,}$/.test(quote));
    assert.equal(
      names.filter((name) => !words.has(name) && !NAMES_OF_OTHERS.test(name)),
      [],
    );
  });

  test(`${page}: every metric is served`, () => {
    const served = servedMetrics().map(({ name }) => name);
    const metrics = quotes.filter((quote) =>
      /^(?:palisade|workqueue|reflector|watch|rest_client|leader)_\w+\*?$/.test(quote),
    );
    assert.equal(
      metrics.filter((metric) =>
        metric.endsWith('*') ? !served.some((name) => name.startsWith(metric.slice(0, -1))) : !served.includes(metric),
      ),
      [],
    );
  });

  test(`${page}: every field of a spec or status is in a definition`, () => {
    const fields = quotes.flatMap((quote) => (/^(?:spec|status)((?:\.\w+(?:\[\])?)+)$/.exec(quote) ?? []).slice(1));
    const parts = fields.flatMap((field) => field.slice(1).replaceAll('[]', '').split('.'));
    assert.equal(
      parts.filter((part) => !words.has(part)),
      [],
    );
  });

  test(`${page}: every file and folder exists`, () => {
    const paths = quotes.filter((quote) => /^(?:src|config|crds|hack|test|docs|samples)\/[\w./*-]+$/.test(quote));
    const missing = paths.filter((path) => {
      if (!path.includes('*')) return !existsSync(join(root, path));
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`);
      return !filesIn(path.split('/')[0] ?? '').some((file) => pattern.test(file));
    });
    const loose = quotes
      .filter((quote) => /^[\w-]+(?:\/[\w-]+)*\.(?:ts|lua)$/.test(quote) && !paths.includes(quote))
      .filter((file) => !sourceFiles.some((known) => known.endsWith(`/${file}`)));
    assert.equal([...missing, ...loose], []);
  });

  test(`${page}: every npm script, command of palisade and folder of kubectl apply -k exists`, () => {
    const text = [...quotes, ...blocksOf(page).map((block) => block.text)].join('\n');
    const scripts = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, script = '']) => script);
    const folders = [...text.matchAll(/kubectl [\w -]*-k (config\/\w[\w-]*)/g)].map(([, folder = '']) => folder);
    const lines = [...text.matchAll(/(?:^|npm run --silent )palisade (?:-- )?([a-z]+)([^\n#|]*)/gm)];
    const wrong = lines.flatMap(([line, command = '', rest = '']) => {
      const help = helpOf.get(command);
      const flags = rest.match(/(?<=\s)--?[a-z][\w-]*/g) ?? [];
      return help === undefined || flags.some((flag) => !hasFlag(help, flag)) ? [line] : [];
    });
    assert.equal(
      [
        ...scripts.filter((script) => !(script in packageJson.scripts)),
        ...folders.filter((folder) => !existsSync(join(root, folder, 'kustomization.yaml'))),
        ...wrong,
      ],
      [],
    );
  });
}

interface Column {
  readonly name: string;
  readonly priority?: number;
}

const headerOf = (plural: string): string[] => {
  const { spec } = parse(read(`crds/${plural}.security.palisade.dev.yaml`));
  const columns: Column[] = spec.versions[0].additionalPrinterColumns;
  const shown = columns.filter(({ priority = 0 }) => priority === 0).map(({ name }) => name.toUpperCase());
  return ['NAMESPACE', 'NAME', ...shown];
};

test('tables of kubectl get have the columns of the CRDs', () => {
  const shown = PAGES.flatMap((page) => [
    ...read(page).matchAll(/^\$ kubectl get (csp|imagescans) -A\n(NAMESPACE.*)$/gm),
  ]);
  assert.ok(shown.length > 0);
  for (const [, kind, header = ''] of shown) {
    const plural = kind === 'csp' ? 'containersecuritypolicies' : 'imagescans';
    assert.equal(header.split(/ {2,}/), headerOf(plural));
  }
});

test('docs/troubleshooting.md quotes messages word for word', () => {
  const ofTheApiServer = [
    'is invalid',
    'unknown field',
    'field not declared in schema',
    'violates PodSecurity "restricted:latest"',
  ];
  const isOther = /^(?:kubectl|palisade|npm) |^\w+: \w+$/;
  const messages = quotesOf('docs/troubleshooting.md').filter((quote) => quote.includes(' ') && !isOther.test(quote));
  const text = sources.replaceAll(/\s+/g, ' ').replaceAll(/'\s*\+\s*'/g, '');
  assert.ok(messages.length > 0);
  assert.equal(
    messages.filter((message) => !ofTheApiServer.includes(message) && !text.includes(message)),
    [],
  );
});

test('docs/compatibility.md has the tested versions', () => {
  const page = read('docs/compatibility.md');
  assert.match(page, `| ${kubernetesVersion.slice(1)} | Tried`);
  assert.match(page, `${trivyVersion} is built into the image`);
});

test('commands about samples run as docs/commands.md shows them', async () => {
  const lines = [...read('docs/commands.md').matchAll(/^npm run --silent palisade -- (\w+ .*samples.*)$/gm)];
  assert.ok(lines.length > 0);
  for (const [, line = ''] of lines) {
    const { status, output } = await palisade(line.split(' '));
    assert.is(status, 0, output);
  }
});

test('the first policy of the README is valid and generates the objects that the README lists', async () => {
  const policy = blocksOf('README.md').find(({ text }) => text.includes('kind: ContainerSecurityPolicy'))?.text ?? '';
  const { status, output } = await palisade(['render', '-f', '-'], policy);
  assert.is(status, 0, output);
  const listed = [...read('README.md').matchAll(/^\| (?:NetworkPolicy|RoleBinding) `([\w-]+)`/gm)].map(
    ([, name]) => name,
  );
  const rendered = [...output.matchAll(/^kind: (?:NetworkPolicy|RoleBinding)\nmetadata:\n {2}name: (\S+)$/gm)];
  assert.equal(listed.sort(), rendered.map(([, name]) => name).sort());
});

test('every shell block has valid syntax', () => {
  for (const page of PAGES) {
    for (const { language, text } of blocksOf(page)) {
      if (language !== 'sh') continue;
      const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
      assert.is(status, 0, `${page}: ${stderr}`);
    }
  }
});

test.run();
